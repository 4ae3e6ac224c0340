/**
 * The map side of `reduceByKey`: values are merged before they are sent.
 *
 *     few keys     records ─▶ one table, searched in the generated loop
 *     many keys    records ─▶ lanes by the first bits of the mixed hash ─▶ small tables (lanes.ts) ─▶ pieces by lane
 *
 * A table that outgrows the processor's cache costs a miss or two per record; dealing records out first, and then merging lane by
 * lane, keeps every table small. Which way is taken depends on how many keys have been seen, looked at between chunks: on the
 * data alone, never on time or memory, so that results are the same every time. For the same reason tables are sent on
 * (`flush`) when they hold a fixed number of keys.
 */
import { encodeColumns } from "../../codec/block.ts";
import { KeyTable } from "../../codec/key-table.ts";
import { type Place, placeOfHash } from "../../plan/placing.ts";
import type { MapOutput } from "../stages/protocol.ts";
import type { BlockStore } from "./block-store.ts";
import { BlockWriter } from "./block-writer.ts";
import type { AbsorbBytes } from "./byte-table.ts";
import { hashText, probeText, tableNames, tableVariables } from "./table-text.ts";
import type { Tail } from "./fused.ts";
import { notPair } from "./generate.ts";
import { KeyBytes } from "./key-bytes.ts";
import { Lanes, laneBits, laneCount } from "./lanes.ts";
import type { Absorb, Merging } from "./merging.ts";

/** Keys in the one table before records are dealt out to lanes. */
const singleTableKeys = 1 << 15;
/** Keys held before they are sent on. */
const heldKeys = 1 << 20;
/** Rows of a piece that is worth being one. */
const pieceRows = 4096;

export interface CombineOptions {
  readonly n: number;
  /** Undefined: by the hash. */
  readonly place: Place | undefined;
  readonly absorb: Absorb;
  /** Undefined where code cannot be generated: then there are no lanes. */
  readonly absorbBytes: AbsorbBytes | undefined;
}

export class MapCombine {
  table = new KeyTable();
  /** Of the table's keys, as far as word-loop.ts has met them. */
  keyBytes = new KeyBytes();
  /** Set when records are to be dealt out (`laneTail`), not put into the table (`directTail`). */
  lanes: Lanes | undefined;
  readonly #options: CombineOptions;
  readonly #writer: BlockWriter;

  constructor(store: BlockStore, options: CombineOptions) {
    this.#options = options;
    this.#writer = new BlockWriter(store, options.n);
  }

  /** Between chunks: changes the way, or sends keys on, when there are many. */
  settle(): void {
    if (this.lanes !== undefined) {
      if (this.lanes.size > heldKeys) this.#flush();
    } else if (this.table.size > singleTableKeys) {
      const { absorb, absorbBytes } = this.#options;
      if (absorbBytes !== undefined) this.#deal(new Lanes(absorb, absorbBytes));
      else if (this.table.size > heldKeys) this.#flush();
    }
  }

  finish(): MapOutput {
    this.#flush();
    return this.#writer.finish();
  }

  discard(): void {
    this.#writer.discard();
  }

  /** Moves the table's entries into lanes. */
  #deal(lanes: Lanes): void {
    this.table.forEach((key, hash, value) => lanes.adopt(key, hash, value));
    this.#empty();
    this.lanes = lanes;
  }

  #empty(): void {
    this.table = new KeyTable();
    this.keyBytes = new KeyBytes();
  }

  /** Everything merged so far goes to the writer. */
  #flush(): void {
    const { lanes } = this;
    if (lanes === undefined) {
      const parts = new Parts(this.#options);
      this.table.forEach(parts.add);
      parts.write(this.#writer, 0, 0);
      this.#empty();
      return;
    }
    lanes.drainAll();
    const pieces = lanes.size / (this.#options.n * pieceRows);
    const bits = Math.max(0, Math.min(laneBits, Math.round(Math.log2(pieces || 1))));
    const together = laneCount >> bits;
    for (let bucket = 0; bucket < 1 << bits; bucket++) {
      const parts = new Parts(this.#options);
      for (let lane = bucket * together; lane < (bucket + 1) * together; lane++) lanes.take(lane, parts.add);
      parts.write(this.#writer, bits, bucket);
    }
  }
}

/** Keys, values and hashes of records, side by side. */
export interface Rows {
  readonly keys: unknown[];
  readonly values: unknown[];
  readonly hashes: number[];
}

/** Rows by reduce partition. */
class Parts {
  readonly #parts: (Rows | undefined)[] = [];
  readonly #options: CombineOptions;

  constructor(options: CombineOptions) {
    this.#options = options;
  }

  readonly add = (key: unknown, hash: number, value: unknown): void => {
    const { n, place } = this.#options;
    const part = place === undefined ? placeOfHash(hash, n) : place(key);
    const rows = (this.#parts[part] ??= { keys: [], values: [], hashes: [] });
    rows.keys.push(key);
    rows.values.push(value);
    rows.hashes.push(hash);
  };

  write(writer: BlockWriter, bits: number, bucket: number): void {
    for (const [part, rows] of this.#parts.entries()) {
      if (rows !== undefined) writeRows(writer, part, bits, bucket, rows);
    }
  }
}

export function writeRows(writer: BlockWriter, part: number, bits: number, bucket: number, rows: Rows): void {
  const payload = encodeColumns([rows.keys, rows.values, Int32Array.from(rows.hashes)]);
  writer.add(part, { bits, bucket, rows: rows.keys.length, payload });
}

/** Merges into the one table. */
export function directTail({ create, merge, site }: Merging): Tail<MapCombine> {
  return {
    site,
    start: () => {
      throw new TypeError("a map-side combine is made by its stage");
    },
    accept: (state, record) => {
      const [key, value] = Array.isArray(record) ? (record as readonly unknown[]) : notPair(record);
      state.table.merge(key, value, create, merge);
      return true;
    },
    text: {
      names: { ...tableNames, create, merge },
      before: ["const t = s.table;", tableVariables],
      pair: (key, value) => [...hashText(key), ...probeText(key, value)],
    },
  };
}
