import type { Clock } from "../../base/clock.ts";
import { logger } from "../../base/log.ts";
import type { Job } from "./job.ts";
import type { JobSet } from "./job-set.ts";
import type { StreamingListenerBus } from "./listener-bus.ts";
import type { Time } from "../time.ts";

const log = logger("JobScheduler");

/** What the scheduler needs of its context. */
export interface JobSchedulerOptions {
  readonly clock: Clock;
  readonly listeners: StreamingListenerBus;
  /** How many output operations may run at once (`spark.streaming.concurrentJobs`). With 1 they run in strict order. */
  readonly concurrentJobs: number;
  /** Runs an output operation with the properties that hold for its Spark jobs. */
  inScope(time: Time, outputOpId: number, signal: AbortSignal, body: () => unknown): Promise<unknown>;
  /** An error that awaitTermination() shall reject with. */
  onError(error: unknown): void;
}

/**
 * Runs the jobs of the batches.
 *
 *     submit(set of T) ─▶ jobs in order ─▶ [ queue ] ─▶ `concurrentJobs` at a time ─▶ events, log, error
 *
 * A job that fails is reported and the next one runs: one bad batch does not end a stream.
 */
export class JobScheduler {
  readonly #options: JobSchedulerOptions;
  readonly #queue: { readonly job: Job; readonly set: JobSet }[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #stopped = false;

  constructor(options: JobSchedulerOptions) {
    this.#options = options;
  }

  /** Queues the jobs of a batch; false when there are none, and the batch leaves no trace. */
  submit(set: JobSet): boolean {
    if (set.jobs.length === 0 || this.#stopped) {
      log.info(() => `No jobs added for time ${set.time}`);
      set.close();
      return false;
    }
    this.#options.listeners.post("onBatchSubmitted", () => ({ batchInfo: set.toInfo() }));
    for (const job of set.jobs) this.#queue.push({ job, set });
    log.info(() => `Added jobs for time ${set.time}`);
    this.#runNext();
    return true;
  }

  /** Takes no more jobs, and drops those that wait. */
  drop(): void {
    this.#stopped = true;
    for (const { set } of this.#queue.splice(0)) set.close();
  }

  /**
   * Takes no more jobs, and lets those that it has end, at most `graceMs` long; then those that wait are dropped, and the Spark jobs
   * of those that run are cancelled. To drop at once what waits, call `drop` first.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    if (this.#running.size > 0) {
      const { clock } = this.#options;
      const done = new AbortController();
      const ended = this.#idle().then(() => done.abort());
      await Promise.race([ended, clock.until(clock.now() + graceMs, done.signal).catch(() => undefined)]);
    }
    this.drop();
    this.#abort.abort();
  }

  /** Nothing runs, so nothing waits either. */
  async #idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #runNext(): void {
    while (this.#running.size < this.#options.concurrentJobs) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      const run = this.#run(next.job, next.set).finally(() => {
        this.#running.delete(run);
        this.#runNext();
      });
      this.#running.add(run);
    }
  }

  async #run(job: Job, set: JobSet): Promise<void> {
    this.#started(job, set);
    try {
      await this.#options.inScope(job.time, job.outputOpId, this.#abort.signal, job.run);
    } catch (error) {
      job.failure = { error };
    }
    this.#ended(job, set);
  }

  #started(job: Job, set: JobSet): void {
    const { clock, listeners } = this.#options;
    const now = clock.now();
    if (!set.hasStarted) {
      set.processingStartTime = now;
      listeners.post("onBatchStarted", () => ({ batchInfo: set.toInfo() }));
    }
    job.startTime = now;
    listeners.post("onOutputOperationStarted", () => ({ outputOperationInfo: job.toInfo() }));
    log.info(() => `Starting job ${job} from job set of time ${set.time}`);
  }

  #ended(job: Job, set: JobSet): void {
    const { clock, listeners } = this.#options;
    const now = clock.now();
    job.endTime = now;
    set.jobEnded(now);
    listeners.post("onOutputOperationCompleted", () => ({ outputOperationInfo: job.toInfo() }));
    log.info(() => `Finished job ${job} from job set of time ${set.time}`);
    if (set.hasCompleted) {
      listeners.post("onBatchCompleted", () => ({ batchInfo: set.toInfo() }));
      log.info(() => totalDelay(set, now));
    }
    if (job.failure !== undefined) this.reportError(`Error running job ${job}`, job.failure.error);
    if (set.hasCompleted) set.close();
  }

  reportError(message: string, error: unknown): void {
    log.error(message, error);
    this.#options.onError(error);
  }
}

/** Counted from the batch time, unlike BatchInfo.totalDelay, as Spark's users know it. */
function totalDelay(set: JobSet, end: number): string {
  const seconds = (ms: number) => (ms / 1000).toFixed(3);
  const execution = end - (set.processingStartTime ?? end);
  const total = end - set.time.milliseconds;
  return `Total delay: ${seconds(total)} s for time ${set.time} (execution: ${seconds(execution)} s)`;
}
