import { inspect } from "node:util";
import { DStreamsError, require } from "../base/errors.ts";
import type { Clock } from "../base/clock.ts";
import { logger } from "../base/log.ts";
import { captureSite } from "../base/site.ts";
import type { CallSite } from "../base/site.ts";
import { refusesTravel } from "../closure/travel.ts";
import { SparkConf } from "../conf/spark-conf.ts";
import { describe } from "../rdd/checks.ts";
import { SparkContext } from "../rdd/spark-context.ts";
import { DStream } from "./dstream.ts";
import { DStreamGraph } from "./dstream-graph.ts";
import { toDuration } from "./duration.ts";
import type { Duration, DurationLike } from "./duration.ts";
import { ReceiverTracker } from "./receivers/receiver-tracker.ts";
import { encodeBlock } from "./receivers/blocks.ts";
import { ContextWaiter } from "./scheduler/context-waiter.ts";
import { InputInfoTracker } from "./scheduler/input-info-tracker.ts";
import type { StreamingListener } from "./scheduler/listener.ts";
import { StreamingListenerBus } from "./scheduler/listener-bus.ts";
import { StreamingScheduler } from "./scheduler/streaming-scheduler.ts";
import { addShutdownHook } from "./shutdown-hook.ts";
import { Sources } from "./sources.ts";
import type { Recipe } from "./stream-node.ts";
import { SystemClock } from "./system-clock.ts";

const log = logger("StreamingContext");

/** INITIALIZED until `start()`, ACTIVE until `stop()`. */
export type StreamingContextState = "INITIALIZED" | "ACTIVE" | "STOPPED";

/** What a StreamingContext may be given besides its batch duration. */
export interface StreamingContextOptions {
  /** What tells the time; default the system's. A test hands in the VirtualClock of `dstreams/testing`. */
  readonly clock?: Clock;
}

/** How a StreamingContext is to be stopped. */
export interface StopOptions {
  /** Stop the SparkContext too; default `spark.streaming.stopSparkContextByDefault`, true. */
  readonly stopSparkContext?: boolean;
  /** First process all that has been received; default false. */
  readonly stopGracefully?: boolean;
}

/** The one context of this process that has been started and not stopped. Process-wide, as in Spark. */
let active: StreamingContext | undefined;

function setActive(context: StreamingContext | undefined): void {
  active = context;
}

/**
 * The entry to streaming: makes input streams, starts, and stops. Create streams and operations first, then `start()`, then wait in
 * `awaitTermination()`. A context that was stopped cannot be started again; the SparkContext can serve another one.
 *
 *     INITIALIZED ──start()──▶ ACTIVE ──stop()──▶ STOPPED
 *          └──── start() fails, or stop() ────────────▲
 *
 * @example
 * ```ts no-run
 * import { SparkContext, StreamingContext } from "dstreams";
 * const ssc = new StreamingContext(new SparkContext(), 2); // a batch every 2 seconds
 * ssc.textFileStream("./books").count().pprint();
 * await ssc.start();
 * await ssc.awaitTermination();
 * ```
 */
export class StreamingContext extends Sources {
  /** The context that runs its jobs. */
  readonly sparkContext: SparkContext;
  /** @internal */
  readonly clock: Clock;
  /** @internal */
  readonly graph: DStreamGraph;
  /** @internal */
  readonly receivers: ReceiverTracker;
  /** @internal */
  readonly inputInfos = new InputInfoTracker();
  readonly #listeners = new StreamingListenerBus();
  readonly #waiter = new ContextWaiter();
  #state: StreamingContextState = "INITIALIZED";
  #nextInputStreamId = 0;
  /** How many stateful operators of each kind there are. */
  readonly #operators = new Map<string, number>();
  #checkpointDirectory: string | undefined;
  #scheduler: StreamingScheduler | undefined;
  #startSite: CallSite | undefined;
  #removeShutdownHook: () => void = () => undefined;
  #stopping: Promise<void> | undefined;

