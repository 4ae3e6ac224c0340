/** Statistics of a partition of numbers, and how many distinct records there are, about. */
import { portable } from "../../closure/portable.ts";
import { hashKey } from "../../codec/hash.ts";
import { compare } from "../../codec/order.ts";
import { mix } from "./random.ts";

const here = import.meta.url;

/** Count, mean, sum of squared distances from it, maximum, minimum: what can be merged with another partition's. */
export type Moments = [count: number, mean: number, m2: number, max: number, min: number];

/** Welford's way, which loses no digits to large means. */
export const momentsOf = portable(here, "momentsOf", () => (_: number, numbers: Iterable<number>): Moments => {
  let count = 0;
  let mean = 0;
  let m2 = 0;
  let max = Number.NEGATIVE_INFINITY;
  let min = Number.POSITIVE_INFINITY;
  for (const x of numbers) {
    const delta = x - mean;
    count++;
    mean += delta / count;
    m2 += delta * (x - mean);
    if (x > max) max = x;
    if (x < min) min = x;
  }
  return [count, mean, m2, max, min];
});

/** `[min, max]` of the records that can be in a histogram, or nothing. */
export const rangeOf = portable(
  here,
  "rangeOf",
  () =>
    (_: number, numbers: Iterable<number>): [number, number] | undefined => {
      let range: [number, number] | undefined;
      for (const x of numbers) {
        if (!isCountable(x)) continue;
        range ??= [x, x];
        if (x < range[0]) range[0] = x;
        if (x > range[1]) range[1] = x;
      }
      return range;
    },
);

/** How many records are in each of the buckets between the bounds; the last bucket has its upper bound in it. */
export const bucketCounts = portable(here, "bucketCounts", (bounds: readonly unknown[]) => {
  return (_: number, records: Iterable<unknown>): number[] => {
    const counts = Array.from({ length: bounds.length - 1 }, () => 0);
    for (const record of records) {
      const bucket = isCountable(record) ? bucketOf(record, bounds) : -1;
      if (bucket >= 0) counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    return counts;
  };
});

/** HyperLogLog: the longest runs of zero bits among the hashes of each of 2^p classes of records. */
export const registersOf = portable(
  here,
  "registersOf",
  (p: number) =>
    (_: number, records: Iterable<unknown>): Uint8Array => {
      const registers = new Uint8Array(1 << p);
      for (const record of records) {
        const key = hashKey(record);
        const register = mix(key, 0x5bd1e995) >>> (32 - p);
        const run = Math.clz32(mix(key, 0x1b873593)) + 1;
        if (run > (registers[register] ?? 0)) registers[register] = run;
      }
      return registers;
    },
);

function bucketOf(record: unknown, bounds: readonly unknown[]): number {
  const last = bounds.length - 1;
  if (compare(record, bounds[0]) < 0 || compare(record, bounds[last]) > 0) return -1;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (compare(record, bounds[middle]) >= 0) low = middle;
    else high = middle;
  }
  return low;
}

function isCountable(record: unknown): boolean {
  return record !== null && record !== undefined && !Number.isNaN(record);
}
