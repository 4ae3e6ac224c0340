import { logger } from "../base/log.ts";
import { captureSite } from "../base/site.ts";
import type { RDD } from "../rdd/rdd.ts";
import { DStream } from "./dstream.ts";
import type { StreamingContext } from "./streaming-context.ts";
import type { Time } from "./time.ts";

const log = logger("InputDStream");

/**
 * A stream whose data come from outside. A source of your own extends it: `compute` decides what belongs to the batch and returns the RDD
 * that reads it (in the workers); `start` and `stop` are called with the context's.
 *
 * @example
 * ```ts no-run
 * import { InputDStream } from "dstreams";
 * import type { RDD, Time } from "dstreams";
 * class Ticks extends InputDStream<number> {
 *   async compute(time: Time): Promise<RDD<number>> {
 *     return this.context.sparkContext.parallelize([time.milliseconds], 1);
 *   }
 * }
 * ```
 */
export abstract class InputDStream<T> extends DStream<T> {
  /** Unique in its context, from 0 in order of creation. */
  readonly id: number;
  #lastValid: Time | undefined;

  constructor(context: StreamingContext, operator: string, kind: string) {
    super(context, {
      name: kind,
      site: captureSite(operator),
      parents: [],
      slide: context.graph.batchDuration,
      compute: time => this.#compute(time),
    });
    this.id = context.newInputStreamId();
    context.graph.addInput(this as InputDStream<unknown>);
  }

  /** The RDD of a batch, or undefined for none. */
  abstract compute(time: Time): Promise<RDD<T> | undefined>;

  /** The context starts. What it promises is awaited before `ssc.start()` resolves; batches may be asked for before. */
  start(): void | Promise<void> {}

  /** The context has stopped: no batch runs any more. What it promises is awaited before `ssc.stop()` resolves. */
  stop(): void | Promise<void> {}

  #compute(time: Time): Promise<RDD<T> | undefined> {
    const last = this.#lastValid;
    if (last !== undefined && time.less(last)) {
      log.warn(`isTimeValid called with ${time} whereas the last valid time is ${last}`);
    }
    if (last === undefined || time.greater(last)) this.#lastValid = time;
    return this.compute(time);
  }
}
