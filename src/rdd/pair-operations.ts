/**
 * Operations on pairs `[key, value]`. On an RDD of anything else they do not compile; the compiler says why in a sentence.
 * Keys are compared by value. Each takes, last, the number of partitions of its result and, where a shuffle places
 * the keys by itself, a function from key to integer that places them instead of the hash.
 */
import { requireCount, requireFunction } from "./checks.ts";
import { cogrouping } from "./cogrouping.ts";
import { foldOnZero } from "./kernels/combining.ts";
import { cogrouped, joined, withoutKeys } from "./kernels/cogroup.ts";
import { keyOfPair, valueOfPair } from "./kernels/records.ts";
import type { Lineage } from "./lineage.ts";
import type { RDD } from "./rdd.ts";
import { repartitionAndSort } from "./repartitioning.ts";
import { sampleByKey } from "./sampling.ts";
import { combined, placedBy } from "./shuffling.ts";
import { sortByKey } from "./sorting.ts";
import { Transformations } from "./transformations.ts";
import type { Initial, KeyOf, OnlyPairs, Shaped, ValueOf, Widened } from "./types.ts";

const keyOf = keyOfPair();
const valueOf = valueOfPair();
const together = cogrouped();
const minusKeys = withoutKeys();
const inner = joined(false, false);
const leftOuter = joined(false, true);
const rightOuter = joined(true, false);
const fullOuter = joined(true, true);

export abstract class PairOperations<T> extends Transformations<T> {
  /** The keys. */
  keys(this: OnlyPairs<T, this>): RDD<KeyOf<T>> {
    return pairs(this).step("keys", { op: "map", fn: keyOf });
  }

  /** The values. */
  values(this: OnlyPairs<T, this>): RDD<ValueOf<T>> {
    return pairs(this).step("values", { op: "map", fn: valueOf });
  }

  /** Every value through `f`; keys and their placement stay. */
  mapValues<U extends Shaped>(this: OnlyPairs<T, this>, f: (value: ValueOf<T>) => U): RDD<[KeyOf<T>, U]> {
    requireFunction("mapValues", f);
    return pairs(this).step("mapValues", { op: "mapValues", fn: f }, true);
  }

  /** Every value to any number of values of the same key. */
  flatMapValues<U extends Shaped>(this: OnlyPairs<T, this>, f: (value: ValueOf<T>) => Iterable<U>): RDD<[KeyOf<T>, U]> {
    requireFunction("flatMapValues", f);
    return pairs(this).step("flatMapValues", { op: "flatMapValues", fn: f }, true);
  }

  /**
   * The values of each key reduced two by two, in each partition first and then across partitions. `func` must be
   * associative and commutative.
   *
   * @example
   * ```ts
   * import { SparkContext } from "dstreams";
   * await using sc = new SparkContext("local[2]", "Counts");
   * const words = sc.parallelize(["to", "be", "or", "not", "to", "be"]);
   * console.log(await words.map(word => [word, 1]).reduceByKey((a, b) => a + b).sortByKey().collect());
   * ```
   * ```text
   * [ [ 'be', 2 ], [ 'not', 1 ], [ 'or', 1 ], [ 'to', 2 ] ]
   * ```
   */
  reduceByKey(
    this: OnlyPairs<T, this>,
    func: (a: ValueOf<T>, b: ValueOf<T>) => ValueOf<T>,
    numPartitions?: number,
    partitionFunc?: (key: KeyOf<T>) => number,
  ): RDD<[KeyOf<T>, ValueOf<T>]>;
  reduceByKey(
    this: OnlyPairs<T, this>,
    func: (a: ValueOf<T>, b: ValueOf<T>) => Widened<ValueOf<T>>,
    numPartitions?: number,
    partitionFunc?: (key: KeyOf<T>) => number,
  ): RDD<[KeyOf<T>, Widened<ValueOf<T>>]>;
  reduceByKey(
    this: OnlyPairs<T, this>,
    func: (a: ValueOf<T>, b: ValueOf<T>) => unknown,
    numPartitions?: number,
    partitionFunc?: (key: KeyOf<T>) => number,
  ): RDD<never> {
    requireFunction("reduceByKey", func);
    return combined("reduceByKey", pairs(this), { kind: "reduce", fn: func }, { numPartitions, partitionFunc });
  }

