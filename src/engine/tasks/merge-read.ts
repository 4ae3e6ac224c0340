/**
 * The reduce side of `reduceByKey` and `groupByKey`: rows of all map outputs meet, equal keys merge.
 *
 *     pieces, in map order     buckets by the first bits of the mixed hash
 *     m0: ▢▢▢▢▢▢▢▢            ┌───┬───┬───┬───┐
 *     m1: ▢▢▢▢▢▢▢▢    ─────▶  │ 0 │ 1 │ 2 │ 3 │   one small table each, handed on and forgotten one after the other
 *     m2: ▣ (whole)           └───┴───┴───┴───┘
 *
 * Big map outputs come in pieces by bucket already: then only one bucket's table is in memory at a time. Pieces that hold all
 * keys are split here, several buckets in a pass, so that a pass never has more than `passRows` rows to merge. How many buckets
 * there are follows from the row counts alone, so the order of the result depends on the data only: bucket by bucket, and within
 * one by a key's first row; with few rows there is one bucket.
 */
import { type Column, decodeColumns } from "../../codec/block.ts";
import { KeyTable } from "../../codec/key-table.ts";
import { spread } from "../../codec/string-hash.ts";
import type { Chunk } from "../../plan/plan.ts";
import type { Absorb } from "./merging.ts";
import type { PieceRef } from "./pieces.ts";
import type { Rows } from "./map-combine.ts";

/** Rows that one table can merge while it stays in the cache. */
const bucketRows = 1 << 15;
/** Rows merged in one pass over pieces that are not in buckets. */
const passRows = 1 << 21;
const mostBits = 10;
const chunkSize = 4096;

/** Pairs of key and combined value, chunk by chunk. */
export function* mergePieces(pieces: readonly PieceRef[], absorb: Absorb): Generator<Chunk> {
  if (pieces.length === 0) return;
  const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
  const finest = pieces.reduce((least, piece) => Math.min(least, piece.bits), mostBits);
  const bits = Math.min(mostBits, Math.max(0, Math.ceil(Math.log2(rows / bucketRows))));
  const perPass = finest >= bits ? 1 : Math.max(1, Math.floor(((1 << bits) * passRows) / rows));
  for (let first = 0; first < 1 << bits; first += perPass) {
    const last = Math.min(1 << bits, first + perPass);
    for (const table of mergeBuckets(pieces, absorb, bits, first, last)) yield* pairsOf(table);
  }
}

/** The tables of buckets `[first, last)`. */
function mergeBuckets(
  pieces: readonly PieceRef[],
  absorb: Absorb,
  bits: number,
  first: number,
  last: number,
): KeyTable[] {
  const tables = Array.from({ length: last - first }, () => new KeyTable());
  for (const piece of pieces) {
    if (piece.bits >= bits) {
      const bucket = piece.bucket >>> (piece.bits - bits);
      const table = tables[bucket - first];
      if (table === undefined) continue;
      const [keys, values, hashes] = columnsOf(piece);
      absorb(table, keys, values, hashes, 0, keys.length);
    } else if (overlaps(piece, bits, first, last)) {
      split(piece, bits, first, tables, absorb);
    }
  }
  return tables;
}

function overlaps(piece: PieceRef, bits: number, first: number, last: number): boolean {
  const shift = bits - piece.bits;
  return piece.bucket << shift < last && (piece.bucket + 1) << shift > first;
}

/** Deals the rows of a piece out to their buckets' tables. */
function split(piece: PieceRef, bits: number, first: number, tables: readonly KeyTable[], absorb: Absorb): void {
  const [keys, values, hashes] = columnsOf(piece);
  const parts: (Rows | undefined)[] = [];
  for (let i = 0; i < keys.length; i++) {
    const hash = hashes[i] as number;
    const bucket = (bits === 0 ? 0 : spread(hash) >>> (32 - bits)) - first;
    if (bucket < 0 || bucket >= tables.length) continue;
    const rows = (parts[bucket] ??= { keys: [], values: [], hashes: [] });
    rows.keys.push(keys[i]);
    rows.values.push(values[i]);
    rows.hashes.push(hash);
  }
  for (const [bucket, rows] of parts.entries()) {
    if (rows !== undefined)
      absorb(tables[bucket] as KeyTable, rows.keys, rows.values, rows.hashes, 0, rows.keys.length);
  }
}

function columnsOf(piece: PieceRef): [keys: Column, values: Column, hashes: ArrayLike<number>] {
  const [keys = [], values = [], hashes = []] = decodeColumns(piece.read());
  return [keys, values, hashes as ArrayLike<number>];
}

function* pairsOf({ keys, values }: KeyTable): Generator<Chunk> {
  for (let from = 1; from < keys.length; from += chunkSize) {
    const to = Math.min(keys.length, from + chunkSize);
    const chunk: unknown[] = [];
    for (let entry = from; entry < to; entry++) chunk.push([keys[entry], values[entry]]);
    yield chunk;
  }
}
