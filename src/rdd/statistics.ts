/** What statistics need beyond one pass: merging partitions, choosing buckets, HyperLogLog's estimate. */
import { captureSite } from "../base/site.ts";
import type { CallSite } from "../base/site.ts";
import { compare } from "../codec/order.ts";
import { illegal } from "./checks.ts";
import { bucketCounts, momentsOf, rangeOf, registersOf } from "./kernels/statistics.ts";
import type { Moments } from "./kernels/statistics.ts";
import type { Lineage } from "./lineage.ts";
import { StatCounter } from "./stat-counter.ts";

const moments = momentsOf();
const range = rangeOf();

export async function stats(operator: string, rdd: Lineage): Promise<StatCounter> {
  const site = captureSite(operator);
  const parts = (await rdd.context.driver.run(rdd, { kind: "partition", fn: moments }, site)) as Moments[];
  return parts.reduce((all, part) => all.mergeMoments(part), new StatCounter());
}

export async function histogram<T>(rdd: Lineage, buckets: number | readonly T[]): Promise<[T[], number[]]> {
  const site = captureSite("histogram");
  if (typeof buckets !== "number" && !Array.isArray(buckets)) {
    throw illegal("histogram takes the number of buckets, or an array of their bounds.");
  }
  const bounds = typeof buckets === "number" ? ((await evenBounds(rdd, buckets, site)) as T[]) : sortedBounds(buckets);
  const parts = (await rdd.context.driver.run(
    rdd,
    { kind: "partition", fn: bucketCounts(bounds) },
    site,
  )) as number[][];
  const counts = Array.from({ length: bounds.length - 1 }, (_, i) =>
    parts.reduce((sum, part) => sum + (part[i] ?? 0), 0),
  );
  return [bounds, counts];
}

async function evenBounds(rdd: Lineage, n: number, site: CallSite): Promise<number[]> {
  if (!Number.isInteger(n) || n < 1) throw illegal("requirement failed: number of buckets must be >= 1");
  const ranges = (await rdd.context.driver.run(rdd, { kind: "partition", fn: range }, site)) as (
    | [number, number]
    | undefined
  )[];
  const found = ranges.filter(each => each !== undefined);
  if (found.length === 0) throw illegal("can not generate buckets from empty RDD");
  const min = Math.min(...found.map(([low]) => low));
  const max = Math.max(...found.map(([, high]) => high));
  if (!Number.isFinite(max - min)) throw illegal("Can not generate buckets with infinite value");
  if (min === max || n === 1) return [min, max];
  return [...Array.from({ length: n }, (_, i) => min + (i * (max - min)) / n), max];
}

function sortedBounds<T>(buckets: readonly T[]): T[] {
  if (buckets.length < 2) throw illegal("requirement failed: buckets should have more than one value");
  buckets.forEach((bound, i) => {
    const order = i === 0 ? -1 : compare(buckets[i - 1], bound);
    if (order > 0) throw illegal("requirement failed: buckets should be sorted");
    if (order === 0) throw illegal("requirement failed: buckets should not contain duplicated values");
  });
  return [...buckets];
}

export async function countApproxDistinct(rdd: Lineage, relativeSD: number): Promise<number> {
  if (!(relativeSD >= 0.000017)) throw illegal("requirement failed: relativeSD should be greater than 0.000017");
  const site = captureSite("countApproxDistinct");
  const p = Math.min(20, Math.max(4, Math.ceil(2 * Math.log2(1.04 / relativeSD))));
  const parts = (await rdd.context.driver.run(rdd, { kind: "partition", fn: registersOf(p) }, site)) as Uint8Array[];
  return estimate(
    Array.from({ length: 1 << p }, (_, i) => parts.reduce((most, part) => Math.max(most, part[i] ?? 0), 0)),
  );
}

/** The harmonic mean of the classes' guesses; by empty classes while they are many. */
function estimate(registers: readonly number[]): number {
  const m = registers.length;
  const alpha = 0.7213 / (1 + 1.079 / m);
  const raw = (alpha * m * m) / registers.reduce((sum, run) => sum + 2 ** -run, 0);
  const empty = registers.filter(run => run === 0).length;
  return Math.round(raw <= 2.5 * m && empty > 0 ? m * Math.log(m / empty) : raw);
}
