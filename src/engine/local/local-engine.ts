/**
 * The embedded engine: a driver in this thread, N worker threads, shared memory between them.
 *
 *     run(job) ─▶ DagScheduler ─▶ TaskScheduler ─▶ WorkerThread × N      (jobs → stages → tasks → threads)
 *                   │ layout.ts, parts.ts: a stage and its inputs
 *                   │ flatten.ts, programs.ts, functions.ts: its program
 *                   ├─ KeptPartitions   what is cached, and where
 *                   └─ MapOutputs       what shuffles have written
 *
 * Workers start when the engine is made. While no job runs they do not keep the process alive, so a script that forgets to
 * stop its context still ends; while one runs, they do.
 */
import { unlink } from "node:fs/promises";
import { DStreamsError } from "../../base/errors.ts";
import { logger, publish } from "../../base/log.ts";
import { classTable } from "../../closure/classes.ts";
import { decodeValue, encodeValue, setClassTable } from "../../codec/block.ts";
import type { PlanNode } from "../../plan/plan.ts";
import type { AccumulatorSink, Engine, EngineStatus, Job } from "../engine.ts";
import type { StorageLevel } from "../storage-level.ts";
import { DagScheduler } from "./dag-scheduler.ts";
import { Functions } from "../stages/functions.ts";
import { LineageShuffles } from "../stages/lineage-shuffles.ts";
import { HeldBytes } from "./held-bytes.ts";
import { KeptPartitions } from "./kept.ts";
import { MapOutputs } from "./map-outputs.ts";
import { MemoryLedger } from "../tasks/memory.ts";
import { type LocalEngineOptions, type Settings, settingsOf } from "./options.ts";
import { Programs } from "../stages/programs.ts";
import type { BlockRef, MapOutput } from "../stages/protocol.ts";
import type { FromWorker } from "../tasks/messages.ts";
import type { RunningJob } from "./running-job.ts";
import { SpillDirectory } from "./spill-directory.ts";
import { Status } from "../stages/status.ts";
import { type Done, TaskScheduler } from "./task-scheduler.ts";
import { type WorkerEvents, WorkerThread } from "./worker-thread.ts";

const log = logger("LocalEngine");

export interface LocalUsage {
  readonly functions: number;
  readonly programs: number;
  /** Shuffles with outputs. */
  readonly shuffles: number;
  /** Bytes of blocks in shared memory: of shuffles and of partitions kept as bytes. */
  readonly blockBytes: number;
}

export class LocalEngine implements Engine {
  readonly name: string;
  readonly parallelism: number;
  readonly #settings: Settings;
  readonly #status = new Status();
  readonly #spill: SpillDirectory;
  readonly #ledger: MemoryLedger;
  readonly #held: HeldBytes;
  readonly #kept: KeptPartitions;
  readonly #outputs: MapOutputs;
  readonly #functions = new Functions();
  readonly #programs = new Programs(this.#functions, gone => this.#tasks.forget(gone));
  readonly #dag: DagScheduler;
  readonly #tasks: TaskScheduler;
  /** Encoded values, for workers that start later. */
  readonly #broadcasts = new Map<number, Uint8Array>();
  /** Shuffles to be dropped when no running job reads them. */
  readonly #toRelease = new Set<number>();
  readonly #lineages = new LineageShuffles();
  #accumulate: AccumulatorSink = () => {};
  #lastWorker = -1;
  #stopping: Promise<void> | undefined;

