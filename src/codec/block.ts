/**
 * Blocks: records as bytes, and back.
 *
 *     records ──encodeBlock──▶ ┌───────┬──────────────────────────────┐ ──decodeBlock──▶ records
 *                              │ head  │ columns … or row after row   │
 *                              └───────┴──────────────────────────────┘
 *
 * A block stands for itself: no other block, class or schema is needed to read it (but for the classes of instances, which a
 * class table knows). What comes out is what went in, to the sign of a zero, the hole in an array and the cycle in an object;
 * what cannot be kept so is refused (DSTREAMS_RECORD). Within a record shared objects stay shared; between records they become
 * copies, since records travel on their own from there.
 *
 * All decoders take bytes in shared memory too, and keep no hold of them: what they return lies in ordinary memory, numbers of
 * typed columns excepted (`decodeColumns`).
 */
import { DStreamsError } from "../base/errors.ts";
import { type Allocate, Reader, damaged, writeBlock } from "./bytes.ts";
import { type Column, readColumns, writeColumns } from "./columns.ts";
import { Refusal, recordError } from "./refusal.ts";

export type { Allocate } from "./bytes.ts";
export { type ClassLike, type ClassTable, MissingClassError, setClassTable } from "./classes.ts";
export type { Column } from "./columns.ts";

/**
 * A block of records. `allocate` says where to put it, once the size is known (a multiple of 8); default: memory of its own.
 *
 * @throws DStreamsError DSTREAMS_RECORD when a record cannot be sent, with the path to what is in the way.
 * @example
 * ```ts
 * const block = encodeBlock([["a", 1], ["b", 2]]);
 * decodeBlock(block); // [["a", 1], ["b", 2]]
 * ```
 */
export function encodeBlock(records: readonly unknown[], allocate?: Allocate): Uint8Array {
  return encode([records], "record", allocate);
}

/**
 * The records of a block.
 *
 * @throws DStreamsError DSTREAMS_DATA for bytes that are no whole block; MissingClassError when a class is not known here yet.
 */
export function decodeBlock(bytes: Uint8Array): unknown[] {
  const columns = decode(bytes);
  const records = columns[0];
  if (columns.length !== 1 || !Array.isArray(records)) throw damaged("it holds columns, not records");
  return records;
}

/** A block of columns of equal length. Typed arrays stay typed arrays; row `i` of all columns together is one record. */
export function encodeColumns(columns: readonly Readonly<Column>[], allocate?: Allocate): Uint8Array {
  return encode(columns, "record", allocate);
}

/**
 * The columns of a block. Those that were typed arrays are views of `bytes` where these lie at a multiple of 8 in their buffer, and
 * copies otherwise.
 */
export function decodeColumns(bytes: Uint8Array): Column[] {
  return decode(bytes);
}

/** One value as bytes, with the same promise as `encodeBlock`. */
export function encodeValue(value: unknown, allocate?: Allocate): Uint8Array {
  return encode([[value]], "value", allocate);
}

export function decodeValue(bytes: Uint8Array): unknown {
  const records = decodeBlock(bytes);
  if (records.length !== 1) throw damaged("it holds not one value but many");
  return records[0];
}

function encode(columns: readonly Readonly<Column>[], root: string, allocate: Allocate | undefined): Uint8Array {
  try {
    return writeBlock(out => writeColumns(out, columns), allocate);
  } catch (error) {
    throw error instanceof Refusal ? recordError(root, error) : error;
  }
}

function decode(bytes: Uint8Array): Column[] {
  try {
    return readColumns(new Reader(bytes));
  } catch (error) {
    // Whatever the runtime says to nonsense (an invalid length, date, regular expression, …) means the same here.
    throw error instanceof DStreamsError ? error : damaged("it makes no sense", error);
  }
}
