/** What the operators do in the workers, record by record and partition by partition. Factories, so that nothing needs inspection. */
import { types } from "node:util";
import { DStreamsError } from "../../base/errors.ts";
import { portable } from "../../closure/portable.ts";
import { keysEqual } from "../../codec/equality.ts";
import type { Fn } from "../../plan/plan.ts";

type Pair = readonly [unknown, unknown];
type Records = Iterable<unknown>;

const here = import.meta.url;

/** `[key, value]` → key */
export const keyOfPair = portable(here, "keyOfPair", () => (pair: Pair) => pair[0]);

/** `[key, value]` → value */
export const valueOfPair = portable(here, "valueOfPair", () => (pair: Pair) => pair[1]);

/** record → `[record, null]` */
export const withNull = portable(here, "withNull", () => (record: unknown) => [record, null]);

/** `(a, b)` → a */
export const keepFirst = portable(here, "keepFirst", () => (a: unknown) => a);

/** The partition as one record, an array. */
export const glomPartition = portable(here, "glomPartition", () => (_: number, records: Records) => [[...records]]);

/**
 * A user's `f(records)` as a step's `(index, records)`. It stays async when `f` is, since an engine streams to async
 * functions and reads ahead for others.
 */
export const ofRecords = portable(here, "ofRecords", (f: Fn): Fn => {
  if (!types.isAsyncFunction(f)) return (_: number, records: Records) => f(records) as unknown;
  return async (_: number, records: Records) => (await f(records)) as unknown;
});

/** The same as an action, for what it does and not for what it returns. */
export const runForEffect = portable(here, "runForEffect", (f: Fn): Fn => {
  if (types.isAsyncFunction(f)) return async (_: number, records: Records) => void (await f(records));
  return (_: number, records: Records) => {
    const result = f(records) as unknown;
    return result instanceof Promise ? result.then(() => undefined) : undefined;
  };
});

/** The records of a partition function as an array, for `runJob`. */
export const resultsOf = portable(here, "resultsOf", (f: Fn) => async (_: number, records: Records) => {
  const results = (await f(records)) as Iterable<unknown> | AsyncIterable<unknown>;
  return Array.fromAsync(results);
});

/** record → `[record, index]`, counting on from where the partitions before it end. */
export const indexFrom = portable(
  here,
  "indexFrom",
  (starts: readonly number[]) =>
    function* (index: number, records: Records) {
      let next = starts[index] ?? 0;
      for (const record of records) yield [record, next++];
    },
);

/** record → `[record, k * n + index]` for the k-th record of partition `index` out of `n`. */
export const uniqueIds = portable(
  here,
  "uniqueIds",
  (n: number) =>
    function* (index: number, records: Records) {
      let next = index;
      for (const record of records) {
        yield [record, next];
        next += n;
      }
    },
);

/** The values of one key, as an array. */
export const withKey = portable(here, "withKey", (key: unknown) => (_: number, pairs: Iterable<Pair>): unknown[] => {
  const values: unknown[] = [];
  for (const pair of pairs) if (keysEqual(pair[0], key)) values.push(pair[1]);
  return values;
});

/** Records of two partitions, side by side. */
export const zipped = portable(
  here,
  "zipped",
  () =>
    function* (_: number, [left, right]: readonly Records[]) {
      const others = right[Symbol.iterator]();
      try {
        for (const record of left) {
          const other = others.next();
          if (other.done === true) throw unequal();
          yield [record, other.value];
        }
        if (others.next().done !== true) throw unequal();
      } finally {
        others.return?.();
      }
    },
);

/** All pairs of a record of one partition with one of another. */
export const crossed = portable(
  here,
  "crossed",
  () =>
    function* (_: number, [left, right]: readonly Records[]) {
      for (const record of left) for (const other of right) yield [record, other];
    },
);

function unequal(): DStreamsError {
  return new DStreamsError(
    "DSTREAMS_ILLEGAL_ARGUMENT",
    "Can only zip RDDs with same number of elements in each partition",
  );
}
