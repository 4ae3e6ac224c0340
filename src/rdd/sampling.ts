/** Random parts of an RDD. A seed that is not given is drawn once, so that a partition computed again is the same. */
import { atSite, captureSite } from "../base/site.ts";
import { illegal } from "./checks.ts";
import { freshSeed, randomOf, shuffled } from "./kernels/random.ts";
import { sampled, sampledBetween, sampledByKey } from "./kernels/sampling.ts";
import type { Lineage } from "./lineage.ts";
import type { RDD } from "./rdd.ts";

export function sample<T>(rdd: Lineage, withReplacement: boolean, fraction: number, seed = freshSeed()): RDD<T> {
  requireFraction(fraction, withReplacement);
  const fn = sampled(withReplacement, fraction, seed);
  return rdd.step("sample", { op: "partitions", fn, emptyOnEmpty: true }, true);
}

/** @param fractions by key, compared by value */
export function sampleByKey<T>(
  rdd: Lineage,
  withReplacement: boolean,
  fractions: Iterable<readonly [unknown, number]>,
  seed = freshSeed(),
): RDD<T> {
  if (typeof fractions !== "object" || fractions === null || !(Symbol.iterator in fractions)) {
    throw illegal("sampleByKey takes the fractions as a Map, or as pairs [key, fraction].");
  }
  const entries = [...fractions];
  for (const [, fraction] of entries) requireFraction(fraction, withReplacement);
  const fn = sampledByKey(withReplacement, entries, seed);
  return rdd.step("sampleByKey", { op: "partitions", fn, emptyOnEmpty: true }, true);
}

export function randomSplit<T>(rdd: Lineage, weights: readonly number[], seed = freshSeed()): RDD<T>[] {
  if (!Array.isArray(weights)) throw illegal("randomSplit takes an array of weights.");
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (weights.some(weight => !(weight >= 0)) || !(total > 0)) {
    throw illegal(
      `requirement failed: Weights must be nonnegative and sum to more than 0, but got [${weights.join(",")}]`,
    );
  }
  return atSite(captureSite("randomSplit"), () => {
    let passed = 0;
    return weights.map(weight => {
      const fn = sampledBetween(passed / total, (passed += weight) / total, seed);
      return rdd.step<T>("randomSplit", { op: "partitions", fn, emptyOnEmpty: true }, true);
    });
  });
}

/** Exactly `num` records in random order (all, if there are fewer and each may be taken once only). */
export async function takeSample<T>(
  rdd: RDD<T>,
  withReplacement: boolean,
  num: number,
  seed = freshSeed(),
): Promise<T[]> {
  if (!(num >= 0) || !Number.isInteger(num))
    throw illegal(`requirement failed: Sample size cannot be negative: ${num}`);
  const site = captureSite("takeSample");
  if (num === 0) return [];
  const count = await atSite(site, () => rdd.count());
  if (count === 0) return [];
  const random = randomOf(seed);
  if (!withReplacement && num >= count) return shuffled(await atSite(site, () => rdd.collect()), random);
  const fraction = fractionFor(num, count, withReplacement);
  for (;;) {
    const nextSeed = Math.floor(random() * 0x80000000);
    const drawn = await atSite(site, () => sample<T>(rdd, withReplacement, fraction, nextSeed).collect());
    if (drawn.length >= num) return shuffled(drawn, random).slice(0, num);
  }
}

/** A fraction with which a sample has at least `num` records in 99.99 % of the cases (Spark's formula). */
function fractionFor(num: number, total: number, withReplacement: boolean): number {
  const fraction = num / total;
  if (withReplacement) return fraction + (num < 12 ? 9 : 5) * Math.sqrt(fraction / total);
  const gamma = -Math.log(0.00005) / total;
  return Math.min(1, fraction + gamma + Math.sqrt(gamma * gamma + 2 * gamma * fraction));
}

function requireFraction(fraction: number, withReplacement: boolean): void {
  if (!(fraction >= 0)) throw illegal(`requirement failed: Negative fraction value: ${fraction}`);
  if (!withReplacement && fraction > 1) {
    throw illegal(`requirement failed: A sample without replacement has a fraction of at most 1, not ${fraction}`);
  }
}
