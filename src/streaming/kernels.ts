/** What the streams' own operators do in the workers. Workers import this file, so it imports next to nothing. */
import { portable } from "../closure/portable.ts";

const here = import.meta.url;

/** A partition → how many records it has. */
export const countPartition = portable(here, "countPartition", () => (_: number, records: Iterable<unknown>) => {
  let n = 0;
  for (const _record of records) n++;
  return [n];
});

/** record → `[record, 1]` */
export const withOne = portable(here, "withOne", () => (record: unknown): [unknown, 1] => [record, 1]);

/** record → `[null, record]` */
export const underNull = portable(here, "underNull", () => (record: unknown): [null, unknown] => [null, record]);

/** record → 1 */
export const one = portable(here, "one", () => (): number => 1);

/** `(a, b)` → a - b */
export const minus = portable(
  here,
  "minus",
  () =>
    (a: number, b: number): number =>
      a - b,
);

/** `[key, n]` → whether n is not 0 */
export const notZero = portable(
  here,
  "notZero",
  () =>
    ([, n]: readonly [unknown, number]): boolean =>
      n !== 0,
);
