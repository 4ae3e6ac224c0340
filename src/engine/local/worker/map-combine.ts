/**
 * The map side of `reduceByKey`: values are merged before they are sent.
 *
 *     few keys     records ─▶ one table, searched in the generated loop
 *     many keys    records ─▶ 256 lanes by the first bits of the mixed hash ─▶ a small table each ─▶ pieces by lane
 *
 * A table that outgrows the processor's cache costs a miss or two per record; dealing records out first, and then merging lane by
 * lane, keeps every table small. Which way is taken depends on how many keys have been seen, looked at between chunks: on the
 * data alone, never on time or memory, so that results are the same every time. For the same reason a table is sent on
 * (`flush`) when it holds a fixed number of keys.
 */
import type { MapOutput } from "../protocol.ts";
import { encodeColumns } from "../../../codec/block.ts";
import { hashKey } from "../../../codec/hash.ts";
import { spread } from "../../../codec/string-hash.ts";
import { BlockWriter } from "./block-writer.ts";
import type { BlockStore } from "./block-store.ts";
import { CombineTable, hashText, probeText, tableNames, tableVariables } from "./combine-table.ts";
import type { Tail } from "./fused.ts";
import { notPair } from "./generate.ts";
import type { Absorb, Merging } from "./merging.ts";
import { type Place, placeOfHash } from "./placing.ts";

const laneBits = 8;
const lanes = 1 << laneBits;
/** Records that wait in a lane before they are merged. */
const laneRoomBits = 10;
const laneRoom = 1 << laneRoomBits;

/** Keys in the one table before records are dealt out to lanes. */
export const singleTableKeys = 1 << 15;
/** Keys held before they are sent on. */
export const heldKeys = 1 << 20;
/** Rows of a piece that is worth being one. */
const pieceRows = 4096;

export interface CombineOptions {
  readonly n: number;
  /** Undefined: by the hash. */
  readonly place: Place | undefined;
  readonly merging: Merging;
  readonly absorb: Absorb;
}

export class MapCombine {
  table = new CombineTable();
  /** Waiting records of all lanes, `laneRoom` each; `fill` says how many. */
  keys: unknown[] = [];
  values: unknown[] = [];
  hashes = new Int32Array(0);
  readonly fill = new Int32Array(lanes);
  #lanes: CombineTable[] | undefined;
  readonly merging: Merging;
  readonly #options: CombineOptions;
  readonly #writer: BlockWriter;

  constructor(store: BlockStore, options: CombineOptions) {
    this.merging = options.merging;
    this.#options = options;
    this.#writer = new BlockWriter(store, options.n);
  }

  /** True when records are to be dealt out to lanes (`scatterTail`), not put into the table (`directTail`). */
  get scatters(): boolean {
    return this.#lanes !== undefined;
  }