  /**
   * @param spark a SparkContext, or a SparkConf to make one of
   * @param batchDuration the batch interval; a number is in seconds
   */
  constructor(spark: SparkContext | SparkConf, batchDuration: DurationLike, options: StreamingContextOptions = {}) {
    super();
    require(batchDuration !== undefined &&
      batchDuration !== null, "Batch duration for StreamingContext cannot be null");
    const duration = toDuration(batchDuration, "The batch duration");
    require(duration.milliseconds > 0, `Batch duration must be at least 1 ms, not ${duration}`);
    this.clock = options.clock ?? new SystemClock();
    this.graph = new DStreamGraph(duration);
    require(spark instanceof SparkConf ||
      spark instanceof SparkContext, `A StreamingContext takes a SparkContext or a SparkConf, not ${describe(spark)}`);
    this.sparkContext = spark instanceof SparkConf ? new SparkContext(spark) : spark;
    const conf = this.sparkContext.getConf();
    this.receivers = new ReceiverTracker({
      clock: this.clock,
      conf,
      listeners: this.#listeners,
      encode: encodeBlock,
      onError: error => this.#waiter.notifyError(error),
    });
    const directory = conf.get("spark.streaming.checkpoint.directory");
    if (directory !== undefined) this.checkpoint(directory);
  }

  /** The context of this process that has been started and not stopped, if there is one. */
  static getActive(): StreamingContext | undefined {
    return active;
  }

  /**
   * The active context, or the one that `setupFunc` makes (which is not started). As in PySpark a checkpoint path may come first;
   * it must be null, since this version does not recover from checkpoints.
   */
  static getActiveOrCreate(setupFunc: () => StreamingContext): StreamingContext;
  static getActiveOrCreate(checkpointPath: null, setupFunc: () => StreamingContext): StreamingContext;
  static getActiveOrCreate(first: null | (() => StreamingContext), second?: () => StreamingContext): StreamingContext {
    if (typeof first === "string") {
      throw new DStreamsError(
        "DSTREAMS_UNSUPPORTED",
        "Recovery from a checkpoint is not in this version: give null for the path.",
      );
    }
    const setupFunc = first ?? second;
    if (typeof setupFunc !== "function") {
      throw new DStreamsError(
        "DSTREAMS_ILLEGAL_ARGUMENT",
        "setupFunc cannot be None: give a function that makes the context.",
      );
    }
    return active ?? setupFunc();
  }

  /** @internal */
  get [refusesTravel](): string {
    return (
      "It appears that you are attempting to reference StreamingContext from a function that runs in the workers. " +
      "It can only be used on the driver, not in code that runs on workers. For more information, see SPARK-5063."
    );
  }