  /** The values of each key folded onto `zeroValue`; every key begins, in each partition, with a copy of its own. */
  foldByKey(
    this: OnlyPairs<T, this>,
    zeroValue: ValueOf<T>,
    func: (accumulated: ValueOf<T>, value: ValueOf<T>) => ValueOf<T>,
    numPartitions?: number,
    partitionFunc?: (key: KeyOf<T>) => number,
  ): RDD<[KeyOf<T>, ValueOf<T>]>;
  foldByKey(
    this: OnlyPairs<T, this>,
    zeroValue: Widened<ValueOf<T>>,
    func: (accumulated: Widened<ValueOf<T>>, value: ValueOf<T>) => Widened<ValueOf<T>>,
    numPartitions?: number,
    partitionFunc?: (key: KeyOf<T>) => number,
  ): RDD<[KeyOf<T>, Widened<ValueOf<T>>]>;
  foldByKey(
    this: OnlyPairs<T, this>,
    zeroValue: unknown,
    func: (accumulated: never, value: ValueOf<T>) => unknown,
    numPartitions?: number,
    partitionFunc?: (key: KeyOf<T>) => number,
  ): RDD<never> {
    requireFunction("foldByKey", func);
    const create = foldOnZero(zeroValue, func);
    const combine = { kind: "general", create, mergeValue: func, mergeCombiners: func } as const;
    return combined("foldByKey", pairs(this), combine, { numPartitions, partitionFunc });
  }

  /** The values of each key put into a copy of `zeroValue` by `seqFunc` in each partition; the results merged by `combFunc`. */
  aggregateByKey<U>(
    this: OnlyPairs<T, this>,
    zeroValue: Initial<U>,
    seqFunc: (accumulated: U, value: ValueOf<T>) => Initial<U>,
    combFunc: (a: U, b: U) => Initial<U>,
    numPartitions?: number,
    partitionFunc?: (key: KeyOf<T>) => number,
  ): RDD<[KeyOf<T>, U]> {
    requireFunction("aggregateByKey", seqFunc);
    requireFunction("aggregateByKey", combFunc);
    const create = foldOnZero(zeroValue, seqFunc);
    const combine = { kind: "general", create, mergeValue: seqFunc, mergeCombiners: combFunc } as const;
    return combined("aggregateByKey", pairs(this), combine, { numPartitions, partitionFunc });
  }

  /**
   * The general form of all of these: `createCombiner` makes a combined value of a key's first value in a partition,
   * `mergeValue` adds the others, `mergeCombiners` joins what partitions made. The last two may change and return their first
   * argument. An array literal is an array here, since combined values grow: annotate `createCombiner` where a tuple is meant.
   */
  combineByKey<U>(
    this: OnlyPairs<T, this>,
    createCombiner: (value: ValueOf<T>) => U,
    mergeValue: (combined: U, value: ValueOf<T>) => Initial<NoInfer<U>>,
    mergeCombiners: (a: U, b: U) => Initial<NoInfer<U>>,
    numPartitions?: number,
    partitionFunc?: (key: KeyOf<T>) => number,
    options: { readonly mapSideCombine?: boolean } = {},
  ): RDD<[KeyOf<T>, U]> {
    for (const f of [createCombiner, mergeValue, mergeCombiners]) requireFunction("combineByKey", f);
    const mapSide = options.mapSideCombine ?? true;
    const combine = { kind: "general", create: createCombiner, mergeValue, mergeCombiners, mapSide } as const;
    return combined("combineByKey", pairs(this), combine, { numPartitions, partitionFunc });
  }

  /** All values of each key in one array. To sum or count them, `reduceByKey` moves far less. */
  groupByKey(
    this: OnlyPairs<T, this>,
    numPartitions?: number,
    partitionFunc?: (key: KeyOf<T>) => number,
  ): RDD<[KeyOf<T>, ValueOf<T>[]]> {
    return combined("groupByKey", pairs(this), { kind: "group" }, { numPartitions, partitionFunc });
  }

  /** The same pairs, placed by hash of the key or by `partitionFunc`, whose integer is taken modulo `numPartitions`. */
  partitionBy(
    this: OnlyPairs<T, this>,
    numPartitions: number,
    partitionFunc?: (key: KeyOf<T>) => number,
  ): RDD<[KeyOf<T>, ValueOf<T>]> {
    requireCount("partitionBy", "numPartitions", numPartitions);
    return placedBy("partitionBy", pairs(this), { numPartitions, partitionFunc });
  }

