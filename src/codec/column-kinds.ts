/** What a column can be, beyond a leaf (0 to 5, leaves.ts); the first byte of a column. */
import { leaf } from "./leaves.ts";

export const column = {
  /** kinds, a byte a value; then the column of each kind that occurs, in order of kind */
  union: 8,
  /** arity, the column of each place */
  tuple: 9,
  /** count, names, the column of each name */
  record: 10,
  /** how many items in all, lengths, the column of all items */
  list: 11,
  /** milliseconds */
  date: 12,
  /** lengths, bytes */
  bytes: 13,
  buffer: 14,
  /** value by value, each a record of its own */
  values: 15,
} as const;

/** The kind of an object in a union. */
export const objectKind = leaf.bigint + 1;

/** Arrays longer than this are lists, even when all are equally long. */
export const maxArity = 16;
/** Objects of more names than this are written value by value. */
export const maxNames = 64;
/** Columns within columns. */
export const maxNesting = 16;

/** The kind of each value: a leaf or `objectKind`; undefined when one is neither (a function, a symbol, a large bigint). */
export function kindsOf(values: readonly unknown[]): Uint8Array | undefined {
  const kinds = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const kind = kindOf(values[i]);
    if (kind < 0) return undefined;
    kinds[i] = kind;
  }
  return kinds;
}

function kindOf(value: unknown): number {
  switch (typeof value) {
    case "string":
      return leaf.string;
    case "number":
      return leaf.number;
    case "boolean":
      return leaf.boolean;
    case "undefined":
      return leaf.undefined;
    case "bigint":
      return BigInt.asIntN(64, value) === value ? leaf.bigint : -1;
    case "object":
      return value === null ? leaf.null : objectKind;
    default:
      return -1;
  }
}

export function areObjects(values: readonly unknown[]): values is readonly object[] {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== "object" || value === null) return false;
  }
  return values.length > 0;
}
