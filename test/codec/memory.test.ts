/** Where blocks lie: shared memory, odd offsets, one after the other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { decodeBlock, decodeColumns, encodeBlock, encodeColumns } from "../../src/codec/block.ts";
import { assertSameRecords } from "./same.ts";

const records = Array.from({ length: 300 }, (_, i) => [
  `key ${i}`,
  i / 7,
  "x".repeat(i % 140),
  "日".repeat(i % 20),
  i % 3 === 0 ? null : 5n,
  new Date(i),
  Buffer.from([i]),
  ["a", i],
]);

test("a block in shared memory, written there and read there", () => {
  const shared = new SharedArrayBuffer(1 << 20);
  const block = encodeBlock(records, size => new Uint8Array(shared, 64, size));
  assert.equal(block.buffer, shared);
  assertSameRecords(decodeBlock(block), records);
});

test("what was decoded keeps no hold of the block", () => {
  const block = encodeBlock(records);
  const back = decodeBlock(block);
  block.fill(0xff);
  assertSameRecords(back, records);
});

test("blocks at any offset, aligned or not", () => {
  const block = encodeBlock(records);
  for (let offset = 0; offset < 9; offset++) {
    const memory = new Uint8Array(block.length + offset);
    memory.set(block, offset);
    assertSameRecords(decodeBlock(memory.subarray(offset)), records);
  }
});

test("sizes are multiples of 8, so that blocks follow one another aligned", () => {
  for (let n = 0; n < 20; n++) assert.equal(encodeBlock(records.slice(0, n)).length % 8, 0);
});

test("typed columns are views where aligned, copies elsewhere", () => {
  const hashes = Int32Array.from({ length: 99 }, (_, i) => i * 31);
  const doubles = Float64Array.from(hashes, hash => hash / 3);
  const block = encodeColumns(
    [hashes, Array.from(hashes, String), doubles],
    size => new Uint8Array(new SharedArrayBuffer(size)),
  );
  const [inPlace, , doublesInPlace] = decodeColumns(block);
  assert.equal((inPlace as Int32Array).buffer, block.buffer);
  assert.equal((doublesInPlace as Float64Array).buffer, block.buffer);
  const moved = new Uint8Array(block.length + 1);
  moved.set(block, 1);
  const [copied, , doublesCopied] = decodeColumns(moved.subarray(1));
  assert.notEqual((copied as Int32Array).buffer, moved.buffer);
  assert.deepEqual([copied, doublesCopied], [hashes, doubles]);
});

test("columns of different lengths are a mistake of the caller", () => {
  assert.throws(() => encodeColumns([[1, 2], [1]]), /do not belong together/);
});

test("a kept string keeps a window of its block alive at most", () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const kept: string[] = [];
  gc();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 20; i++) {
    const block = encodeBlock(Array.from({ length: 20_000 }, (_, j) => `some user's key number ${i * 100_000 + j}`));
    kept.push(decodeBlock(block)[i * 7] as string);
  }
  gc();
  assert.equal(kept.length, 20);
  // The 20 blocks hold 12 MB of characters.
  assert.ok(process.memoryUsage().heapUsed - before < 2 << 20);
});
