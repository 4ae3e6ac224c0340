/**
 * Many keys, dealt out to lanes by the first bits of their mixed hash before they are merged: each lane has small tables, which
 * stay in the processor's cache while a batch of waiting records is merged into them.
 *
 *     record ─▶ lane = first bits ─┬─ a short Latin-1 string: [hash, length, bytes] waits in `words` ─▶ ByteTable
 *                                  └─ any other key: waits in `keys`, `hashes`                     ─▶ KeyTable
 *
 * Strings wait as bytes because a waiting string would have to survive garbage collections, and would be fetched from main memory
 * again when its turn comes.
 */
import { KeyTable } from "../../codec/key-table.ts";
import { spread } from "../../codec/string-hash.ts";
import { type AbsorbBytes, ByteTable, longestByteKey } from "./byte-table.ts";
import { mixText, tableNames } from "./table-text.ts";
import type { Tail } from "./fused.ts";
import type { Absorb } from "./merging.ts";
import type { WordText } from "./word-loop.ts";

export const laneBits = 7;
export const laneCount = 1 << laneBits;

/** Words for waiting byte keys, and places for their values, in each lane. */
const wordBits = 14;
const placeBits = 12;
/** A row must fit behind this. */
const fullWords = (1 << wordBits) - (2 + longestByteKey / 4);
/** Places for other keys in each lane. */
const otherBits = 9;

export class Lanes {
  readonly words = new Int32Array(laneCount << wordBits);
  readonly bytes = new Uint8Array(this.words.buffer);
  /** Words and values waiting, by lane. */
  readonly filled = new Int32Array(laneCount);
  readonly counts = new Int32Array(laneCount);
  readonly values: unknown[] = new Array<unknown>(laneCount << placeBits).fill(0);
  readonly otherKeys: unknown[] = new Array<unknown>(laneCount << otherBits).fill(0);
  readonly otherValues: unknown[] = new Array<unknown>(laneCount << otherBits).fill(0);
  readonly otherHashes = new Int32Array(laneCount << otherBits);
  readonly otherCounts = new Int32Array(laneCount);
  #byteTables = Array.from({ length: laneCount }, () => new ByteTable());
  #otherTables = Array.from({ length: laneCount }, () => new KeyTable());
  readonly #absorb: Absorb;
  readonly #absorbBytes: AbsorbBytes;

  constructor(absorb: Absorb, absorbBytes: AbsorbBytes) {
    this.#absorb = absorb;
    this.#absorbBytes = absorbBytes;
  }

