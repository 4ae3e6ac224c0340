import type { Clock } from "../../base/clock.ts";
import { logger } from "../../base/log.ts";
import type { RDD } from "../../rdd/rdd.ts";
import type { DStreamGraph } from "../dstream-graph.ts";
import type { InputInfoTracker } from "./input-info-tracker.ts";
import type { JobScheduler } from "./job-scheduler.ts";
import type { Job } from "./job.ts";
import { JobSet } from "./job-set.ts";
import { SerialQueue } from "./serial-queue.ts";
import { Time } from "../time.ts";

const log = logger("JobGenerator");

/** What the generator needs of its context. */
export interface JobGeneratorOptions {
  readonly clock: Clock;
  readonly graph: DStreamGraph;
  readonly scheduler: JobScheduler;
  readonly inputInfos: InputInfoTracker;
  /** Gives the received blocks that no batch has yet to this one; forgets those of batches before a time. */
  readonly blocks: { allocate(time: Time): void; cleanup(threshold: number): void; readonly drained: Promise<void> };
  /** `body` runs with the properties of this batch, as transform functions may start jobs. */
  inScope<R>(time: Time, body: () => Promise<R>): Promise<R>;
  /** An RDD that no batch needs any more. */
  release(rdd: RDD<unknown>): void;
}

/**
 * Makes a batch at each tick and sees it through to its end.
 *
 *     clock ──tick T──▶ allocate blocks, ask every output for its job ──▶ scheduler ──▶ jobs end ──▶ drop old RDDs
 *                      └──────────── one batch at a time ───────────┘                             └─ again in turn ┘
 *
 * Ticks are zero + k · interval, computed and never added up, so there is no drift. None is ever skipped: when a tick is late the
 * next follows at once, and batches that cannot run yet wait in the scheduler.
 */
export class JobGenerator {
  readonly #options: JobGeneratorOptions;
  readonly #queue = new SerialQueue();
  readonly #ticking = new AbortController();
  readonly #batches = new Set<Promise<void>>();
  #ticker: Promise<void> = Promise.resolve();
  /** Set by a graceful stop: the tick that is waited for is the last one. */
  #isLastTick = false;
  #nextTick = 0;

  constructor(options: JobGeneratorOptions) {
    this.#options = options;
  }

  /** Starts the graph, and ticking at the next multiple of the batch duration. Resolves when the inputs have started. */
  start(): Promise<void> {
    const { clock, graph } = this.#options;
    const interval = graph.batchDuration.milliseconds;
    const first = (Math.floor(clock.now() / interval) + 1) * interval;
    const started = graph.start(new Time(first - interval));
    started.catch(() => undefined); // told to whoever waits for it, who may not have got there yet
    this.#nextTick = first;
    this.#ticker = this.#tick(interval).catch(() => undefined);
    log.info(() => `Started JobGenerator at ${first} ms`);
    return started;
  }

  /** Resolves when there is no more tick; a graceful stop also waits for the batches (at most `timeoutMs`). */
  async stop(graceful: boolean, timeoutMs: number): Promise<void> {
    if (graceful) await this.#finish(timeoutMs);
    this.#ticking.abort();
    await this.#ticker;
  }

  /** All received blocks become batches, one more tick happens, and every batch ends. */
  async #finish(timeoutMs: number): Promise<void> {
    log.info("Stopping JobGenerator gracefully");
    const { clock, blocks } = this.#options;
    const finished = new AbortController();
    const all = async () => {
      await blocks.drained;
      this.#isLastTick = true;
      await this.#ticker;
      await Promise.all(this.#batches);
      finished.abort();
    };
    const late = clock.until(clock.now() + timeoutMs, finished.signal).then(
      () => log.warn(`Timed out while stopping the job generator (timeout = ${timeoutMs})`),
      () => undefined,
    );
    await Promise.race([all(), late]);
  }

  async #tick(interval: number): Promise<void> {
    const { clock } = this.#options;
    while (!this.#isLastTick) {
      await clock.until(this.#nextTick, this.#ticking.signal);
      const batch = this.#batch(new Time(this.#nextTick)).finally(() => this.#batches.delete(batch));
      this.#batches.add(batch);
      clock.track?.(batch);
      this.#nextTick += interval;
    }
  }

  async #batch(time: Time): Promise<void> {
    const set = await this.#queue.run(() => this.#generate(time));
    // Without jobs there is nothing to wait for; what is old goes with the next batch, unless nothing else is under way.
    if (set === undefined && this.#batches.size > 1) return;
    await set?.ended;
    await this.#queue.run(() => this.#clear(time));
  }

  async #generate(time: Time): Promise<JobSet | undefined> {
    if (this.#ticking.signal.aborted) return undefined;
    const { clock, graph, scheduler, inputInfos, blocks, inScope } = this.#options;
    let jobs: Job[];
    try {
      blocks.allocate(time);
      jobs = await inScope(time, () => graph.generateJobs(time));
    } catch (error) {
      // What was being made when the stream stopped is not wanted any more, and may have lost what it needs.
      if (this.#ticking.signal.aborted) log.debug(`The batch at ${time} was not made: the stream has stopped`, error);
      else scheduler.reportError(`Error generating jobs for time ${time}`, error);
      return undefined;
    }
    const set = new JobSet(time, jobs, inputInfos.infosOf(time), clock.now());
    return scheduler.submit(set) ? set : undefined;
  }

  /** What the batch at `time`, being done, leaves useless. */
  async #clear(time: Time): Promise<void> {
    const { graph, inputInfos, blocks, release } = this.#options;
    for (const old of graph.clearMetadata(time)) {
      const rdd = await old.catch(() => undefined);
      if (rdd !== undefined) release(rdd);
    }
    const threshold = time.milliseconds - graph.maxInputRememberMs;
    inputInfos.cleanup(threshold);
    blocks.cleanup(threshold);
  }
}