  /**
   * Starts the streams. Resolves when the first batch has been scheduled, at the next multiple of the batch duration, and all sources know
   * where they begin.
   *
   * @throws DSTREAMS_ILLEGAL_STATE when it has been stopped, or another context is active
   * @throws DSTREAMS_ILLEGAL_ARGUMENT when there is nothing to do, or a stream's settings contradict each other
   * @throws DSTREAMS_CLOSURE when a function cannot travel to the workers
   * @throws what a source has to say that cannot start, such as DSTREAMS_KAFKA, or DSTREAMS_STORAGE when the checkpoint directory cannot be
   *   made; the context is stopped then
   */
  async start(): Promise<void> {
    if (this.#state === "ACTIVE") return log.warn("StreamingContext has already been started");
    if (this.#state === "STOPPED") {
      throw new DStreamsError("DSTREAMS_ILLEGAL_STATE", "StreamingContext has already been stopped");
    }
    if (active !== undefined) {
      throw new DStreamsError(
        "DSTREAMS_CONTEXT_EXISTS",
        "Only one StreamingContext may be started in this JVM. Currently running StreamingContext was started at " +
          `${active.#startSite?.long ?? "an unknown place"}\nStop it first; this one can be started afterwards.`,
      );
    }
    this.#startSite = captureSite("start");
    const scheduler = this.#newScheduler();
    let started: Promise<unknown>;
    try {
      this.#validate();
      started = Promise.all([scheduler.start(), this.sparkContext.driver.checkpoints.prepare()]);
    } catch (error) {
      this.#end();
      await scheduler.stop(false);
      throw error;
    }
    this.#scheduler = scheduler;
    this.#state = "ACTIVE";
    setActive(this);
    this.#removeShutdownHook = addShutdownHook(() => this.#stopOnSignal());
    try {
      await started;
    } catch (error) {
      this.#stopping ??= this.#stopStreams(false);
      await this.#stopping;
      throw error;
    }
    log.info("StreamingContext started");
  }

  /**
   * Stops the streams, and the SparkContext unless told otherwise. Not gracefully: running output operations have 2 seconds to end, and
   * what waits is dropped. Gracefully: all that has been received is processed, and one more batch runs.
   *
   * May be called in an output operation; then it returns at once and stops behind it.
   */
  async stop(options: StopOptions = {}): Promise<void> {
    if (this.#listeners.isDelivering) {
      throw new DStreamsError(
        "DSTREAMS_ILLEGAL_STATE",
        "Cannot stop StreamingContext within listener bus thread. Stop it after the listener has returned: setImmediate(() => ssc.stop()).",
      );
    }
    const { stopSparkContext = this.#stopsSparkContext(), stopGracefully = false } = options;
    const stopped = this.#stop(stopSparkContext, stopGracefully);
    if (!this.#scheduler?.isInBatch()) return stopped;
    log.info("stop() was called in an output operation; awaitTermination() tells when it is done");
    stopped.catch((error: unknown) => log.error("Error while stopping", error));
  }

  /**
   * Resolves when the context has been stopped; rejects with the error, when one is reported: of an output operation, of making a
   * batch. The stream goes on after such an error unless you stop it.
   *
   * @param timeout gives up waiting (and resolves) after that long; a number is in seconds
   */
  async awaitTermination(timeout?: DurationLike): Promise<void> {
    if (this.#state === "INITIALIZED") {
      log.warn("awaitTermination() waits for a StreamingContext that has not been started: call start() first");
    }
    if (timeout === undefined) await this.#waiter.wait();
    else await this.awaitTerminationOrTimeout(timeout);
  }

  /** `awaitTermination` with a limit: true when stopped, false when the time (a number is in seconds) was over first. */
  awaitTerminationOrTimeout(timeout: DurationLike): Promise<boolean> {
    return this.#waiter.waitFor(toDuration(timeout, "The timeout").milliseconds, this.clock);
  }

  /** Where it is in its life. */
  getState(): StreamingContextState {
    return this.#state;
  }

  /** `StreamingContext(ACTIVE, a batch every 2000 ms)`. */
  override toString(): string {
    return `StreamingContext(${this.#state}, a batch every ${this.batchDuration})`;
  }

  /** What console.log shows. */
  [inspect.custom](): string {
    return String(this);
  }

  /** Keep the RDDs of all streams at least this long, for `slice` and for questions asked later. May be called once. */
  remember(duration: DurationLike): void {
    this.graph.remember(toDuration(duration, "The remember duration"));
  }

  /** Where states and RDDs are checkpointed; null for nowhere. The directory is made when the context starts. */
  checkpoint(directory: string | null): void {
    this.#checkpointDirectory = directory ?? undefined;
    if (directory !== null) this.sparkContext.setCheckpointDir(directory);
  }

  /** @internal */
  get checkpointDirectory(): string | undefined {
    return this.#checkpointDirectory;
  }

  /** From now on tells the listener of batches, output operations and receivers. */
  addStreamingListener(listener: StreamingListener): void {
    this.#listeners.add(listener);
  }

  /** Tells it nothing any more. */
  removeStreamingListener(listener: StreamingListener): void {
    this.#listeners.remove(listener);
  }

  /** At the end of `await using`: what `stop()` does, without a word when there is nothing to stop. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "STOPPED") return;
    if (this.#state === "ACTIVE") return this.stop();
    this.#end();
    if (this.#stopsSparkContext()) await this.sparkContext.stop();
  }

  /** @internal */
  get isInitialized(): boolean {
    return this.#state === "INITIALIZED";
  }

  /** @internal */
  get batchDuration(): Duration {
    return this.graph.batchDuration;
  }

  /** Throws when streams can no longer be added. @internal */
  requireNotStarted(): void {
    if (this.#state === "INITIALIZED") return;
    const when = this.#state === "ACTIVE" ? "starting" : "stopping";
    throw new DStreamsError(
      "DSTREAMS_ILLEGAL_STATE",
      `Adding new inputs, transformations, and output operations after ${when} a context is not supported`,
    );
  }

  /** @internal */
  newStream<T>(recipe: Recipe<T>): DStream<T> {
    return new DStream<T>(this, recipe);
  }

  /** @internal */
  newInputStreamId(): number {
    return this.#nextInputStreamId++;
  }

  /** Names a stateful operator by kind and position: `updateStateByKey-0`. The same program gives the same names. @internal */
  newOperatorId(operator: string): string {
    const position = this.#operators.get(operator) ?? 0;
    this.#operators.set(operator, position + 1);
    return `${operator}-${position}`;
  }

  #validate(): void {
    this.graph.validate();
    const conf = this.sparkContext.getConf();
    if (
      conf.getBoolean("spark.dynamicAllocation.enabled", false) &&
      conf.getBoolean("spark.streaming.dynamicAllocation.enabled", false)
    ) {
      throw new DStreamsError(
        "DSTREAMS_ILLEGAL_ARGUMENT",
        "Dynamic Allocation cannot be enabled for both streaming and core at the same time. Please disable core Dynamic Allocation by " +
          "setting spark.dynamicAllocation.enabled to false to use Dynamic Allocation in streaming.",
      );
    }
  }

  #newScheduler(): StreamingScheduler {
    const { sparkContext, clock, graph, receivers, inputInfos } = this;
    return new StreamingScheduler({
      sparkContext,
      clock,
      graph,
      receivers,
      inputInfos,
      listeners: this.#listeners,
      onError: error => this.#waiter.notifyError(error),
    });
  }

  async #stop(stopSparkContext: boolean, stopGracefully: boolean): Promise<void> {
    if (this.#state === "INITIALIZED") {
      log.warn("StreamingContext has not been started yet");
      this.#end();
    } else if (this.#state === "STOPPED") {
      log.warn("StreamingContext has already been stopped");
    } else {
      this.#stopping ??= this.#stopStreams(stopGracefully);
      await this.#stopping;
    }
    if (stopSparkContext) await this.sparkContext.stop();
  }

  async #stopStreams(gracefully: boolean): Promise<void> {
    try {
      await this.#scheduler?.stop(gracefully);
    } catch (error) {
      log.error("Error while stopping the streams", error);
    }
    this.#end();
    log.info("StreamingContext stopped successfully");
  }

  #end(): void {
    this.#removeShutdownHook();
    this.#state = "STOPPED";
    if (active === this) setActive(undefined);
    this.#waiter.notifyStop();
  }

  #stopsSparkContext(): boolean {
    return this.sparkContext.getConf().getBoolean("spark.streaming.stopSparkContextByDefault", true);
  }

  /** Gracefully unless that is switched off: what has been read is finished, which takes at most about a batch. */
  #stopOnSignal(): Promise<void> {
    const stopGracefully = this.sparkContext.getConf().getBoolean("spark.streaming.stopGracefullyOnShutdown", true);
    return this.stop({ stopSparkContext: true, stopGracefully });
  }
}
