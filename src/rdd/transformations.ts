/** Operations on records of any kind that yield another RDD. Synchronous; nothing is computed before an action. */
import { types } from "node:util";
import { atSite, captureSite } from "../base/site.ts";
import type { PartitionRecords } from "../plan/plan.ts";
import { crossing, indexed, zipping } from "./aligning.ts";
import { illegal, requireCount, requireFunction } from "./checks.ts";
import { cogrouping } from "./cogrouping.ts";
import { coalesce, union } from "./concatenating.ts";
import { commonKeys, withoutKeys } from "./kernels/cogroup.ts";
import { glomPartition, keepFirst, keyOfPair, ofRecords, uniqueIds, withNull } from "./kernels/records.ts";
import { requireRDD } from "./lineage.ts";
import { Persistence } from "./persistence.ts";
import { piped } from "./piping.ts";
import type { PipeOptions } from "./piping.ts";
import type { RDD } from "./rdd.ts";
import { randomSplit, sample } from "./sampling.ts";
import { combined } from "./shuffling.ts";
import { sortBy } from "./sorting.ts";
import type { Shaped } from "./types.ts";

/** What a function over partitions may return. */
export type Yielded<U> = Iterable<U> | AsyncIterable<U> | Promise<Iterable<U> | AsyncIterable<U>>;

/** What an operation may promise of keys. */
export interface Preserving {
  /** A promise that keys stay as they are, so that their placement is still known (default false). */
  readonly preservesPartitioning?: boolean;
}

const keyOf = keyOfPair();
const toNull = withNull();
const first = keepFirst();
const glom = glomPartition();
const minus = withoutKeys();
const common = commonKeys();

export abstract class Transformations<T> extends Persistence {
  /**
   * Every record through `f`. An array literal makes a tuple: `map(word => [word, 1])` is an RDD of pairs.
   *
   * @example
   * ```ts
   * import { SparkContext } from "dstreams";
   * await using sc = new SparkContext("local[2]", "Squares");
   * console.log(await sc.parallelize([1, 2, 3]).map(n => n * n).collect());
   * ```
   * ```text
   * [ 1, 4, 9 ]
   * ```
   */
  map<U extends Shaped>(f: (record: T) => U, options: Preserving = {}): RDD<U> {
    requireFunction("map", f);
    return this.step("map", { op: "map", fn: f }, options.preservesPartitioning);
  }

  /** Every record through an async `f`, up to `concurrency` at once in each partition (default 16); results keep their order. */
  mapAsync<U extends Shaped>(f: (record: T) => Promise<U>, options: { readonly concurrency?: number } = {}): RDD<U> {
    requireFunction("mapAsync", f);
    const { concurrency = 16 } = options;
    requireCount("mapAsync", "concurrency", concurrency);
    return this.step("mapAsync", { op: "mapAsync", fn: f, concurrency });
  }

  /** Every record to any number of records: all that the iterable yields which `f` returns. */
  flatMap<U extends Shaped>(f: (record: T) => Iterable<U>, options: Preserving = {}): RDD<U> {
    requireFunction("flatMap", f);
    return this.step("flatMap", { op: "flatMap", fn: f }, options.preservesPartitioning);
  }

  /** The records for which `f` is true. */
  filter<U extends T>(f: (record: T) => record is U): RDD<U>;
  filter(f: (record: T) => unknown): RDD<T>;
  filter(f: (record: T) => unknown): RDD<T> {
    requireFunction("filter", f);
    if (types.isAsyncFunction(f)) {
      throw illegal(
        "filter was given an async function, whose promise is always true. Find the answers with mapAsync first.",
      );
    }
    return this.step("filter", { op: "filter", fn: f }, true);
  }

  /** Whole partitions through `f`, which is called once for each, empty ones too, and may be async or a generator of either kind. */
  mapPartitions<U extends Shaped>(f: (records: PartitionRecords<T>) => Yielded<U>, options: Preserving = {}): RDD<U> {
    requireFunction("mapPartitions", f);
    return this.step("mapPartitions", { op: "partitions", fn: ofRecords(f) }, options.preservesPartitioning);
  }

  /** `mapPartitions` with the number of the partition. */
  mapPartitionsWithIndex<U extends Shaped>(
    f: (index: number, records: PartitionRecords<T>) => Yielded<U>,
    options: Preserving = {},
  ): RDD<U> {
    requireFunction("mapPartitionsWithIndex", f);
    return this.step("mapPartitionsWithIndex", { op: "partitions", fn: f }, options.preservesPartitioning);
  }

  /** Each partition as one array. */
  glom(): RDD<T[]> {
    return this.step("glom", { op: "partitions", fn: glom });
  }

  /** `[f(record), record]` for every record. */
  keyBy<K extends Shaped>(f: (record: T) => K): RDD<[K, T]> {
    requireFunction("keyBy", f);
    return this.step("keyBy", { op: "keyBy", fn: f });
  }

