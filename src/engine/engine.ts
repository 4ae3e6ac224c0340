/**
 * The contract between the API and whatever computes: worker threads (engine/local) or Apache Spark (engine/spark).
 *
 *     SparkContext ──run(job)──▶ Engine ──▶ one value per partition, in the order asked for
 *
 * An engine compiles the plan into stages, runs the tasks, retries, and forgets. It knows nothing of RDD classes, streams
 * or batches; all it learns about a job's purpose is `JobProperties`, for logs, errors and the status tracker.
 */
import type { CallSite } from "../base/site.ts";
import type { PartitionRecords, PlanNode } from "../plan/plan.ts";
import type { StorageLevel } from "./storage-level.ts";

/** What is done with each partition's records, in the worker; what comes back to the driver is one value a partition. */
export type Action =
  /** → the records, as an array */
  | { readonly kind: "collect" }
  /** → the first `n` records at most; stops reading after them */
  | { readonly kind: "take"; readonly n: number }
  /** → how many there are */
  | { readonly kind: "count" }
  /** → `[]` for an empty partition, else `[value]` */
  | { readonly kind: "reduce"; readonly fn: (a: never, b: never) => unknown }
  /** → the fold of the partition from a fresh copy of `zero` */
  | { readonly kind: "fold"; readonly zero: unknown; readonly fn: (accumulated: never, record: never) => unknown }
  /** → undefined; a returned promise is awaited before the next record */
  | { readonly kind: "foreach"; readonly fn: (record: never) => unknown }
  /** → what `fn` returns (awaited) */
  | { readonly kind: "partition"; readonly fn: (index: number, records: PartitionRecords<never>) => unknown };

export interface JobProperties {
  /** Set by `sc.setJobGroup`. */
  readonly group?: string;
  readonly description?: string;
  /** Batch time in ms of a streaming job; part of error messages. */
  readonly batchTime?: number;
}

export interface Job {
  readonly plan: PlanNode;
  /** Which partitions to compute; not necessarily all, each at most once. */
  readonly partitions: readonly number[];
  readonly action: Action;
  readonly site: CallSite;
  readonly properties?: JobProperties;
  /** Aborting cancels the job: `run` rejects with DSTREAMS_CANCELLED, tasks in flight are told to stop. */
  readonly signal?: AbortSignal;
  /** Called once for each partition as it finishes, before `run` resolves; the index is into `partitions`. */
  readonly onResult?: (index: number, value: unknown) => void;
}

/** Adds of the tasks to accumulators, delivered exactly once per successful task. */
export type AccumulatorSink = (accumulatorId: number, term: unknown) => void;

export interface Engine {
  /** For logs: `local[2]`. */
  readonly name: string;
  /** How many tasks can run at once. */
  readonly parallelism: number;
  /** What a cluster calls the application, once it knows it. */
  readonly applicationId?: string | undefined;

  /**
   * One value per asked partition, in that order. Rejects with a DStreamsError: DSTREAMS_USER_FUNCTION (cause: what the
   * user's function threw, with its own stack), DSTREAMS_CANCELLED, DSTREAMS_WORKER_LOST, …
   * Partitions that are known to be empty cost no task.
   */
  run(job: Job): Promise<unknown[]>;

  /** From now on keep the node's partitions when they are computed. */
  persist(nodeId: number, level: StorageLevel): void;
  /** Forget them; resolves when they are gone. */
  unpersist(nodeId: number): Promise<void>;
  /** Drops what is kept for shuffles of this lineage that nobody else needs now; recomputed if needed after all. */
  release(node: PlanNode): void;

  /** Brings a file, by its path here, to wherever tasks run; they find it by its name in `filesDirectory()`. */
  addFile(path: string): Promise<void>;

  /** Makes a value available in tasks; the handle travels in closures. */
  broadcast(id: number, value: unknown): void;
  /** Frees a broadcast in the workers (`destroy`: for good). */
  unbroadcast(id: number, destroy: boolean): Promise<void>;
  /** Where accumulator terms go. */
  onAccumulate(sink: AccumulatorSink): void;

  readonly status: EngineStatus;
  /** Cancels all jobs of a group, or all. */
  cancel(group?: string): void;
  /** Ends every thread, timer and file. Idempotent. */
  stop(): Promise<void>;
}

/** What the status tracker shows; a snapshot at the time of the call. */
export interface EngineStatus {
  activeJobs(): readonly JobInfo[];
  job(jobId: number): JobInfo | undefined;
  stage(stageId: number): StageInfo | undefined;
  jobsOfGroup(group: string | undefined): readonly number[];
}

/** A job, as it was when it was asked for. */
export interface JobInfo {
  /** Counted from 0 in each context. */
  readonly jobId: number;
  /** Cancelled jobs have failed. */
  readonly status: "RUNNING" | "SUCCEEDED" | "FAILED" | "UNKNOWN";
  /** The stages that were run for it. */
  readonly stageIds: readonly number[];
}

/** A stage (the part of a job between shuffles), as it was when it was asked for. */
export interface StageInfo {
  /** Counted from 0 in each context. */
  readonly stageId: number;
  /** Always 0: a stage goes on where it was when a worker has died. */
  readonly currentAttemptId: number;
  /** `reduceByKey at wordcount.ts:8`. */
  readonly name: string;
  /** One for each partition it computes. */
  readonly numTasks: number;
  /** Tasks that workers have now. */
  readonly numActiveTasks: number;
  /** Partitions that are done, those that needed no task among them. */
  readonly numCompletedTasks: number;
  /** Attempts that failed or lost their worker. */
  readonly numFailedTasks: number;
}
