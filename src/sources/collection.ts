/** Records that come from the program itself: arrays, iterables, ranges of numbers. */
import { require } from "../base/errors.ts";
import { portable } from "../closure/portable.ts";
import { decodeBlock, encodeBlock } from "../codec/block.ts";
import type { Chunk, Reader } from "../plan/plan.ts";

/** Encoded records in memory that all threads share: only the reference travels. Absent when there are none. */
export interface CollectionSplit {
  readonly buffer?: SharedArrayBuffer;
  /** Where the blocks lie in it, one after the other. */
  readonly blocks: readonly (readonly [start: number, length: number])[];
}

/** Numbers that are made where they are used. */
export interface RangeSplit {
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/** Records in a block, and so in a chunk: enough to make columns worth while, few enough to stay in the cache. */
const recordsPerBlock = 2048;

/** What is small stays whole until all has come, so that it can be cut evenly. */
const recordsBeforeBlocks = 64 * 1024;

const numbersPerChunk = 1024;

const noRecords: CollectionSplit = { blocks: [] };

/** The splits of `parallelize`: slice i holds the elements from `i · length / n` on, as in Spark. The array may change afterwards. */
export function collectionSplits(records: readonly unknown[], numSlices: number): CollectionSplit[] {
  return slices(records.length, numSlices).map(([from, to]) => shared(encodeBlocks(records.slice(from, to))));
}

/**
 * The splits of what an iterable yields, in its order. It is read to its end, encoded block by block as it comes, so that the records
 * themselves need not all be held.
 */
export async function iterableSplits(
  records: Iterable<unknown> | AsyncIterable<unknown>,
  numSlices: number,
): Promise<CollectionSplit[]> {
  const blocks: Uint8Array[] = [];
  let held: unknown[] = [];
  let limit = recordsBeforeBlocks;
  for await (const record of records) {
    if (held.push(record) < limit) continue;
    blocks.push(...encodeBlocks(held));
    held = [];
    limit = recordsPerBlock;
  }
  if (blocks.length === 0) return collectionSplits(held, numSlices);
  blocks.push(...encodeBlocks(held));
  return slices(blocks.length, numSlices).map(([from, to]) => shared(blocks.slice(from, to)));
}

/** The splits of `range(start, end, step)`: `start`, `start + step`, … up to but without `end`. */
export function rangeSplits(start: number, end: number, step: number, numSlices: number): RangeSplit[] {
  require([start, end, step].every(Number.isSafeInteger), "range needs whole numbers that a double can hold exactly");
  require(step !== 0, "step cannot be 0");
  const count = Math.max(0, Math.ceil((end - start) / step));
  return slices(count, numSlices).map(([from, to]) => ({ first: start + from * step, count: to - from, step }));
}

/** Yields the records of a `CollectionSplit`. */
export const collectionReader = portable(import.meta.url, "collectionReader", () => readCollection);

/** Yields the numbers of a `RangeSplit`. */
export const rangeReader = portable(import.meta.url, "rangeReader", () => readRange);

const readCollection: Reader = split => readBlocks(split as CollectionSplit);
const readRange: Reader = Object.assign((split: unknown) => count(split as RangeSplit), {
  numbers: (split: unknown) => split as RangeSplit,
});

function* readBlocks({ buffer, blocks }: CollectionSplit): Generator<Chunk> {
  if (!buffer) return;
  for (const [start, length] of blocks) yield decodeBlock(new Uint8Array(buffer, start, length));
}

function* count({ first, count, step }: RangeSplit): Generator<Chunk> {
  for (let done = 0; done < count; done += numbersPerChunk) {
    const length = Math.min(numbersPerChunk, count - done);
    const numbers = new Array<number>(length);
    const base = first + done * step;
    for (let i = 0; i < length; i++) numbers[i] = base + i * step;
    yield numbers;
  }
}

/** Where the slices begin and end: `[i · length / n, (i+1) · length / n)`. */
function slices(length: number, numSlices: number): [from: number, to: number][] {
  require(Number.isSafeInteger(numSlices) && numSlices > 0, "Positive number of partitions required");
  const at = (i: number): number => Math.floor((i * length) / numSlices);
  return Array.from({ length: numSlices }, (_, i) => [at(i), at(i + 1)]);
}

function encodeBlocks(records: readonly unknown[]): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < records.length; at += recordsPerBlock)
    blocks.push(encodeBlock(records.slice(at, at + recordsPerBlock)));
  return blocks;
}

/** One buffer for all; blocks begin at multiples of 8, where columns of numbers can be read in place. */
function shared(encoded: readonly Uint8Array[]): CollectionSplit {
  if (encoded.length === 0) return noRecords;
  let size = 0;
  const blocks = encoded.map(({ length }): [number, number] => {
    const start = size;
    size = Math.ceil((start + length) / 8) * 8;
    return [start, length];
  });
  const buffer = new SharedArrayBuffer(size);
  const bytes = new Uint8Array(buffer);
  for (const [i, block] of encoded.entries()) bytes.set(block, blocks[i]?.[0]);
  return { buffer, blocks };
}
