import type { Clock } from "../../base/clock.ts";
import type { JobProperties } from "../../engine/engine.ts";
import { jobScope } from "../../engine/job-scope.ts";
import type { JobScope } from "../../engine/job-scope.ts";
import type { RDD } from "../../rdd/rdd.ts";
import type { SparkContext } from "../../rdd/spark-context.ts";
import type { DStreamGraph } from "../dstream-graph.ts";
import type { ReceiverTracker } from "../receivers/receiver-tracker.ts";
import type { InputInfoTracker } from "./input-info-tracker.ts";
import { batchProperties } from "./job-description.ts";
import { JobGenerator } from "./job-generator.ts";
import { JobScheduler } from "./job-scheduler.ts";
import type { StreamingListenerBus } from "./listener-bus.ts";

export interface StreamingSchedulerOptions {
  readonly sparkContext: SparkContext;
  readonly clock: Clock;
  readonly graph: DStreamGraph;
  readonly receivers: ReceiverTracker;
  readonly inputInfos: InputInfoTracker;
  readonly listeners: StreamingListenerBus;
  onError(error: unknown): void;
}

/** How long jobs may go on after a stop: gracefully an hour, else two seconds. */
const patienceMs = { graceful: 3_600_000, abrupt: 2_000 };

/** What runs between start and stop of a context: receivers, the generator of batches, and the scheduler of their jobs. */
export class StreamingScheduler {
  readonly #options: StreamingSchedulerOptions;
  readonly #jobs: JobScheduler;
  readonly #generator: JobGenerator;
  /** Of the driver code that runs now. */
  readonly #scopes = new Set<JobScope>();

  constructor(options: StreamingSchedulerOptions) {
    const { sparkContext, clock, graph, receivers, inputInfos, listeners } = options;
    this.#options = options;
    const conf = sparkContext.getConf();
    const unpersist = conf.getBoolean("spark.streaming.unpersist", true);
    const inherited = propertiesOf(sparkContext);
    this.#jobs = new JobScheduler({
      clock,
      listeners,
      concurrentJobs: conf.getInt("spark.streaming.concurrentJobs", 1),
      inScope: (time, outputOpId, signal, body) =>
        this.#inScope({ properties: batchProperties(inherited, time, outputOpId), signal }, body),
      onError: options.onError,
    });
    this.#generator = new JobGenerator({
      clock,
      graph,
      scheduler: this.#jobs,
      inputInfos,
      blocks: receivers.blocks,
      inScope: (time, body) => this.#inScope({ properties: batchProperties(inherited, time) }, body),
      release: rdd => this.#release(rdd, unpersist),
    });
  }

  /** Resolves when the inputs have started; all else is done when it returns. */
  start(): Promise<void> {
    const { clock, listeners, receivers } = this.#options;
    const started = this.#generator.start();
    receivers.start();
    const time = clock.now();
    listeners.post("onStreamingStarted", () => ({ time }));
    return started;
  }

  async stop(graceful: boolean): Promise<void> {
    const { sparkContext, graph, listeners, receivers } = this.#options;
    const timeout = sparkContext
      .getConf()
      .getTimeAsMs("spark.streaming.gracefulStopTimeout", 10 * graph.batchDuration.milliseconds);
    // Before anything is waited for: not one more batch shall begin.
    if (!graceful) this.#jobs.drop();
    await receivers.stop(graceful);
    await this.#generator.stop(graceful, timeout);
    await this.#jobs.stop(graceful ? patienceMs.graceful : patienceMs.abrupt);
    await listeners.flush();
    // Last, since an input may have something to do about every batch that has ended.
    await graph.stop();
  }

  /** True when the caller is an output operation, or a transform function, that has not ended. */
  isInBatch(): boolean {
    const scope = jobScope.getStore();
    return scope !== undefined && this.#scopes.has(scope);
  }

  async #inScope<R>(scope: JobScope, body: () => R): Promise<Awaited<R>> {
    this.#scopes.add(scope);
    try {
      return await jobScope.run(scope, body);
    } finally {
      this.#scopes.delete(scope);
    }
  }

  #release(rdd: RDD<unknown>, unpersist: boolean): void {
    if (this.#options.sparkContext.isStopped) return;
    if (unpersist && rdd.is_cached) rdd.unpersist().catch(() => undefined);
    rdd.release();
  }
}

/** What the program had set on the SparkContext before start(); it holds for all batches. */
function propertiesOf(sc: SparkContext): JobProperties {
  const group = sc.getLocalProperty("spark.jobGroup.id");
  const description = sc.getLocalProperty("spark.job.description");
  return { group, description };
}
