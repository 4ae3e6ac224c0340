/** Operations on streams of any records: each does to every batch's RDD what the RDD operation of that name does. */
import { DStreamsError, require } from "../base/errors.ts";
import { atSite, captureSite, describeSite } from "../base/site.ts";
import type { CallSite } from "../base/site.ts";
import type { PartitionRecords } from "../plan/plan.ts";
import { describe, requireCount, requireFunction } from "../rdd/checks.ts";
import { plus } from "../rdd/kernels/combining.ts";
import { valueOfPair } from "../rdd/kernels/records.ts";
import { Lineage } from "../rdd/lineage.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { Preserving, Yielded } from "../rdd/transformations.ts";
import type { Shaped, Widened } from "../rdd/types.ts";
import type { DStream } from "./dstream.ts";
import { countPartition, underNull, withOne } from "./kernels.ts";
import { StreamNode } from "./stream-node.ts";
import type { Time } from "./time.ts";

const counting = countPartition();
const add = plus();
const keyed = underNull();
const one = withOne();
const valueOf = valueOfPair();

/** A function of a batch's RDD; runs on the driver, each batch. */
export type RDDFunction<T, U> = (rdd: RDD<T>, time: Time) => RDD<U> | Promise<RDD<U>>;

export abstract class Transformations<T> extends StreamNode<T> {
  /**
   * Every record through `f`. An array literal makes a tuple: `map(word => [word, 1])` is a stream of pairs.
   *
   * @example
   * ```ts
   * import { SparkContext, StreamingContext } from "dstreams";
   * const ssc = new StreamingContext(new SparkContext("local[2]", "Squares"), 1);
   * ssc.queueStream([[1, 2, 3]]).map(n => n * n).pprint();
   * await ssc.start();
   * await ssc.awaitTerminationOrTimeout(2);
   * await ssc.stop();
   * ```
   */
  map<U extends Shaped>(f: (record: T) => U, options?: Preserving): DStream<U> {
    return this.derive("map", "MappedDStream", [f], rdd => rdd.map(f, options));
  }

  /** Every record through an async `f`, up to `concurrency` at once in each partition (default 16); results keep their order. */
  mapAsync<U extends Shaped>(f: (record: T) => Promise<U>, options?: { readonly concurrency?: number }): DStream<U> {
    return this.derive("mapAsync", "MappedDStream", [f], rdd => rdd.mapAsync(f, options));
  }

  /** Every record to any number of records: all that the iterable yields which `f` returns. */
  flatMap<U extends Shaped>(f: (record: T) => Iterable<U>, options?: Preserving): DStream<U> {
    return this.derive("flatMap", "FlatMappedDStream", [f], rdd => rdd.flatMap(f, options));
  }

  /** The records for which `f` is true. */
  filter<U extends T>(f: (record: T) => record is U): DStream<U>;
  filter(f: (record: T) => unknown): DStream<T>;
  filter(f: (record: T) => unknown): DStream<T> {
    return this.derive("filter", "FilteredDStream", [f], rdd => rdd.filter(f));
  }

  /** Whole partitions through `f`, called once for each, empty ones too (but a batch of no partitions has none to call it for). */
  mapPartitions<U extends Shaped>(f: (records: PartitionRecords<T>) => Yielded<U>, options?: Preserving): DStream<U> {
    return this.derive("mapPartitions", "MapPartitionedDStream", [f], rdd => rdd.mapPartitions(f, options));
  }

  /** `mapPartitions` with the number of the partition. */
  mapPartitionsWithIndex<U extends Shaped>(
    f: (index: number, records: PartitionRecords<T>) => Yielded<U>,
    options?: Preserving,
  ): DStream<U> {
    return this.derive("mapPartitionsWithIndex", "MapPartitionedDStream", [f], rdd =>
      rdd.mapPartitionsWithIndex(f, options),
    );
  }

  /** Each partition as one array. */
  glom(): DStream<T[]> {
    return this.derive("glom", "GlommedDStream", [], rdd => rdd.glom());
  }

  /** Every batch in exactly `numPartitions` partitions of about equal size, by a shuffle. */
  repartition(numPartitions: number): DStream<T> {
    requireCount("repartition", "numPartitions", numPartitions);
    return this.derive("repartition", "TransformedDStream", [], rdd => rdd.repartition(numPartitions));
  }

  /**
   * How many records each batch has, as a stream of one number a batch. As in PySpark, a batch of no partitions (a file or socket stream
   * without new data) has no count, which also makes it cost nothing; one of empty partitions has the count 0.
   */
  count(): DStream<number> {
    return this.derive("count", "TransformedDStream", [], rdd =>
      reduced(rdd.mapPartitionsWithIndex<number>(counting), add),
    );
  }

  /** Each batch's records reduced two by two to one; of an empty batch nothing. `func` must be associative and commutative. */
  reduce(func: (a: T, b: T) => T): DStream<T>;
  reduce(func: (a: T, b: T) => Widened<T>): DStream<Widened<T>>;
  reduce(func: (a: T, b: T) => never): DStream<never> {
    return this.derive("reduce", "TransformedDStream", [func], rdd => reduced(rdd, func) as RDD<never>);
  }

