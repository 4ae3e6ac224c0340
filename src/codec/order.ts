/** The one order of values: sortBy, sortByKey, takeOrdered, top, min, max and range partitioning all use it. */
import { isDate } from "node:util/types";
import { isPlainObject, maxKeyDepth, refuseDepth, refuseKey, type PlainObject } from "./plain.ts";

/**
 * Negative, zero or positive as `a` comes before, equals or comes after `b`. A total order; zero exactly when `keysEqual`.
 *
 * Types come in this order: null, undefined, booleans (false first), numbers and bigints (together, by value; NaN last, `0` and
 * `-0` equal, and of a number and an equal bigint the number first), strings (by UTF-16 code unit), dates (invalid last), arrays
 * (element by element, a prefix first), plain objects (as the list of their entries, sorted by name).
 *
 * @throws DStreamsError DSTREAMS_KEY for anything else.
 */
export function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return compareNumbers(a, b);
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  return compareAt(a, b, 0);
}

const rank = {
  null: 0,
  undefined: 1,
  boolean: 2,
  number: 3,
  bigint: 3,
  string: 4,
  date: 5,
  array: 6,
  object: 7,
} as const;

function rankOf(value: unknown): number {
  const type = typeof value;
  if (type === "function" || type === "symbol") throw refuseKey(value);
  if (type !== "object") return rank[type];
  if (value === null) return rank.null;
  if (Array.isArray(value)) return rank.array;
  if (isDate(value)) return rank.date;
  if (isPlainObject(value as object)) return rank.object;
  throw refuseKey(value);
}

function compareAt(a: unknown, b: unknown, depth: number): number {
  const rankA = rankOf(a);
  const rankB = rankOf(b);
  if (rankA !== rankB) return rankA - rankB;
  switch (rankA) {
    case rank.number:
      return compareNumeric(a as number | bigint, b as number | bigint);
    case rank.boolean:
      return Number(a) - Number(b);
    case rank.string:
      return (a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0;
    case rank.date:
      return compareNumbers((a as Date).getTime(), (b as Date).getTime());
    case rank.array:
    case rank.object:
      if (depth >= maxKeyDepth) throw refuseDepth();
      if (rankA === rank.array) return compareArrays(a as unknown[], b as unknown[], depth + 1);
      return compareObjects(a as PlainObject, b as PlainObject, depth + 1);
    default:
      return 0;
  }
}

function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function compareNumeric(a: number | bigint, b: number | bigint): number {
  if (typeof a === "number" && typeof b === "number") return compareNumbers(a, b);
  if (a < b) return -1;
  if (a > b) return 1;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return Number(typeof a === "bigint") - Number(typeof b === "bigint");
}

function compareArrays(a: readonly unknown[], b: readonly unknown[], depth: number): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const order = compareAt(a[i], b[i], depth);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareObjects(a: PlainObject, b: PlainObject, depth: number): number {
  const namesA = Object.keys(a).sort();
  const namesB = Object.keys(b).sort();
  const shorter = Math.min(namesA.length, namesB.length);
  for (let i = 0; i < shorter; i++) {
    const nameA = namesA[i] as string;
    const nameB = namesB[i] as string;
    if (nameA !== nameB) return nameA < nameB ? -1 : 1;
    const order = compareAt(a[nameA], b[nameB], depth);
    if (order !== 0) return order;
  }
  return namesA.length - namesB.length;
}
