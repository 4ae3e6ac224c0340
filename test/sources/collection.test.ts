import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  collectionReader,
  collectionSplits,
  iterableSplits,
  rangeReader,
  rangeSplits,
} from "../../src/sources/collection.ts";
import { coded, readAll } from "./support.ts";

test("slices are Spark's: from i·len/n on", async () => {
  assert.deepEqual(await readAll(collectionReader(), collectionSplits([0, 1, 2, 3, 4], 3)), [[0], [1, 2], [3, 4]]);
  assert.deepEqual(await readAll(collectionReader(), collectionSplits(["a"], 3)), [[], [], ["a"]]);
  assert.deepEqual(await readAll(collectionReader(), collectionSplits([], 2)), [[], []]);
  assert.throws(
    () => collectionSplits([], 0),
    coded("DSTREAMS_ILLEGAL_ARGUMENT", /Positive number of partitions required/),
  );
});

test("records come back as they were, in order, and later changes of the array do not matter", async () => {
  const record = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.constantFrom(null, undefined, true, 1n),
    fc.tuple(fc.string(), fc.nat()),
    fc.object(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(record), fc.integer({ min: 1, max: 5 }), async (records, n) => {
      const original = structuredClone(records);
      const splits = collectionSplits(records, n);
      records.length = 0;
      assert.deepEqual((await readAll(collectionReader(), structuredClone(splits))).flat(), original);
    }),
  );
});

test("more than one block a slice", async () => {
  const records = Array.from({ length: 10_001 }, (_, i) => [`key ${i}`, i]);
  assert.deepEqual((await readAll(collectionReader(), collectionSplits(records, 2))).flat(), records);
});

test("iterables, synchronous and not, short and long", async () => {
  async function* numbers(count: number): AsyncGenerator<number> {
    for (let i = 0; i < count; i++) yield i;
  }
  for (const count of [0, 5, 64 * 1024, 150_000]) {
    const expected = Array.from({ length: count }, (_, i) => i);
    const partitions = await readAll(collectionReader(), await iterableSplits(numbers(count), 3));
    assert.equal(partitions.length, 3);
    assert.deepEqual(partitions.flat(), expected);
    assert.ok(partitions.every(partition => Math.abs(partition.length - count / 3) <= 2048));
  }
  assert.deepEqual(await readAll(collectionReader(), await iterableSplits(new Set(["x", "y"]), 2)), [["x"], ["y"]]);
  await assert.rejects(
    iterableSplits(
      (async function* () {
        yield 1;
        throw new Error("source broke");
      })(),
      2,
    ),
    /source broke/,
  );
});

test("ranges are made where they are read", async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -50, max: 50 }),
      fc.integer({ min: -50, max: 50 }),
      fc.integer({ min: -7, max: 7 }).filter(step => step !== 0),
      fc.integer({ min: 1, max: 6 }),
      (start, end, step, n) => {
        const expected: number[] = [];
        for (let x = start; step > 0 ? x < end : x > end; x += step) expected.push(x);
        const found = rangeSplits(start, end, step, n).flatMap(split =>
          [...(rangeReader()(split) as Iterable<number[]>)].flat(),
        );
        assert.deepEqual(found, expected);
      },
    ),
  );
  assert.deepEqual(
    (await readAll(rangeReader(), rangeSplits(0, 5000, 1, 2))).map(part => part.length),
    [2500, 2500],
  );
  assert.throws(() => rangeSplits(0, 5, 0, 1), coded("DSTREAMS_ILLEGAL_ARGUMENT", /step cannot be 0/));
  assert.throws(() => rangeSplits(0, 0.5, 1, 1), coded("DSTREAMS_ILLEGAL_ARGUMENT", /whole numbers/));
});
