/** Columns of leaves: values that hold no other values and have no identity, so that a column of them is exact by itself. */
import { type Reader, type Writer, damaged } from "./bytes.ts";
import { newArray, readBits, readNumbers, toArray, writeBits, writeNumbers } from "./numbers.ts";
import { readStrings, writeStrings } from "./strings.ts";
import { tag } from "./tags.ts";

/** What a column consists of; the first byte of it. */
export const leaf = { undefined: 0, null: 1, boolean: 2, number: 3, string: 4, bigint: 5 } as const;

export type Leaf = (typeof leaf)[keyof typeof leaf];

/** Arrays shorter than this are written value by value. */
const shortArray = 16;

/** The one kind of all the values; undefined when they are of several, or not all leaves, or there are none. */
export function leafOf(values: readonly unknown[]): Leaf | undefined {
  const first = values[0];
  switch (typeof first) {
    case "string":
      for (let i = 1; i < values.length; i++) if (typeof values[i] !== "string") return undefined;
      return leaf.string;
    case "number":
      for (let i = 1; i < values.length; i++) if (typeof values[i] !== "number") return undefined;
      return leaf.number;
    case "boolean":
      for (let i = 1; i < values.length; i++) if (typeof values[i] !== "boolean") return undefined;
      return leaf.boolean;
    case "bigint":
      for (const value of values) if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) return undefined;
      return leaf.bigint;
    case "undefined":
      if (values.length === 0) return undefined;
      for (let i = 1; i < values.length; i++) if (values[i] !== undefined) return undefined;
      return leaf.undefined;
    default:
      if (first !== null) return undefined;
      for (let i = 1; i < values.length; i++) if (values[i] !== null) return undefined;
      return leaf.null;
  }
}

export function writeLeafColumn(out: Writer, kind: Leaf, values: readonly unknown[]): void {
  switch (kind) {
    case leaf.string:
      return writeStrings(out, values as readonly string[]);
    case leaf.number:
      return writeNumbers(out, values as readonly number[]);
    case leaf.boolean:
      return writeBits(out, values as readonly boolean[]);
    case leaf.bigint:
      out.reserve(values.length * 8);
      for (const value of values) {
        out.view.setBigInt64(out.position, value as bigint, true);
        out.position += 8;
      }
      return;
    default:
      // Every column takes up a bit a value at least, so that a damaged length cannot ask for more memory than that.
      return out.zeros((values.length + 7) >> 3);
  }
}

export function readLeafColumn(from: Reader, kind: Leaf, length: number): unknown[] {
  switch (kind) {
    case leaf.string:
      return readStrings(from, length);
    case leaf.number:
      return toArray(readNumbers(from, length));
    case leaf.boolean:
      return readBits(from, length);
    case leaf.bigint: {
      const bytes = from.bytes(length * 8);
      return Array.from(new BigInt64Array(bytes.buffer));
    }
    default:
      from.skip(Math.ceil(length / 8));
      return newArray(length).fill(kind === leaf.null ? null : undefined);
  }
}

export function checkLeaf(kind: number): Leaf {
  if (kind > leaf.bigint) throw damaged("there is no such kind of column");
  return kind as Leaf;
}

/** Writes an array within a record as one column, if it is a long one of strings or numbers. */
export function writeLeaves(out: Writer, values: readonly unknown[]): boolean {
  if (values.length < shortArray) return false;
  const kind = leafOf(values);
  if (kind !== leaf.string && kind !== leaf.number) return false;
  out.byte(tag.leaves);
  out.byte(kind);
  out.count(values.length);
  writeLeafColumn(out, kind, values);
  return true;
}

export function readLeaves(from: Reader): unknown[] {
  const kind = checkLeaf(from.byte());
  return readLeafColumn(from, kind, from.countOf(1));
}