  /** How often each record occurs in the batch: pairs `[record, count]`. */
  countByValue(numPartitions?: number): DStream<[T, number]> {
    const n = numPartitions ?? this.context.sparkContext.defaultParallelism;
    return this.derive("countByValue", "ShuffledDStream", [], rdd => {
      const ones = rdd.map(one as (record: T) => [never, number]);
      return ones.reduceByKey(add, n) as unknown as RDD<[T, number]>;
    });
  }

  /**
   * The records of this stream's batches and of the other's, none removed.
   *
   * @throws DSTREAMS_ILLEGAL_ARGUMENT for streams of different contexts or slide durations
   */
  union<U>(other: DStream<U>): DStream<T | U> {
    return unionOf<T | U>([this as StreamNode<unknown>, other as StreamNode<unknown>] as StreamNode<T | U>[]);
  }

  /**
   * What `func` makes of each batch's RDD: any RDD operation, a join with data of another kind, … It runs on the driver for
   * every batch, may be async, and must return an RDD (`sc.emptyRDD()` for nothing).
   *
   * @example
   * ```ts no-run
   * import type { DStream, RDD } from "dstreams";
   * declare const words: DStream<[string, number]>;
   * declare const spam: RDD<[string, boolean]>;
   * const ham = words.transform(rdd => rdd.leftOuterJoin(spam).filter(([, [, isSpam]]) => !isSpam));
   * ```
   */
  transform<U>(func: RDDFunction<T, U>): DStream<U> {
    requireFunction("transform", func);
    return transformed([this as StreamNode<unknown>], captureSite("transform"), ([rdd], time) =>
      func(rdd as RDD<T>, time),
    );
  }

  /** `transform` of this stream's RDD and the other's, of the same batch: `func(rdd, otherRDD, time)`. */
  transformWith<U, V>(
    func: (rdd: RDD<T>, other: RDD<U>, time: Time) => RDD<V> | Promise<RDD<V>>,
    other: DStream<U>,
  ): DStream<V> {
    requireFunction("transformWith", func);
    const parents = [this as StreamNode<unknown>, other as StreamNode<unknown>];
    return transformed(parents, captureSite("transformWith"), ([rdd, with_], time) =>
      func(rdd as RDD<T>, with_ as RDD<U>, time),
    );
  }
}

/** One record of all, in one partition; none of none. */
function reduced<T>(rdd: RDD<T>, func: (a: T, b: T) => T): RDD<T> {
  const pairs = rdd.map<[null, unknown]>(keyed);
  return pairs.reduceByKey(func as (a: unknown, b: unknown) => unknown, 1).map<never>(valueOf as never);
}

/** Streams that are put together must belong together. */
export function requireAlike(streams: readonly StreamNode<unknown>[]): void {
  const [first] = streams;
  require(first !== undefined, "List of DStreams to union is empty");
  for (const stream of streams) {
    require(stream instanceof StreamNode, `What is put together with a DStream must be one, not ${describe(stream)}`);
  }
  require(streams.every(stream => stream.context === first.context), "Some of the DStreams have different contexts");
  require(streams.every(stream =>
    stream.slideDuration.equals(first.slideDuration),
  ), "Some of the DStreams have different slide durations");
}

/** All records of several streams, batch by batch. */
export function unionOf<T>(streams: readonly StreamNode<T>[]): DStream<T> {
  const parents = streams as readonly StreamNode<unknown>[];
  requireAlike(parents);
  const { context } = streams[0] as StreamNode<T>;
  const site = captureSite("union");
  return context.newStream<T>({
    name: "UnionDStream",
    site,
    parents,
    compute: async time => {
      const rdds: RDD<T>[] = [];
      for (const stream of streams) {
        const rdd = await stream.getOrCompute(time);
        if (rdd === undefined) {
          throw new DStreamsError(
            "DSTREAMS_STREAM",
            `Could not generate RDD from a parent for unifying at time ${time} (${describeSite(site)})`,
          );
        }
        rdds.push(rdd);
      }
      return atSite(site, () => context.sparkContext.union(rdds));
    },
  });
}

/** What a function makes of the RDDs of several streams. No RDD in any of them: none here. */
export function transformed<U>(
  parents: readonly StreamNode<unknown>[],
  site: CallSite,
  func: (rdds: RDD<unknown>[], time: Time) => RDD<U> | Promise<RDD<U>>,
): DStream<U> {
  requireAlike(parents);
  const { context } = parents[0] as StreamNode<unknown>;
  return context.newStream<U>({
    name: "TransformedDStream",
    site,
    parents,
    compute: async time => {
      const rdds: RDD<unknown>[] = [];
      for (const parent of parents) {
        const rdd = await parent.getOrCompute(time);
        if (rdd === undefined) return undefined;
        rdds.push(rdd);
      }
      const result: RDD<U> | null | undefined = await func(rdds, time);
      if (result instanceof Lineage) return result;
      if (result !== null && result !== undefined) {
        throw new DStreamsError(
          "DSTREAMS_STREAM",
          `The function must return an RDD, but returned ${describe(result)}. (${describeSite(site)})`,
        );
      }
      throw new DStreamsError(
        "DSTREAMS_STREAM",
        "Transform function must not return null. Return SparkContext.emptyRDD() instead to represent no element as the result " +
          `of transformation. (${describeSite(site)})`,
      );
    },
  });
}
