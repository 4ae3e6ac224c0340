import { type Reader, type Writer, damaged } from "./bytes.ts";
import { ValueReader } from "./values-read.ts";
import { ValueWriter } from "./values-write.ts";
import { Refusal } from "./refusal.ts";

/** Values of one column of a block. */
export type Column = unknown[] | Int32Array | Float64Array;

const magic = 0xd5;

export function writeColumns(out: Writer, columns: readonly Readonly<Column>[]): void {
  const length = columns[0]?.length ?? 0;
  out.byte(magic);
  out.count(columns.length);
  out.count(length);
  const values = new ValueWriter(out);
  for (let i = 0; i < length; i++) {
    values.newRecord();
    for (let c = 0; c < columns.length; c++) {
      try {
        values.write((columns[c] as unknown[])[i]);
      } catch (error) {
        throw error instanceof Refusal && columns.length > 1 ? error.within(`[${c}]`) : error;
      }
    }
  }
}

export function readColumns(from: Reader): Column[] {
  if (from.byte() !== magic) throw damaged("it does not begin as one");
  const count = from.count();
  const length = from.countOf(1);
  const columns: unknown[][] = Array.from({ length: count }, () => []);
  const values = new ValueReader(from);
  for (let i = 0; i < length; i++) {
    values.newRecord();
    for (const column of columns) column.push(values.read());
  }
  return columns;
}