  /** `partitionBy`, and every partition sorted by `keyfunc` of the key: cheaper than sorting afterwards. */
  repartitionAndSortWithinPartitions(
    this: OnlyPairs<T, this>,
    numPartitions?: number,
    partitionFunc?: (key: KeyOf<T>) => number,
    ascending = true,
    keyfunc?: (key: KeyOf<T>) => unknown,
  ): RDD<[KeyOf<T>, ValueOf<T>]> {
    return repartitionAndSort(pairs(this), { numPartitions, partitionFunc, ascending, keyfunc });
  }

  /** In the order of the keys, or of `keyfunc` of them, through all partitions. Takes a job that samples the keys. */
  sortByKey(
    this: OnlyPairs<T, this>,
    ascending = true,
    numPartitions?: number,
    keyfunc?: (key: KeyOf<T>) => unknown,
  ): RDD<[KeyOf<T>, ValueOf<T>]> {
    return sortByKey("sortByKey", pairs(this), { ascending, numPartitions, keyfunc });
  }

  /** A random part, with a fraction for each key (which must all have one). */
  sampleByKey(
    this: OnlyPairs<T, this>,
    withReplacement: boolean,
    fractions: Iterable<readonly [KeyOf<T>, number]>,
    seed?: number,
  ): RDD<[KeyOf<T>, ValueOf<T>]> {
    return sampleByKey(pairs(this), withReplacement, fractions, seed);
  }

  /** The pairs whose keys the other has not. */
  subtractByKey(
    this: OnlyPairs<T, this>,
    other: RDD<readonly [KeyOf<T>, unknown]>,
    numPartitions?: number,
  ): RDD<[KeyOf<T>, ValueOf<T>]> {
    return cogrouping("subtractByKey", [pairs(this), other], minusKeys, { numPartitions });
  }

  /** For each key of either, its values here and there: `[key, [values, values]]`. */
  cogroup<W>(
    this: OnlyPairs<T, this>,
    other: RDD<readonly [KeyOf<T>, W]>,
    numPartitions?: number,
  ): RDD<[KeyOf<T>, [ValueOf<T>[], W[]]]> {
    return cogrouping("cogroup", [pairs(this), other], together, { numPartitions });
  }

  /** `cogroup` with any number of others: `[key, [values, values, …]]`. */
  groupWith<W extends readonly RDD<readonly [KeyOf<T>, unknown]>[]>(
    this: OnlyPairs<T, this>,
    ...others: W
  ): RDD<
    [KeyOf<T>, [ValueOf<T>[], ...{ -readonly [I in keyof W]: W[I] extends RDD<infer P> ? ValueOf<P>[] : never }]]
  > {
    return cogrouping("groupWith", [pairs(this), ...others], together, {});
  }

  /** Every combination of a value here and one there of the same key: `[key, [value, other value]]`. */
  join<W>(
    this: OnlyPairs<T, this>,
    other: RDD<readonly [KeyOf<T>, W]>,
    numPartitions?: number,
  ): RDD<[KeyOf<T>, [ValueOf<T>, W]]> {
    return cogrouping("join", [pairs(this), other], inner, { numPartitions });
  }

  /** `join`, and keys that are only here, with null. */
  leftOuterJoin<W>(
    this: OnlyPairs<T, this>,
    other: RDD<readonly [KeyOf<T>, W]>,
    numPartitions?: number,
  ): RDD<[KeyOf<T>, [ValueOf<T>, W | null]]> {
    return cogrouping("leftOuterJoin", [pairs(this), other], leftOuter, { numPartitions });
  }

  /** `join`, and keys that are only there, with null. */
  rightOuterJoin<W>(
    this: OnlyPairs<T, this>,
    other: RDD<readonly [KeyOf<T>, W]>,
    numPartitions?: number,
  ): RDD<[KeyOf<T>, [ValueOf<T> | null, W]]> {
    return cogrouping("rightOuterJoin", [pairs(this), other], rightOuter, { numPartitions });
  }

  /** `join`, and keys that are on one side only, with null for the other. */
  fullOuterJoin<W>(
    this: OnlyPairs<T, this>,
    other: RDD<readonly [KeyOf<T>, W]>,
    numPartitions?: number,
  ): RDD<[KeyOf<T>, [ValueOf<T> | null, W | null]]> {
    return cogrouping("fullOuterJoin", [pairs(this), other], fullOuter, { numPartitions });
  }
}

/** The compiler has checked that the records are pairs; what remains is the RDD. */
function pairs(rdd: unknown): Lineage {
  return rdd as Lineage;
}
