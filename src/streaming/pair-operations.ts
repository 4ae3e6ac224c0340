/**
 * Operations on streams of pairs `[key, value]`. On a stream of anything else they do not compile; the compiler says why in a
 * sentence. Keys are compared by value. The last argument is the number of partitions of the result; default, as in
 * PySpark, `sc.defaultParallelism`.
 */
import { atSite, captureSite } from "../base/site.ts";
import { requireCount } from "../rdd/checks.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { Initial, KeyOf, OnlyPairs, Shaped, ValueOf, Widened } from "../rdd/types.ts";
import type { DStream } from "./dstream.ts";
import type { StreamNode } from "./stream-node.ts";
import { requireAlike, Transformations, transformed } from "./transformations.ts";

export abstract class PairOperations<T> extends Transformations<T> {
  /** Every value through `f`; keys and their placement stay. */
  mapValues<U extends Shaped>(this: OnlyPairs<T, this>, f: (value: ValueOf<T>) => U): DStream<[KeyOf<T>, U]> {
    return pairs<T>(this).derive("mapValues", "MapValuedDStream", [f], rdd => rdd.mapValues(f));
  }

  /** Every value to any number of values of the same key. */
  flatMapValues<U extends Shaped>(
    this: OnlyPairs<T, this>,
    f: (value: ValueOf<T>) => Iterable<U>,
  ): DStream<[KeyOf<T>, U]> {
    return pairs<T>(this).derive("flatMapValues", "FlatMapValuedDStream", [f], rdd => rdd.flatMapValues(f));
  }

  /**
   * The values of each key reduced two by two, batch by batch. `func` must be associative and commutative.
   *
   * @example
   * ```ts no-run
   * import type { DStream } from "dstreams";
   * declare const words: DStream<string>;
   * const counts: DStream<[string, number]> = words.map(word => [word, 1]).reduceByKey((a, b) => a + b);
   * ```
   */
  reduceByKey(
    this: OnlyPairs<T, this>,
    func: (a: ValueOf<T>, b: ValueOf<T>) => ValueOf<T>,
    numPartitions?: number,
  ): DStream<[KeyOf<T>, ValueOf<T>]>;
  reduceByKey(
    this: OnlyPairs<T, this>,
    func: (a: ValueOf<T>, b: ValueOf<T>) => Widened<ValueOf<T>>,
    numPartitions?: number,
  ): DStream<[KeyOf<T>, Widened<ValueOf<T>>]>;
  reduceByKey(
    this: OnlyPairs<T, this>,
    func: (a: ValueOf<T>, b: ValueOf<T>) => never,
    numPartitions?: number,
  ): DStream<never> {
    const self = pairs<T>(this);
    const n = partitions("reduceByKey", self, numPartitions);
    return self.derive("reduceByKey", "ShuffledDStream", [func], rdd => rdd.reduceByKey(func, n) as RDD<never>);
  }

  /**
   * The general form: `createCombiner` makes a combined value of a key's first value in a partition, `mergeValue` adds the
   * others, `mergeCombiners` joins what partitions made. An array literal is an array here, since combined values grow:
   * annotate `createCombiner` where a tuple is meant.
   */
  combineByKey<U>(
    this: OnlyPairs<T, this>,
    createCombiner: (value: ValueOf<T>) => U,
    mergeValue: (combined: U, value: ValueOf<T>) => Initial<NoInfer<U>>,
    mergeCombiners: (a: U, b: U) => Initial<NoInfer<U>>,
    numPartitions?: number,
    options?: { readonly mapSideCombine?: boolean },
  ): DStream<[KeyOf<T>, U]> {
    const self = pairs<T>(this);
    const n = partitions("combineByKey", self, numPartitions);
    return self.derive("combineByKey", "ShuffledDStream", [createCombiner, mergeValue, mergeCombiners], rdd =>
      rdd.combineByKey(createCombiner, mergeValue, mergeCombiners, n, undefined, options),
    );
  }

  /** All values of each key of a batch in one array. To sum or count them, `reduceByKey` moves far less. */
  groupByKey(this: OnlyPairs<T, this>, numPartitions?: number): DStream<[KeyOf<T>, ValueOf<T>[]]> {
    const self = pairs<T>(this);
    const n = partitions("groupByKey", self, numPartitions);
    return self.derive("groupByKey", "ShuffledDStream", [], rdd => rdd.groupByKey(n));
  }

