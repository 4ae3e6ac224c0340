import { availableParallelism, tmpdir } from "node:os";
import { mainScript } from "../../closure/main-script.ts";

/** How the local engine is sized. Everything has a default that fits the machine. */
export interface LocalEngineOptions {
  /** Worker threads. Default: one per core. */
  readonly threads?: number;
  /** How often a task may fail before its job does; 1: no retry. Default 1. */
  readonly maxFailures?: number;
  /** Bytes of shared memory for shuffle blocks and partitions kept as bytes; beyond, they go to files. Default: a quarter of the machine. */
  readonly memoryBytes?: number;
  /** Bytes each worker may keep as JavaScript values. Default: an eighth of the machine, divided by the threads; at most half its heap. */
  readonly cacheBytes?: number;
  /** Limit of each worker's heap in MB. Default: V8's own, which depends on the machine. */
  readonly workerHeapMb?: number;
  /** Where the engine makes its private directory for spilled blocks. Default: the system's directory for temporary files. */
  readonly spillDirectory?: string;
  /** How long a task waits, in ms, for the worker that has its data, before it runs elsewhere. Default 3000 (`spark.locality.wait`). */
  readonly localityWait?: number;
  /** How long, in ms, a cancelled task may go on before its worker is replaced. Default 60000 (`spark.task.reaper.killTimeout`). */
  readonly cancelWait?: number;
  /** URL of the user's main script, whose functions travel by value. Default: what this process was started with. */
  readonly mainScript?: string;
}

export interface Settings extends Required<Omit<LocalEngineOptions, "workerHeapMb" | "mainScript">> {
  readonly workerHeapMb: number | undefined;
  readonly mainScript: string | undefined;
}

export function settingsOf(options: LocalEngineOptions): Settings {
  const threads = options.threads ?? availableParallelism();
  const machine = Math.min(process.constrainedMemory() || Infinity, process.availableMemory());
  const heap = (options.workerHeapMb ?? Infinity) * 2 ** 20;
  return {
    threads,
    maxFailures: options.maxFailures ?? 1,
    memoryBytes: options.memoryBytes ?? Math.floor(machine / 4),
    cacheBytes: options.cacheBytes ?? Math.floor(Math.min(machine / 8 / threads, heap / 2)),
    workerHeapMb: options.workerHeapMb,
    spillDirectory: options.spillDirectory ?? tmpdir(),
    localityWait: options.localityWait ?? 3000,
    cancelWait: options.cancelWait ?? 60_000,
    mainScript: options.mainScript ?? mainScript(),
  };
}