  /** @throws DSTREAMS_SPILL when there is no place for spilled blocks */
  constructor(options: LocalEngineOptions = {}) {
    const settings = settingsOf(options);
    this.#settings = settings;
    this.name = `local[${settings.threads}]`;
    this.parallelism = settings.threads;
    setClassTable(classTable);
    this.#spill = new SpillDirectory(settings.spillDirectory);
    this.#ledger = MemoryLedger.create(settings.memoryBytes);
    this.#held = new HeldBytes(settings.memoryBytes);
    const free = (bytes: BlockRef | MapOutput): void => this.#free(bytes);
    this.#kept = new KeptPartitions(free);
    this.#outputs = new MapOutputs(free);
    this.#dag = new DagScheduler({
      holdings: { kept: this.#kept, outputs: this.#outputs },
      programs: this.#programs,
      status: this.#status,
      maxFailures: settings.maxFailures,
      accumulate: terms => this.#addUp(terms),
      free,
    });
    this.#tasks = new TaskScheduler(settings, this.#dag, slot => this.#startWorker(slot));
    this.#dag.use(this.#tasks);
  }

  get status(): EngineStatus {
    return this.#status;
  }

  /** How much is held now: of what must not grow with the number of jobs. */
  get usage(): LocalUsage {
    return {
      functions: this.#functions.size,
      programs: this.#programs.size,
      shuffles: this.#outputs.size,
      blockBytes: this.#ledger.used,
    };
  }

  async run(job: Job): Promise<unknown[]> {
    if (this.#stopping !== undefined)
      throw new DStreamsError("DSTREAMS_CONTEXT_STOPPED", "Cannot call methods on a stopped SparkContext.");
    if (job.signal?.aborted === true) throw new DStreamsError("DSTREAMS_CANCELLED", "Job cancelled before it began.");
    if (job.partitions.length === 0) return [];
    const { running, results } = this.#dag.run(job);
    const onAbort = (): void => this.#cancelJob(running, "");
    job.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await results;
    } finally {
      job.signal?.removeEventListener("abort", onAbort);
      this.#releaseUnused();
    }
  }

  persist(nodeId: number, level: StorageLevel): void {
    if (level.isKept) this.#kept.persist(nodeId, level);
  }

  async unpersist(nodeId: number): Promise<void> {
    if (this.#kept.levelOf(nodeId) === undefined) return;
    this.#kept.unpersist(nodeId);
    this.#tasks.broadcast({ type: "unpersist", nodeId });
  }

  release(node: PlanNode): void {
    for (const id of this.#lineages.below(node)) this.#toRelease.add(id);
    this.#releaseUnused();
  }

  /** Workers are threads of this process, and find it where the driver has put it. */
  async addFile(): Promise<void> {}

  broadcast(id: number, value: unknown): void {
    const bytes = toShared(encodeValue(value));
    this.#broadcasts.set(id, bytes);
    this.#held.add(bytes.byteLength);
    this.#tasks.broadcast({ type: "broadcast", id, bytes });
  }

  async unbroadcast(id: number, destroy: boolean): Promise<void> {
    const bytes = this.#broadcasts.get(id);
    if (bytes === undefined) return;
    this.#tasks.broadcast({ type: "unbroadcast", id });
    if (destroy) {
      this.#broadcasts.delete(id);
      this.#held.remove(bytes.byteLength);
    } else this.#tasks.broadcast({ type: "broadcast", id, bytes });
  }

  onAccumulate(sink: AccumulatorSink): void {
    this.#accumulate = sink;
  }

  cancel(group?: string): void {
    for (const running of [...this.#dag.activeJobs]) {
      if (group === undefined) this.#cancelJob(running, "");
      else if (running.job.properties?.group === group)
        this.#cancelJob(running, ` part of cancelled job group ${group}`);
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    for (const running of [...this.#dag.activeJobs]) this.#cancelJob(running, " because SparkContext was shut down");
    await this.#tasks.stop();
    this.#outputs.clear();
    for (const nodeId of this.#kept.nodeIds()) this.#kept.unpersist(nodeId);
    this.#broadcasts.clear();
    await this.#spill.remove();
  }

  #cancelJob(running: RunningJob, why: string): void {
    this.#dag.fail(running, new DStreamsError("DSTREAMS_CANCELLED", `Job ${running.id} cancelled${why}`));
  }

  // ── workers ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #startWorker(slot: number): WorkerThread {
    const { cacheBytes, workerHeapMb, mainScript } = this.#settings;
    const start = {
      workerId: ++this.#lastWorker,
      ledger: this.#ledger.buffer,
      cacheBytes,
      spillDirectory: this.#spill.path,
      mainScript,
    };
    const worker = new WorkerThread(slot, start, workerHeapMb, this.#events);
    for (const [id, bytes] of this.#broadcasts) worker.post({ type: "broadcast", id, bytes });
    return worker;
  }

  readonly #events: WorkerEvents = {
    message: (worker, message) => this.#onMessage(worker, message),
    exit: (worker, exitCode, error) => {
      const outOfMemory = Reflect.get(error ?? {}, "code") === "ERR_WORKER_OUT_OF_MEMORY";
      const reason = error === undefined ? `it exited with code ${exitCode}` : error.message;
      log.debug(() => `Worker ${worker.id} ended: ${reason}`, error);
      this.#tasks.onExit(worker, { reason, outOfMemory, atStart: !worker.isReady && !worker.isEnding });
    },
  };

  #onMessage(worker: WorkerThread, message: FromWorker): void {
    if (message.type === "ready") worker.isReady = true;
    else if (message.type === "log") publish(message.record);
    else {
      if (message.type === "done") this.#hold(message);
      if (message.type === "failed" && isFull(message)) this.#held.collect();
      this.#tasks.onMessage(worker, message);
    }
  }

  // ── bytes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #addUp(terms: Done["accumulated"]): void {
    for (const [id, term] of terms) this.#accumulate(id, decodeValue(term));
  }

  #releaseUnused(): void {
    if (this.#toRelease.size === 0) return;
    const inUse = this.#dag.shufflesInUse();
    for (const id of this.#toRelease) {
      if (inUse.has(id)) continue;
      this.#toRelease.delete(id);
      this.#outputs.drop(id);
    }
  }

  /** What a task has left behind; it ends with `#free`. */
  #hold({ output, kept }: Done): void {
    if (output !== undefined) this.#held.add(sizeOf(output));
    for (const { block } of kept) if (block !== undefined) this.#held.add(sizeOf(block));
  }

  #free(bytes: BlockRef | MapOutput): void {
    const { buffer, file } = bytes;
    this.#held.remove(sizeOf(bytes));
    if (buffer !== undefined) this.#ledger.release(buffer.byteLength);
    // Should it stay, it goes with the directory.
    if (file !== undefined && this.#stopping === undefined) unlink(file).catch(() => {});
  }
}

/** There was no room for a block: maybe there is, in what failed jobs and others have left behind. */
function isFull({ failure }: Extract<FromWorker, { type: "failed" }>): boolean {
  return failure.kind === "engine" && failure.code === "DSTREAMS_SPILL";
}

function sizeOf(bytes: BlockRef | MapOutput): number {
  return "offsets" in bytes ? (bytes.offsets.at(-1) ?? 0) : bytes.end - bytes.start;
}

function toShared(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  shared.set(bytes);
  return shared;
}