  /** Merges what waits in a lane. */
  drain(lane: number): void {
    const from = lane << laneRoomBits;
    const waiting = this.fill[lane] as number;
    this.#options.absorb(
      this.#lanes?.[lane] as CombineTable,
      this.keys,
      this.values,
      this.hashes,
      from,
      from + waiting,
    );
    this.fill[lane] = 0;
  }

  /** Merges one record at once; for code that is not generated. */
  mergeInLane(key: unknown, value: unknown): void {
    const lane = spread(hashKey(key)) >>> (32 - laneBits);
    const { create, merge } = this.merging;
    (this.#lanes?.[lane] as CombineTable).merge(key, value, create, merge);
  }

  /** Between chunks: changes the way, or sends keys on, when there are many. */
  settle(): void {
    if (this.#lanes === undefined) {
      if (this.table.size > singleTableKeys) this.#deal();
    } else if (this.#lanes.reduce((sum, lane) => sum + lane.size, 0) > heldKeys) {
      this.#flush();
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
  #deal(): void {
    const tables = Array.from({ length: lanes }, () => new CombineTable());
    const { keys, values, hashes } = this.table;
    for (let entry = 1; entry < keys.length; entry++) {
      const hash = hashes[entry] as number;
      (tables[spread(hash) >>> (32 - laneBits)] as CombineTable).insert(keys[entry], hash, values[entry]);
    }
    this.table = new CombineTable();
    this.keys = new Array<unknown>(lanes * laneRoom).fill(undefined);
    this.values = new Array<unknown>(lanes * laneRoom).fill(undefined);
    this.hashes = new Int32Array(lanes * laneRoom);
    this.#lanes = tables;
  }

  /** Everything merged so far goes to the writer. */
  #flush(): void {
    if (this.#lanes === undefined) {
      if (this.table.size > 0) this.#write([this.table], 0, 0);
      this.table = new CombineTable();
      return;
    }
    for (let lane = 0; lane < lanes; lane++) if ((this.fill[lane] as number) > 0) this.drain(lane);
    const rows = this.#lanes.reduce((sum, lane) => sum + lane.size, 0);
    const bits = Math.max(0, Math.min(laneBits, Math.round(Math.log2(rows / (this.#options.n * pieceRows) || 1))));
    const together = 1 << (laneBits - bits);
    for (let bucket = 0; bucket < 1 << bits; bucket++) {
      this.#write(this.#lanes.slice(bucket * together, (bucket + 1) * together), bits, bucket);
    }
    this.#lanes = this.#lanes.map(() => new CombineTable());
  }

  /** The entries of some tables, as one piece for every reduce partition that gets any. */
  #write(tables: readonly CombineTable[], bits: number, bucket: number): void {
    const { n, place } = this.#options;
    const parts: (Rows | undefined)[] = [];
    for (const { keys, values, hashes } of tables) {
      for (let entry = 1; entry < keys.length; entry++) {
        const hash = hashes[entry] as number;
        const part = place === undefined ? placeOfHash(hash, n) : place(keys[entry]);
        const rows = (parts[part] ??= { keys: [], values: [], hashes: [] });
        rows.keys.push(keys[entry]);
        rows.values.push(values[entry]);
        rows.hashes.push(hash);
      }
    }
    for (const [part, rows] of parts.entries()) {
      if (rows !== undefined) writeRows(this.#writer, part, bits, bucket, rows);
    }
  }
}

/** Keys, values and hashes of records, side by side. */
export interface Rows {
  readonly keys: unknown[];
  readonly values: unknown[];
  readonly hashes: number[];
}

export function writeRows(writer: BlockWriter, part: number, bits: number, bucket: number, rows: Rows): void {
  const payload = encodeColumns([rows.keys, rows.values, Int32Array.from(rows.hashes)]);
  writer.add(part, { bits, bucket, rows: rows.keys.length, payload });
}

/** Merges into the one table. */
export function directTail({ create, merge, site }: Merging): Tail<MapCombine> {
  return {
    site,
    start: unstarted,
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

/** Deals out to the lanes. */
export function scatterTail(site: string): Tail<MapCombine> {
  return {
    site,
    start: unstarted,
    accept: (state, record) => {
      const [key, value] = Array.isArray(record) ? (record as readonly unknown[]) : notPair(record);
      state.mergeInLane(key, value);
      return true;
    },
    text: {
      names: tableNames,
      before: ["const ks = s.keys, vs = s.values, hs = s.hashes, fill = s.fill;"],
      pair: (key, value) => [
        ...hashText(key),
        `const lane = m >>> ${32 - laneBits}, x = (lane << ${laneRoomBits}) + fill[lane];`,
        `ks[x] = ${key};`,
        `vs[x] = ${value};`,
        "hs[x] = h;",
        `if (++fill[lane] === ${laneRoom}) s.drain(lane);`,
      ],
    },
  };
}

function unstarted(): never {
  throw new TypeError("a map-side combine is made by its stage");
}
