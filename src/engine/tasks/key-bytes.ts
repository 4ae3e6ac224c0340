/**
 * The bytes of a table's keys, so that words can be looked up that are no strings yet.
 *
 *     rows  [ –, row of entry 1, 0: not known, … ]        arena  [ 255 │ w o r d \n │ o t h e r \n │ … ]
 *
 * Keys are told apart from longer ones by the \n behind them, which is in no word. Row 0 has a byte that is in no word either.
 */
import { longestByteKey } from "./byte-table.ts";

const lineFeed = 10;

export class KeyBytes {
  rows = new Int32Array(256);
  arena = new Uint8Array(4096);
  #end = 1;

  constructor() {
    this.arena[0] = 255;
  }

  /** Makes `rows` have a place for every entry below `entries`. */
  reserve(entries: number): void {
    if (entries <= this.rows.length) return;
    const rows = new Int32Array(Math.max(entries, this.rows.length * 2));
    rows.set(this.rows);
    this.rows = rows;
  }

  /** Remembers that an entry's key is these bytes. Long ones are not worth it. */
  learn(entry: number, bytes: Uint8Array, from: number, to: number): void {
    if (to - from > longestByteKey) return;
    const row = this.#end;
    this.#end += to - from + 1;
    if (this.#end > this.arena.length) this.#extend();
    const { arena } = this;
    for (let i = from; i < to; i++) arena[row + i - from] = bytes[i] as number;
    arena[this.#end - 1] = lineFeed;
    this.rows[entry] = row;
  }

  #extend(): void {
    const arena = new Uint8Array(this.arena.length * 2);
    arena.set(this.arena);
    this.arena = arena;
  }
}
