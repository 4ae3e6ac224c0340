/**
 * The layout of a block: records turned by a quarter.
 *
 *     [["a", 1], ["b", 2], ["c", 3]]      tuple ─┬─ string   "a" "b" "c"      lengths 1 1 1, characters abc
 *                                                └─ number   1 2 3            one byte each
 *
 * Values of one kind, side by side, need no tags, take the width they need, and are written and read by short loops; so the
 * records of a block are taken apart as long as they are alike:
 *
 *     leaf       string, number, boolean, bigint, null, undefined          leaves.ts
 *     tuple      arrays of equal length            a column for each place
 *     object     object literals of equal names    a column for each name
 *     list       arrays of any length              lengths, a column of all items
 *     date, bytes, buffer
 *     union      a mixture of kinds                a byte a value, a column for each kind
 *     values     all else                          value by value: values-write.ts
 *
 * Columns know no identity, but a record may hold one object twice, or itself. What makes columns exact all the same is the
 * *claim*: an object column is only written after it was compared, row by row, with the object columns of the same record
 * that are there already. If one object turns up twice, or if that cannot be found out cheaply, the block is written anew row
 * by row (`rows` below), where sharing is kept. So it is when a record is refused, since rows know the path to the culprit.
 */
import { type Reader, type Writer, damaged } from "./bytes.ts";
import { ColumnReader } from "./columns-read.ts";
import { ColumnWriter } from "./columns-write.ts";
import { Entangled } from "./entangled.ts";
import { within } from "./objects.ts";
import { Refusal } from "./refusal.ts";
import { ValueReader } from "./values-read.ts";
import { ValueWriter } from "./values-write.ts";

/** The values of one column of a block. */
export type Column = unknown[] | Int32Array | Float64Array;

type ReadonlyColumn = readonly unknown[] | Int32Array | Float64Array;

/** First byte of a block; also says which version of the layout it has. */
const magic = 0xd5;

const layout = { columns: 0, rows: 1 } as const;
const typed = { none: 0, int32: 1, float64: 2 } as const;

/** Fewer records than this are not worth turning, unless it is one array of many. */
const fewRecords = 4;
const longArray = 16;

/** magic, layout, how many columns, how many rows; the typed columns; the others */
export function writeColumns(out: Writer, columns: readonly ReadonlyColumn[]): void {
  const length = columns[0]?.length ?? 0;
  const ordinary = columns.filter((column): column is readonly unknown[] => !isTyped(column));
  out.byte(magic);
  const start = out.position;
  if (isWorthTurning(ordinary, length)) {
    try {
      writeHead(out, layout.columns, columns, length);
      const writer = new ColumnWriter(out, new ValueWriter(out));
      for (const column of ordinary) writer.write(column);
      return;
    } catch (error) {
      if (!(error instanceof Entangled || error instanceof Refusal)) throw error;
      out.position = start;
    }
  }
  writeHead(out, layout.rows, columns, length);
  writeRows(new ValueWriter(out), ordinary, length);
}

export function readColumns(from: Reader): Column[] {
  if (from.byte() !== magic) throw damaged("it does not begin as one");
  const kind = from.byte();
  const count = from.countOf(8);
  const length = from.countOf(count === 0 ? Number.POSITIVE_INFINITY : 1);
  const columns: Column[] = [];
  for (let c = 0; c < count; c++) {
    const type = from.byte();
    if (type === typed.int32) columns.push(from.numbers(Int32Array, length));
    else if (type === typed.float64) columns.push(from.numbers(Float64Array, length));
    else columns.push([]);
  }
  const values = new ValueReader(from);
  if (kind === layout.rows) readRows(values, columns, length);
  else if (kind === layout.columns) {
    const reader = new ColumnReader(from, values);
    for (const [c, column] of columns.entries()) if (!isTyped(column)) columns[c] = reader.read(length);
  } else throw damaged("there is no such layout");
  return columns;
}

function writeHead(out: Writer, kind: number, columns: readonly ReadonlyColumn[], length: number): void {
  out.byte(kind);
  out.count(columns.length);
  out.count(length);
  for (const column of columns) {
    if (column.length !== length)
      throw new RangeError(`Columns of ${length} and ${column.length} rows do not belong together.`);
    if (!isTyped(column)) {
      out.byte(typed.none);
      continue;
    }
    out.byte(column instanceof Int32Array ? typed.int32 : typed.float64);
    out.align(column.BYTES_PER_ELEMENT);
    out.bytes(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
}

function isTyped(column: ReadonlyColumn): column is Int32Array | Float64Array {
  return column instanceof Int32Array || column instanceof Float64Array;
}

function isWorthTurning(columns: readonly (readonly unknown[])[], length: number): boolean {
  if (length >= fewRecords) return true;
  const first = columns[0]?.[0];
  return length === 1 && Array.isArray(first) && first.length >= longArray;
}

function writeRows(values: ValueWriter, columns: readonly (readonly unknown[])[], length: number): void {
  for (let i = 0; i < length; i++) {
    values.newRecord();
    for (let c = 0; c < columns.length; c++) {
      try {
        values.write(columns[c]?.[i]);
      } catch (error) {
        throw columns.length > 1 ? within(error, c) : error;
      }
    }
  }
}

function readRows(values: ValueReader, columns: readonly Column[], length: number): void {
  const ordinary = columns.filter((column): column is unknown[] => !isTyped(column));
  for (let i = 0; i < length; i++) {
    values.newRecord();
    for (const column of ordinary) column.push(values.read());
  }
}