  /** The records of equal `f(record)`, in one array: `[key, records]`. */
  groupBy<K extends Shaped>(
    f: (record: T) => K,
    numPartitions?: number,
    partitionFunc?: (key: K) => number,
  ): RDD<[K, T[]]> {
    requireFunction("groupBy", f);
    return atSite(captureSite("groupBy"), () =>
      combined("groupBy", this.keyBy(f), { kind: "group" }, { numPartitions, partitionFunc }),
    );
  }

  /** The records, each once; compared by value. */
  distinct(numPartitions?: number): RDD<T> {
    return atSite(captureSite("distinct"), () => {
      const keyed = this.step("map", { op: "map", fn: toNull });
      return combined("distinct", keyed, { kind: "reduce", fn: first }, { numPartitions }).step("map", {
        op: "map",
        fn: keyOf,
      });
    });
  }

  /** The records of this RDD and then of the other, none removed. */
  union<U>(other: RDD<U>): RDD<T | U> {
    return union([this, other]);
  }

  /** The records that are in both, each once. */
  intersection(other: RDD<T>): RDD<T> {
    requireRDD("intersection", other);
    return atSite(captureSite("intersection"), () => {
      const sides = [this, other].map(rdd => rdd.step("map", { op: "map", fn: toNull }));
      return cogrouping("intersection", sides, common, {}, { keepsPartitioner: false });
    });
  }

  /** The records that are not in the other, as often as they occur here. */
  subtract(other: RDD<T>, numPartitions?: number): RDD<T> {
    requireRDD("subtract", other);
    return atSite(captureSite("subtract"), () => {
      const sides = [this, other].map(rdd => rdd.step("map", { op: "map", fn: toNull }));
      return cogrouping("subtractByKey", sides, minus, { numPartitions }).step("map", { op: "map", fn: keyOf });
    });
  }

  /** All pairs of a record here and one of the other. */
  cartesian<U>(other: RDD<U>): RDD<[T, U]> {
    return crossing(this, other);
  }

  /**
   * Pairs of the records at the same place of both.
   *
   * @throws when an action runs: DSTREAMS_ILLEGAL_ARGUMENT if the partitions, or the records in them, are not equally many
   */
  zip<U>(other: RDD<U>): RDD<[T, U]> {
    return zipping(this, other);
  }

  /** `[record, index]`, counted from 0 through all partitions; takes a job to count them if there is more than one. */
  zipWithIndex(): RDD<[T, number]> {
    return indexed(this);
  }

  /** `[record, id]` with ids k, n + k, 2n + k, … in the k-th of n partitions: unique, without a job to count. */
  zipWithUniqueId(): RDD<[T, number]> {
    return this.derive(captureSite("zipWithUniqueId"), [this], ([parent]) => {
      const fn = uniqueIds(parent.numPartitions);
      return {
        numPartitions: parent.numPartitions,
        spec: { kind: "step", parent, step: { op: "partitions", fn, emptyOnEmpty: true } },
      };
    });
  }

  /**
   * In at most `numPartitions` partitions. Without `shuffle` neighbours are joined and no record moves; with it records are
   * dealt out evenly, and there may be more partitions than before.
   */
  coalesce(numPartitions: number, shuffle = false): RDD<T> {
    return coalesce("coalesce", this, numPartitions, shuffle);
  }

  /** In exactly `numPartitions` partitions of about equal size, by a shuffle. */
  repartition(numPartitions: number): RDD<T> {
    return coalesce("repartition", this, numPartitions, true);
  }

  /**
   * In the order of `keyfunc(record)`: numbers by value, strings by code unit, arrays element by element. The bounds of the
   * partitions come from a sample, which takes a job.
   */
  sortBy(keyfunc: (record: T) => unknown, ascending = true, numPartitions?: number): RDD<T> {
    requireFunction("sortBy", keyfunc);
    return sortBy(this, keyfunc, { ascending, numPartitions });
  }

  /**
   * A random part: each record with probability `fraction`, or, with replacement, `fraction` times on average. The same seed
   * gives the same sample.
   */
  sample(withReplacement: boolean, fraction: number, seed?: number): RDD<T> {
    return sample(this, withReplacement, fraction, seed);
  }

  /** Disjoint random parts, about as large as the weights are to each other. */
  randomSplit(weights: readonly number[], seed?: number): RDD<T>[] {
    return randomSplit(this, weights, seed);
  }

  /**
   * Each partition through a child process: a record a line into its standard input, its output lines are the records.
   *
   * @param command the program and its arguments; a string is split at blanks, quotes respected. No shell takes part.
   */
  pipe(command: string | readonly string[], options: PipeOptions = {}): RDD<string> {
    return piped(this, command, options);
  }
}