  /** The same pairs, placed by hash of the key or by `partitionFunc`, whose integer is taken modulo `numPartitions`. */
  partitionBy(
    this: OnlyPairs<T, this>,
    numPartitions: number,
    partitionFunc?: (key: KeyOf<T>) => number,
  ): DStream<[KeyOf<T>, ValueOf<T>]> {
    const self = pairs<T>(this);
    requireCount("partitionBy", "numPartitions", numPartitions);
    return self.derive("partitionBy", "TransformedDStream", partitionFunc ? [partitionFunc] : [], rdd =>
      rdd.partitionBy(numPartitions, partitionFunc),
    );
  }

  /** For each key of either stream, its values here and there in the same batch: `[key, [values, values]]`. */
  cogroup<W>(
    this: OnlyPairs<T, this>,
    other: DStream<readonly [KeyOf<T>, W]>,
    numPartitions?: number,
  ): DStream<[KeyOf<T>, [ValueOf<T>[], W[]]]> {
    return together("cogroup", pairs<T>(this), other, numPartitions, (a, b, n) => a.cogroup(b, n));
  }

  /** Every combination of a value here and one there of the same key and batch: `[key, [value, other value]]`. */
  join<W>(
    this: OnlyPairs<T, this>,
    other: DStream<readonly [KeyOf<T>, W]>,
    numPartitions?: number,
  ): DStream<[KeyOf<T>, [ValueOf<T>, W]]> {
    return together("join", pairs<T>(this), other, numPartitions, (a, b, n) => a.join(b, n));
  }

  /** `join`, and keys that are only here, with null. */
  leftOuterJoin<W>(
    this: OnlyPairs<T, this>,
    other: DStream<readonly [KeyOf<T>, W]>,
    numPartitions?: number,
  ): DStream<[KeyOf<T>, [ValueOf<T>, W | null]]> {
    return together("leftOuterJoin", pairs<T>(this), other, numPartitions, (a, b, n) => a.leftOuterJoin(b, n));
  }

  /** `join`, and keys that are only there, with null. */
  rightOuterJoin<W>(
    this: OnlyPairs<T, this>,
    other: DStream<readonly [KeyOf<T>, W]>,
    numPartitions?: number,
  ): DStream<[KeyOf<T>, [ValueOf<T> | null, W]]> {
    return together("rightOuterJoin", pairs<T>(this), other, numPartitions, (a, b, n) => a.rightOuterJoin(b, n));
  }

  /** `join`, and keys that are on one side only, with null for the other. */
  fullOuterJoin<W>(
    this: OnlyPairs<T, this>,
    other: DStream<readonly [KeyOf<T>, W]>,
    numPartitions?: number,
  ): DStream<[KeyOf<T>, [ValueOf<T> | null, W | null]]> {
    return together("fullOuterJoin", pairs<T>(this), other, numPartitions, (a, b, n) => a.fullOuterJoin(b, n));
  }
}

/** The compiler has checked that the records are pairs. */
function pairs<T>(stream: unknown): StreamNode<[KeyOf<T>, ValueOf<T>]> {
  return stream as StreamNode<[KeyOf<T>, ValueOf<T>]>;
}

function partitions<T>(operator: string, stream: StreamNode<T>, asked: number | undefined): number {
  if (asked !== undefined) requireCount(operator, "numPartitions", asked);
  return asked ?? stream.context.sparkContext.defaultParallelism;
}

/** An operation on the RDDs that two streams have in the same batch. */
function together<K, V, W, U>(
  operator: string,
  self: StreamNode<[K, V]>,
  other: DStream<readonly [K, W]>,
  numPartitions: number | undefined,
  operation: (a: RDD<[K, V]>, b: RDD<readonly [K, W]>, n: number) => RDD<U>,
): DStream<U> {
  const parents = [self as StreamNode<unknown>, other as StreamNode<unknown>];
  requireAlike(parents);
  const n = partitions(operator, self, numPartitions);
  const site = captureSite(operator);
  return transformed(parents, site, ([a, b]) =>
    atSite(site, () => operation(a as RDD<[K, V]>, b as RDD<readonly [K, W]>, n)),
  );
}
