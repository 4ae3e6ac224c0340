/**
 * A combine table for short Latin-1 strings whose keys are bytes, not strings: a row lies in one place, and comparing follows no pointer.
 * Strings are made again when the table is handed on, once for each distinct key.
 *
 *     slots  [ hash, row │ hash, 0 │ … ]        arena  [ entry, length, bytes (padded to words) │ … ]       values [ v0, v1, … ]
 *
 * Records wait for the table in the same form: [ hash, length, bytes ] in `words`, their values beside it.
 */
import { spread } from "../../codec/string-hash.ts";
import { mixText } from "./table-text.ts";
import { blame } from "./failures.ts";
import type { Merging } from "./merging.ts";

/** The longest string that is kept as bytes. */
export const longestByteKey = 40;

const smallest = 16;

export class ByteTable {
  slots = new Int32Array(2 * smallest);
  mask = smallest - 1;
  arena = new Int32Array(8 * smallest);
  readonly values: unknown[] = [];
  /** Words of the arena in use; row 0 means none, so the first is left free. */
  #end = 1;

  get size(): number {
    return this.values.length;
  }

  /** Adds a key that is new: `length` bytes from word `at` of `words` on. */
  insert(hash: number, length: number, words: Int32Array, at: number, value: unknown): void {
    const size = (length + 3) >> 2;
    const row = this.#end;
    this.#end += 2 + size;
    if (this.#end > this.arena.length) this.#extend();
    const { arena } = this;
    arena[row] = this.values.push(value) - 1;
    arena[row + 1] = length;
    for (let i = 0; i < size; i++) arena[row + 2 + i] = words[at + i] as number;
    if (this.values.length * 2 > this.mask) this.#rehash();
    this.#deal(hash, row);
  }

  /** Every key as a string, with its hash, in order of first appearance. */
  forEach(visit: (key: string, hash: number, value: unknown) => void): void {
    const hashes = new Int32Array(this.#end);
    for (let slot = 0; slot <= this.mask; slot++) {
      const row = this.slots[2 * slot + 1] as number;
      if (row !== 0) hashes[row] = this.slots[2 * slot] as number;
    }
    const { arena, values } = this;
    const bytes = Buffer.from(arena.buffer);
    for (let row = 1; row < this.#end; ) {
      const length = arena[row + 1] as number;
      const start = 4 * (row + 2);
      visit(bytes.toString("latin1", start, start + length), hashes[row] as number, values[arena[row] as number]);
      row += 2 + ((length + 3) >> 2);
    }
  }

  #deal(hash: number, row: number): void {
    const { slots, mask } = this;
    let slot = spread(hash) & mask;
    while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
    slots[2 * slot] = hash;
    slots[2 * slot + 1] = row;
  }

  #extend(): void {
    const arena = new Int32Array(this.arena.length * 2);
    arena.set(this.arena);
    this.arena = arena;
  }

  #rehash(): void {
    const before = this.slots;
    this.slots = new Int32Array(before.length * 2);
    this.mask = this.slots.length / 2 - 1;
    for (let i = 0; i < before.length; i += 2) {
      if (before[i + 1] !== 0) this.#deal(before[i] as number, before[i + 1] as number);
    }
  }
}

/** Puts `count` waiting records into the table: rows from word `at` of `words` on, values from `from` on. */
export type AbsorbBytes = (
  table: ByteTable,
  words: Int32Array,
  at: number,
  values: readonly unknown[],
  from: number,
  count: number,
) => void;

/** Generated for each program, as `makeAbsorb` is. */
export function makeAbsorbBytes(id: number, { create, merge, site }: Merging): AbsorbBytes {
  const fail = (error: unknown, words: Int32Array, at: number, value: unknown): unknown => {
    const bytes = Buffer.from(words.buffer, words.byteOffset + 4 * (at + 2), words[at + 1]);
    return blame(error, site, [bytes.toString("latin1"), value]);
  };
  const names = { imul: Math.imul, create, merge, fail };
  const body = [
    '"use strict";',
    `return function absorbBytes${id}(t, words, at, vs, from, count) {`,
    "  const values = t.values;",
    "  let slots = t.slots, mask = t.mask, arena = t.arena;",
    "  for (let i = from; i < from + count; i++) {",
    "    const h = words[at], length = words[at + 1], size = (length + 3) >> 2, v = vs[i];",
    ...mixText.map(line => `    ${line}`),
    "    let p = m & mask, r, j;",
    "    while ((r = slots[2 * p + 1]) !== 0) {",
    "      if (slots[2 * p] === h && arena[r + 1] === length) {",
    "        for (j = 0; j < size && arena[r + 2 + j] === words[at + 2 + j]; j++);",
    "        if (j === size) break;",
    "      }",
    "      p = (p + 1) & mask;",
    "    }",
    "    try {",
    "      if (r !== 0) {",
    "        const e = arena[r];",
    "        values[e] = merge(values[e], v);",
    "      } else {",
    "        t.insert(h, length, words, at + 2, create(v));",
    "        slots = t.slots; mask = t.mask; arena = t.arena;",
    "      }",
    "    } catch (e) {",
    "      throw fail(e, words, at, v);",
    "    }",
    "    at += 2 + size;",
    "  }",
    "};",
    `//# sourceURL=dstreams-stage-${id}`,
  ].join("\n");
  return new Function(...Object.keys(names), body)(...Object.values(names)) as AbsorbBytes;
}
