import { StorageLevel } from "../engine/storage-level.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { DurationLike } from "./duration.ts";
import { OutputOperations } from "./output-operations.ts";
import { Time } from "./time.ts";

/**
 * A stream of records cut into batches: for each batch time there is an RDD. Operations on it are written once and done to every
 * batch.
 *
 *     textFileStream ──flatMap──▶ words ──map──▶ pairs ──reduceByKey──▶ counts ──pprint
 *          RDD @ 2 s               RDD            RDD                   RDD     ▶ printed
 *          RDD @ 4 s               RDD            RDD                   RDD     ▶ printed
 */
export class DStream<T> extends OutputOperations<T> {
  /** `persist(StorageLevel.MEMORY_ONLY)`: every batch is kept as long as a later one may need it. */
  cache(): this {
    return this.persist();
  }

  /**
   * Keeps every batch's RDD, once it has been computed, for as long as a later batch may need it.
   *
   * @param level where and how (default MEMORY_ONLY)
   * @throws DSTREAMS_UNSUPPORTED after the context has started
   */
  persist(level: StorageLevel = StorageLevel.MEMORY_ONLY): this {
    this.setStorageLevel(level);
    return this;
  }

  /**
   * Writes an RDD of this stream to the checkpoint directory every `interval` (a number is in seconds). Its RDDs, or for a window those
   * that it is made of, are kept as MEMORY_ONLY_SER unless `persist` has said how. The interval must be a multiple of the slide duration.
   *
   * @throws DSTREAMS_UNSUPPORTED after the context has started
   */
  checkpoint(interval: DurationLike): this {
    this.setCheckpointInterval(interval);
    return this;
  }

  /**
   * The RDDs of all batches between two times, both included. Those that are still remembered are cheap, others are computed
   * again. Times that are no batch times are taken down to the last batch before, with a warning.
   *
   * @param begin a Time, a Date, or seconds since the epoch
   * @throws DSTREAMS_STREAM before the context has started
   */
  slice(begin: Time | Date | number, end: Time | Date | number): Promise<RDD<T>[]> {
    return this.rddsBetween(toTime(begin), toTime(end));
  }
}

function toTime(value: Time | Date | number): Time {
  if (value instanceof Time) return value;
  return new Time(value instanceof Date ? value.getTime() : Math.trunc(value * 1000));
}
