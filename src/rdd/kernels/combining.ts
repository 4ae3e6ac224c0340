/** Values of equal keys, put together: the functions of a shuffle's combine, and the same without a shuffle. */
import { portable } from "../../closure/portable.ts";
import { KeyMap } from "../../codec/key-map.ts";
import type { Fn } from "../../plan/plan.ts";
import { copies } from "./fresh.ts";

type Pairs = Iterable<readonly [unknown, unknown]>;

const here = import.meta.url;

/** The first value of a key, put upon a fresh copy of zero. */
export const foldOnZero = portable(here, "foldOnZero", (zero: unknown, fn: Fn) => {
  const fresh = copies(zero);
  return (value: unknown): unknown => fn(fresh(), value);
});

/** Combines the pairs of a partition whose keys are all here already; what a shuffle would do, without one. */
export const combinedHere = portable(
  here,
  "combinedHere",
  (create: Fn, mergeValue: Fn) => (_: number, pairs: Pairs) => {
    const combined = new KeyMap<unknown, unknown>();
    for (const [key, value] of pairs) combined.merge(key, value, create, mergeValue);
    return combined.entries();
  },
);

const same = <T>(value: T): T => value;
const sum = (a: number, b: number): number => a + b;

/** value → value: where reducing begins */
export const itself = portable(here, "itself", () => (value: unknown) => value);

/** value → `[value]`: where grouping begins */
export const startGroup = portable(here, "startGroup", () => (value: unknown) => [value]);

/** `(group, value)` → group, grown by the value */
export const addToGroup = portable(here, "addToGroup", () => (group: unknown[], value: unknown) => {
  group.push(value);
  return group;
});

/** `(a, b)` → a + b */
export const plus = portable(here, "plus", () => (a: number, b: number) => a + b);

/** Sums, minima or whatever the function makes of the values of each key of the partition, as an array of pairs. */
export const reducedPairs = portable(
  here,
  "reducedPairs",
  (fn: Fn) =>
    (_: number, pairs: Pairs): [unknown, unknown][] => {
      const reduced = new KeyMap<unknown, unknown>();
      for (const [key, value] of pairs) reduced.merge(key, value, same, fn);
      return [...reduced.entries()];
    },
);

/** How often each record occurs in the partition, as an array of pairs. */
export const countedRecords = portable(
  here,
  "countedRecords",
  () =>
    (_: number, records: Iterable<unknown>): [unknown, number][] => {
      const counts = new KeyMap<unknown, number>();
      for (const record of records) counts.merge(record, 1, same, sum);
      return [...counts.entries()];
    },
);