  /** Distinct keys in the tables. */
  get size(): number {
    let size = 0;
    for (let lane = 0; lane < laneCount; lane++) {
      size += (this.#byteTables[lane] as ByteTable).size + (this.#otherTables[lane] as KeyTable).size;
    }
    return size;
  }

  /** Takes over a key that is combined already. */
  adopt(key: unknown, hash: number, value: unknown): void {
    const lane = spread(hash) >>> (32 - laneBits);
    if (!isByteKey(key)) {
      (this.#otherTables[lane] as KeyTable).insert(key, hash, value);
      return;
    }
    const words = new Int32Array((key.length + 3) >> 2);
    Buffer.from(words.buffer).write(key, "latin1");
    (this.#byteTables[lane] as ByteTable).insert(hash, key.length, words, 0, value);
  }

  /** Merges the byte keys that wait in a lane. */
  drain(lane: number): void {
    const table = this.#byteTables[lane] as ByteTable;
    const count = this.counts[lane] as number;
    this.#absorbBytes(table, this.words, lane << wordBits, this.values, lane << placeBits, count);
    this.filled[lane] = 0;
    this.counts[lane] = 0;
  }

  /** Merges the other keys that wait in a lane. */
  drainOthers(lane: number): void {
    const from = lane << otherBits;
    const to = from + (this.otherCounts[lane] as number);
    const table = this.#otherTables[lane] as KeyTable;
    this.#absorb(table, this.otherKeys, this.otherValues, this.otherHashes, from, to);
    this.otherCounts[lane] = 0;
  }

  drainAll(): void {
    for (let lane = 0; lane < laneCount; lane++) {
      this.drain(lane);
      this.drainOthers(lane);
    }
  }

  /** The keys of a lane, which is empty afterwards. */
  take(lane: number, visit: (key: unknown, hash: number, value: unknown) => void): void {
    (this.#byteTables[lane] as ByteTable).forEach(visit);
    (this.#otherTables[lane] as KeyTable).forEach(visit);
    this.#byteTables[lane] = new ByteTable();
    this.#otherTables[lane] = new KeyTable();
  }
}

function isByteKey(key: unknown): key is string {
  if (typeof key !== "string" || key.length > longestByteKey) return false;
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) > 255) return false;
  return true;
}

/** The end of a loop that deals records out; its state has them as `lanes`. */
export function laneTail<S>(site: string): Tail<S> {
  const unused = (): never => {
    throw new TypeError("records are dealt out to lanes by generated loops only");
  };
  return {
    site,
    start: unused,
    accept: unused,
    text: {
      names: tableNames,
      before: laneVariables,
      pair: laneText,
    },
  };
}

const laneVariables = [
  "const l = s.lanes, words = l.words, bytes = l.bytes, filled = l.filled, counts = l.counts, vs = l.values;",
  "const oks = l.otherKeys, ovs = l.otherValues, ohs = l.otherHashes, ons = l.otherCounts;",
];

function laneText(k: string, v: string): string[] {
  return [
    "let h = 0, wide = 256;",
    `if (typeof ${k} === "string") {`,
    "  wide = 0;",
    `  for (let c = 0; c < ${k}.length; c++) {`,
    `    const code = ${k}.charCodeAt(c);`,
    "    h = (imul(h, 31) + code) | 0;",
    "    wide |= code;",
    "  }",
    `} else if (typeof ${k} !== "number" || (h = ${k} | 0) !== ${k}) h = hashKey(${k});`,
    ...mixText,
    ...dealText({
      fits: `wide < 256 && ${k}.length <= ${longestByteKey}`,
      length: `${k}.length`,
      byte: c => `${k}.charCodeAt(${c})`,
      key: k,
      value: v,
    }),
  ];
}

/** The same for a word that is bytes; see `WordText`. */
export const laneWordText: WordText = {
  before: laneVariables,
  word: dealText({
    fits: `n <= ${longestByteKey}`,
    length: "n",
    byte: c => `text[from + ${c}]`,
    key: 'text.toString("latin1", from, at)',
    value: "v",
  }),
};

interface Dealt {
  /** Says whether the key can wait as bytes. */
  readonly fits: string;
  readonly length: string;
  readonly byte: (index: string) => string;
  readonly key: string;
  readonly value: string;
}

/** Puts a key with the hash `h`, mixed `m`, and a value where they wait. */
function dealText({ fits, length, byte, key, value }: Dealt): string[] {
  return [
    `const lane = m >>> ${32 - laneBits};`,
    `if (${fits}) {`,
    `  const size = (${length} + 3) >> 2, w = (lane << ${wordBits}) + filled[lane], count = counts[lane]++;`,
    "  words[w] = h;",
    `  words[w + 1] = ${length};`,
    "  if (size !== 0) words[w + 1 + size] = 0;",
    `  for (let c = 0, b = (w + 2) << 2; c < ${length}; c++, b++) bytes[b] = ${byte("c")};`,
    `  vs[(lane << ${placeBits}) + count] = ${value};`,
    `  if ((filled[lane] += 2 + size) > ${fullWords} || count === ${(1 << placeBits) - 1}) l.drain(lane);`,
    "} else {",
    `  const x = (lane << ${otherBits}) + ons[lane];`,
    `  oks[x] = ${key};`,
    `  ovs[x] = ${value};`,
    "  ohs[x] = h;",
    `  if (++ons[lane] === ${1 << otherBits}) l.drainOthers(lane);`,
    "}",
  ];
}
