/**
 * What the keys of a Spark program mean for worker threads in one process.
 *
 *     local[N,F]                        N threads, a task may fail F times
 *     spark.cores.max                   at most so many threads for local[*] (`--total-executor-cores`); an explicit N stands
 *     spark.executor.memory             all workers together: each thread's heap gets its share, and
 *     spark.memory.fraction (0.6)         this part of it is the budget for shuffle and cache blocks, which live outside heaps
 *     spark.local.dir                   where blocks go that do not fit
 *
 * Memory that is not set is left to the engine, which knows the machine. `spark.driver.memory` is the main thread's heap: it
 * must be known when the process starts, so only the command line can honour it.
 */
import { DStreamsError } from "../base/errors.ts";
import { requireLocal } from "./master.ts";
import type { SparkConf } from "./spark-conf.ts";

export interface LocalResources {
  /** Worker threads. */
  readonly threads: number;
  /** How often a task may fail before its job does. */
  readonly maxFailures: number;
  /** Bytes for shuffle and cache blocks of all workers; undefined: the engine decides. */
  readonly memoryBytes: number | undefined;
  /** Limit of each worker's heap, in MiB; undefined: the engine decides. */
  readonly workerHeapMegabytes: number | undefined;
  /** Where to spill; undefined: the system's temporary directory. */
  readonly localDirectory: string | undefined;
}

/** A worker cannot live in less. */
const leastHeapMegabytes = 64;

/**
 * Reads them from a conf that has a master.
 *
 * @throws DSTREAMS_MASTER when the master is missing, wrong or a cluster; DSTREAMS_CONFIGURATION when a value is
 */
export function localResources(conf: SparkConf): LocalResources {
  const url = conf.get("spark.master");
  if (url === undefined) throw new DStreamsError("DSTREAMS_MASTER", "A master URL must be set in your configuration");
  const master = requireLocal(url);
  const threads = /^local\[\s*\*/.test(master.url) ? Math.min(master.threads, coresMax(conf)) : master.threads;
  const memory = conf.getSizeAsBytes("spark.executor.memory", undefined, "m");
  const directory = conf.get("spark.local.dir")?.split(",")[0]?.trim();
  return {
    threads,
    maxFailures: master.maxFailures,
    memoryBytes: memory === undefined ? undefined : Math.floor(memory * memoryFraction(conf)),
    workerHeapMegabytes:
      memory === undefined ? undefined : Math.max(leastHeapMegabytes, Math.floor(memory / 2 ** 20 / threads)),
    localDirectory: directory === "" ? undefined : directory,
  };
}

function coresMax(conf: SparkConf): number {
  const cores = conf.getInt("spark.cores.max", Number.MAX_SAFE_INTEGER);
  if (cores >= 1) return cores;
  throw new DStreamsError("DSTREAMS_CONFIGURATION", `spark.cores.max should be at least 1, but was '${cores}'.`);
}

function memoryFraction(conf: SparkConf): number {
  const fraction = conf.getDouble("spark.memory.fraction", 0.6);
  if (fraction > 0 && fraction < 1) return fraction;
  throw new DStreamsError(
    "DSTREAMS_CONFIGURATION",
    `spark.memory.fraction should be between 0 and 1, but was '${fraction}'.`,
  );
}
