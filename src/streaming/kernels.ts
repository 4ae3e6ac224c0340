/** What the streams' own operators do in the workers. Workers import this file, so it imports next to nothing. */
import { portable } from "../closure/portable.ts";

const here = import.meta.url;

/** A partition → how many records it has. */
export const countPartition = portable(here, "countPartition", () => (_: number, records: Iterable<unknown>) => {
  let n = 0;
  for (const _record of records) n++;
  return [n];
});

/** `(a, b)` → a + b */
export const add = portable(here, "add", () => (a: number, b: number) => a + b);

/** record → `[null, record]` */
export const underNull = portable(here, "underNull", () => (record: unknown): [null, unknown] => [null, record]);
