/**
 * Records in the order of their keys, stably.
 *
 *     chunks ─▶ sorted in memory ─▶ …                                         while there is room
 *     chunks ─▶ sorted runs, as blocks ─▶ merged, a chunk of each at a time    beyond that
 */
import { decodeBlock, encodeBlock } from "../../codec/block.ts";
import { compare } from "../../codec/order.ts";
import type { Chunk } from "../../plan/plan.ts";
import { BlockReader, type BlockStore } from "./block-store.ts";
import { BlockWriter } from "./block-writer.ts";
import { estimateElements } from "../../codec/estimate.ts";
import { notPair } from "./generate.ts";
import { piecesOf } from "./pieces.ts";
import type { BlockRef } from "../stages/protocol.ts";

/** Estimated bytes of records sorted at once. */
export const sortedBytes = 64 << 20;
const runChunk = 2048;

export interface SortOrder {
  readonly ascending: boolean;
  /** Of the record's key, what decides. */
  readonly keyOf?: (key: unknown) => unknown;
}

export function* sorted(
  chunks: Iterable<Chunk>,
  order: SortOrder,
  store: BlockStore,
  limit = sortedBytes,
): Generator<Chunk> {
  const runs: BlockRef[] = [];
  let records: unknown[] = [];
  let bytes = 0;
  try {
    for (const chunk of chunks) {
      for (const record of chunk) records.push(record);
      bytes += estimateElements(chunk);
      if (bytes <= limit) continue;
      runs.push(writeRun(sortInMemory(records, order), store));
      records = [];
      bytes = 0;
    }
    const rest = sortInMemory(records, order);
    if (runs.length === 0) {
      for (let i = 0; i < rest.length; i += runChunk) yield rest.slice(i, i + runChunk);
    } else {
      if (rest.length > 0) runs.push(writeRun(rest, store));
      yield* mergeRuns(runs, order);
    }
  } finally {
    for (const run of runs) store.discard(run);
  }
}

function writeRun(records: readonly unknown[], store: BlockStore): BlockRef {
  const writer = new BlockWriter(store, 1);
  try {
    for (let i = 0; i < records.length; i += runChunk) {
      const chunk = records.slice(i, i + runChunk);
      writer.add(0, { bits: 0, bucket: 0, rows: chunk.length, payload: encodeBlock(chunk) });
    }
    const { buffer, file, offsets } = writer.finish();
    return { ...(buffer && { buffer }), ...(file !== undefined && { file }), start: 0, end: offsets[1] ?? 0 };
  } finally {
    writer.discard();
  }
}

interface Run {
  readonly pieces: Iterator<Chunk>;
  readonly keys: unknown[];
  chunk: Chunk;
  at: number;
}

/** Takes the least of the runs' first records, again and again; among equals that of the earliest run. */
function* mergeRuns(refs: readonly BlockRef[], order: SortOrder): Generator<Chunk> {
  const readers = refs.map(ref => new BlockReader(ref));
  const sign = order.ascending ? 1 : -1;
  try {
    let runs = readers.map(reader => ({ pieces: chunksOfRun(reader), keys: [], chunk: [], at: -1 }) as Run);
    runs = runs.filter(run => advance(run, order));
    let out: unknown[] = [];
    while (runs.length > 0) {
      let best = runs[0] as Run;
      for (let i = 1; i < runs.length; i++) {
        const run = runs[i] as Run;
        if (sign * compare(run.keys[run.at], best.keys[best.at]) < 0) best = run;
      }
      if (out.push(best.chunk[best.at]) === runChunk) {
        yield out;
        out = [];
      }
      if (!advance(best, order)) runs.splice(runs.indexOf(best), 1);
    }
    if (out.length > 0) yield out;
  } finally {
    for (const reader of readers) reader.close();
  }
}

/** To the next record; false at the end. */
function advance(run: Run, order: SortOrder): boolean {
  run.at++;
  while (run.at >= run.chunk.length) {
    const step = run.pieces.next();
    if (step.done === true) return false;
    run.chunk = step.value;
    run.keys.length = 0;
    for (const record of run.chunk) run.keys.push(keyOf(record, order));
    run.at = 0;
  }
  return true;
}

function* chunksOfRun(reader: BlockReader): Generator<Chunk> {
  for (const piece of piecesOf(reader)) yield decodeBlock(piece.read());
}

function sortInMemory(records: readonly unknown[], order: SortOrder): unknown[] {
  const keys = records.map(record => keyOf(record, order));
  const compareKeys = comparison(keys);
  // Sorting the places, not the records, keeps each key computed once; JavaScript's sort is stable.
  const places = Array.from(records.keys());
  if (order.ascending) places.sort((a, b) => compareKeys(keys[a], keys[b]));
  else places.sort((a, b) => compareKeys(keys[b], keys[a]));
  return places.map(place => records[place]);
}

/** `compare`, or what it comes to when all keys are strings or all are numbers (and none is NaN). */
function comparison(keys: readonly unknown[]): (a: unknown, b: unknown) => number {
  if (keys.every(key => typeof key === "string")) return plainly as (a: unknown, b: unknown) => number;
  if (keys.every(key => typeof key === "number" && !Number.isNaN(key)))
    return plainly as (a: unknown, b: unknown) => number;
  return compare;
}

function plainly(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function keyOf(record: unknown, order: SortOrder): unknown {
  const key: unknown = Array.isArray(record) ? record[0] : notPair(record);
  return order.keyOf === undefined ? key : order.keyOf(key);
}
