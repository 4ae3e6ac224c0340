/**
 * The map side of a shuffle that merges nothing: records wait for their reduce partition, and go out as pieces when many do.
 * Two forms: whole records (`partitionBy`, `sortByKey`, `repartition`), or rows of key, value and hash (`groupByKey`).
 */
import { encodeBlock } from "../../codec/block.ts";
import { hashKey } from "../../codec/hash.ts";
import { type Place, placeOfHash } from "../../plan/placing.ts";
import type { MapOutput } from "../stages/protocol.ts";
import { BlockWriter } from "./block-writer.ts";
import type { BlockStore } from "./block-store.ts";
import { estimateSize } from "../../codec/estimate.ts";
import type { Tail } from "./fused.ts";
import { notPair } from "./generate.ts";
import { type Rows, writeRows } from "./map-combine.ts";

/** Records that wait, and their estimated bytes, before they go out. */
const waitingRecords = 1 << 17;
const waitingBytes = 32 << 20;

/** Where a record goes; called once a record, in order. */
export type PlaceRecord = (record: unknown) => number;

/** What waits, by reduce partition: an array of `W`. */
abstract class Scatter<W> {
  protected readonly parts: W[];
  protected readonly writer: BlockWriter;
  #waiting = 0;
  #bytes = 0;

  constructor(store: BlockStore, n: number) {
    this.writer = new BlockWriter(store, n);
    this.parts = Array.from({ length: n }, () => this.nothing());
  }

  settle(): void {
    if (this.#waiting > waitingRecords || this.#bytes > waitingBytes) this.#flush();
  }

  finish(): MapOutput {
    this.#flush();
    return this.writer.finish();
  }

  discard(): void {
    this.writer.discard();
  }

  /** A record was added. One in 64 is looked at, and stands for all of them. */
  protected added(record: unknown, beside?: unknown): void {
    if ((this.#waiting++ & 63) === 0) this.#bytes += 64 * (estimateSize(record) + estimateSize(beside));
  }

  protected abstract nothing(): W;
  /** Sends on what waits for a partition, if anything does. */
  protected abstract write(part: number, waiting: W): void;

  #flush(): void {
    for (const [part, waiting] of this.parts.entries()) {
      this.write(part, waiting);
      this.parts[part] = this.nothing();
    }
    this.#waiting = 0;
    this.#bytes = 0;
  }
}

/** Whole records. */
export class RecordScatter extends Scatter<unknown[]> {
  readonly #place: PlaceRecord;

  constructor(store: BlockStore, n: number, place: PlaceRecord) {
    super(store, n);
    this.#place = place;
  }

  add(record: unknown): void {
    (this.parts[this.#place(record)] as unknown[]).push(record);
    this.added(record);
  }

  protected nothing(): unknown[] {
    return [];
  }

  protected write(part: number, records: readonly unknown[]): void {
    if (records.length === 0) return;
    this.writer.add(part, { bits: 0, bucket: 0, rows: records.length, payload: encodeBlock(records) });
  }
}

/** Rows of key, value and hash, to be merged on the reduce side. */
export class RowScatter extends Scatter<Rows> {
  readonly #place: Place | undefined;

  constructor(store: BlockStore, n: number, place: Place | undefined) {
    super(store, n);
    this.#place = place;
  }

  add(key: unknown, value: unknown): void {
    const hash = hashKey(key);
    const part = this.#place === undefined ? placeOfHash(hash, this.parts.length) : this.#place(key);
    const rows = this.parts[part] as Rows;
    rows.keys.push(key);
    rows.values.push(value);
    rows.hashes.push(hash);
    this.added(key, value);
  }

  protected nothing(): Rows {
    return { keys: [], values: [], hashes: [] };
  }

  protected write(part: number, rows: Rows): void {
    if (rows.keys.length > 0) writeRows(this.writer, part, 0, 0, rows);
  }
}

export function recordTail(site: string): Tail<RecordScatter> {
  return {
    site,
    start: unstarted,
    accept: (state, record) => (state.add(record), true),
    text: { names: {}, record: record => [`s.add(${record});`] },
  };
}

export function rowTail(site: string): Tail<RowScatter> {
  return {
    site,
    start: unstarted,
    accept: (state, record) => {
      const [key, value] = Array.isArray(record) ? (record as readonly unknown[]) : notPair(record);
      state.add(key, value);
      return true;
    },
    text: { names: {}, pair: (key, value) => [`s.add(${key}, ${value});`] },
  };
}

/** A place for whole records by the partitioner of their keys. */
export function placeOfRecord(place: Place): PlaceRecord {
  return record => place(Array.isArray(record) ? record[0] : notPair(record));
}

function unstarted(): never {
  throw new TypeError("a shuffle's buffers are made by its stage");
}
