/** One value from the records of a partition. */
import { portable } from "../../closure/portable.ts";
import { compare } from "../../codec/order.ts";
import type { Fn } from "../../plan/plan.ts";
import { copies } from "./fresh.ts";

type Records = Iterable<unknown>;
type Maybe = readonly unknown[];

const here = import.meta.url;

/** All records put into a fresh copy of zero. */
export const aggregated = portable(here, "aggregated", (zero: unknown, seqOp: Fn) => {
  const fresh = copies(zero);
  return (_: number, records: Records): unknown => {
    let accumulated: unknown = fresh();
    for (const record of records) accumulated = seqOp(accumulated, record);
    return accumulated;
  };
});

/** The same, as the one record of a partition, with its place in the next level of a tree. */
export const aggregatedForTree = portable(here, "aggregatedForTree", (zero: unknown, seqOp: Fn) => {
  const aggregate = aggregated(zero, seqOp);
  return (index: number, records: Records): Records => [aggregate(index, records)];
});

/** record → `[place in the next level of a tree, record]` */
export const placedInTree = portable(
  here,
  "placedInTree",
  (width: number) =>
    (index: number, records: Records): Records => {
      return Array.from(records, record => [index % width, record]);
    },
);

/** A reduction over arrays of no or one value, for records that may be none at all. */
export const reducedMaybe = portable(here, "reducedMaybe", (f: Fn) => (a: Maybe, b: Maybe): Maybe => {
  if (a.length === 0) return b;
  return b.length === 0 ? a : [f(a[0], b[0])];
});

/** `(array of no or one value, record)` → array of one value */
export const reducedInto = portable(here, "reducedInto", (f: Fn) => (a: Maybe, record: unknown): Maybe => {
  return a.length === 0 ? [record] : [f(a[0], record)];
});

/** The greater of two by `compare`, of what `key` makes of them; the first when they are equal. */
export const greater = portable(here, "greater", (key: Fn) => (a: unknown, b: unknown): unknown => {
  return compare(key(b), key(a)) > 0 ? b : a;
});

/** The lesser of two. */
export const lesser = portable(here, "lesser", (key: Fn) => (a: unknown, b: unknown): unknown => {
  return compare(key(b), key(a)) < 0 ? b : a;
});

/** The first `n` records of the partition in the order of `key`, ascending or descending. */
export const firstInOrder = portable(here, "firstInOrder", (n: number, key: Fn, descending: boolean) => {
  return (_: number, records: Records): unknown[] => keepFirst(records, n, key, descending);
});

/** Sorts now and then instead of keeping a heap: as few comparisons, and stable, which a heap is not. */
export function keepFirst<T>(records: Iterable<T>, n: number, key: Fn, descending: boolean): T[] {
  if (n <= 0) return [];
  const sign = descending ? -1 : 1;
  const capacity = 2 * n + 64;
  let kept: [key: unknown, record: T][] = [];
  const cut = (): void => {
    kept.sort((a, b) => sign * compare(a[0], b[0]));
    kept = kept.slice(0, n);
  };
  for (const record of records) {
    if (kept.push([key(record), record]) >= capacity) cut();
  }
  cut();
  return kept.map(([, record]) => record);
}
