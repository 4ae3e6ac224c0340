/** Actions on pairs, on numbers, and into files. */
import { captureSite } from "../base/site.ts";
import { KeyMap } from "../codec/key-map.ts";
import { Actions, mergedCounts } from "./actions.ts";
import { requireFunction } from "./checks.ts";
import { countedRecords, plus, reducedPairs } from "./kernels/combining.ts";
import { keyOfPair } from "./kernels/records.ts";
import type { Lineage } from "./lineage.ts";
import { lookup } from "./lookup.ts";
import { saveAsTextFile } from "./saving.ts";
import type { SaveOptions } from "../sources/save.ts";
import type { StatCounter } from "./stat-counter.ts";
import { countApproxDistinct, histogram, stats } from "./statistics.ts";
import type { KeyOf, OnlyNumbers, OnlyPairs, ValueOf } from "./types.ts";

const keyOf = keyOfPair();
const countRecords = countedRecords();
const add = plus();

export abstract class PairActions<T> extends Actions<T> {
  /** All pairs as a map; of pairs with one key the last counts. Equal arrays or objects are one key. */
  async collectAsMap(this: OnlyPairs<T, this>): Promise<Map<KeyOf<T>, ValueOf<T>>> {
    const rdd = self(this);
    const parts = (await rdd.context.driver.run(rdd, { kind: "collect" }, captureSite("collectAsMap"))) as [
      KeyOf<T>,
      ValueOf<T>,
    ][][];
    const byKey = new KeyMap<KeyOf<T>, ValueOf<T>>();
    for (const [key, value] of parts.flat(1) as [KeyOf<T>, ValueOf<T>][]) byKey.set(key, value);
    return new Map(byKey.entries());
  }

  /** How many pairs each key has. */
  async countByKey(this: OnlyPairs<T, this>): Promise<Map<KeyOf<T>, number>> {
    const site = captureSite("countByKey");
    const keys = self(this).step("countByKey", { op: "map", fn: keyOf }) as Lineage;
    return mergedCounts(await keys.context.driver.run(keys, { kind: "partition", fn: countRecords }, site));
  }

  /** `reduceByKey`, as a map in this thread. */
  async reduceByKeyLocally(
    this: OnlyPairs<T, this>,
    func: (a: ValueOf<T>, b: ValueOf<T>) => ValueOf<T>,
  ): Promise<Map<KeyOf<T>, ValueOf<T>>> {
    requireFunction("reduceByKeyLocally", func);
    const rdd = self(this);
    const site = captureSite("reduceByKeyLocally");
    const parts = await rdd.context.driver.run(rdd, { kind: "partition", fn: reducedPairs(func) }, site);
    const reduced = new KeyMap<KeyOf<T>, ValueOf<T>>();
    for (const [key, value] of parts.flat(1) as [KeyOf<T>, ValueOf<T>][]) {
      reduced.merge(key, value, first => first, func);
    }
    return new Map(reduced.entries());
  }

  /** The values of one key; only the key's partition is computed when it is known where keys are. */
  lookup(this: OnlyPairs<T, this>, key: KeyOf<T>): Promise<ValueOf<T>[]> {
    return lookup(self(this), key, captureSite("lookup"));
  }

  /** The sum; 0 for no numbers. */
  async sum(this: OnlyNumbers<T, this>): Promise<number> {
    const rdd = self(this);
    const parts = await rdd.context.driver.run(rdd, { kind: "fold", zero: 0, fn: add }, captureSite("sum"));
    return (parts as number[]).reduce((a, b) => a + b, 0);
  }

  /** Count, mean, variance and extremes, in one pass. */
  stats(this: OnlyNumbers<T, this>): Promise<StatCounter> {
    return stats("stats", self(this));
  }

  /** The mean; 0 for no numbers, as in Spark. */
  async mean(this: OnlyNumbers<T, this>): Promise<number> {
    return (await stats("mean", self(this))).mean();
  }

  /** The variance of the population; NaN for no numbers. */
  async variance(this: OnlyNumbers<T, this>): Promise<number> {
    return (await stats("variance", self(this))).variance();
  }

  /** The standard deviation of the population; NaN for no numbers. */
  async stdev(this: OnlyNumbers<T, this>): Promise<number> {
    return (await stats("stdev", self(this))).stdev();
  }

  /** The variance, estimated from a sample (divided by n - 1); NaN for less than two numbers. */
  async sampleVariance(this: OnlyNumbers<T, this>): Promise<number> {
    return (await stats("sampleVariance", self(this))).sampleVariance();
  }

  /** The standard deviation, estimated from a sample; NaN for less than two numbers. */
  async sampleStdev(this: OnlyNumbers<T, this>): Promise<number> {
    return (await stats("sampleStdev", self(this))).sampleStdev();
  }

  /**
   * How many records are in each bucket: `[bounds, counts]`. A bucket has its lower bound and not its upper, the last has both.
   *
   * @param buckets how many of equal width between the least and the greatest number, or the ascending bounds
   * @throws DSTREAMS_ILLEGAL_ARGUMENT for bounds that are not ascending, or a number of buckets for no numbers
   */
  histogram(buckets: number | readonly T[]): Promise<[T[], number[]]> {
    return histogram<T>(this, buckets);
  }

  /** About how many different records there are, in little memory; `relativeSD` is how far off it may typically be. */
  countApproxDistinct(relativeSD = 0.05): Promise<number> {
    return countApproxDistinct(this, relativeSD);
  }

  /**
   * Writes the records as lines into `part-00000`, `part-00001`, … of a new directory, and `_SUCCESS` at the end.
   *
   * @throws DSTREAMS_PATH_EXISTS when there is such a directory
   */
  saveAsTextFile(path: string, options: SaveOptions = {}): Promise<void> {
    return saveAsTextFile(this, path, options, captureSite("saveAsTextFile"));
  }
}

/** The compiler has checked what the records are; what remains is the RDD. */
function self(rdd: unknown): Lineage {
  return rdd as Lineage;
}
