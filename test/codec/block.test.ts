import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decodeBlock,
  decodeColumns,
  decodeValue,
  encodeBlock,
  encodeColumns,
  encodeValue,
} from "../../src/codec/block.ts";
import { alikeRecords, anyString, anyValue } from "./arbitrary.ts";
import { assertSame, assertSameRecords } from "./same.ts";

const roundTrip = (records: readonly unknown[]): unknown[] => decodeBlock(encodeBlock(records));

test("any value comes back as it was", () => {
  fc.assert(
    fc.property(anyValue, value => assertSame(decodeValue(encodeValue(value)), value)),
    { numRuns: 1500 },
  );
});

test("any records come back as they were", () => {
  fc.assert(
    fc.property(fc.array(anyValue), records => assertSameRecords(roundTrip(records), records)),
    { numRuns: 500 },
  );
});

test("records that are alike come back as they were", () => {
  fc.assert(
    fc.property(alikeRecords, records => assertSameRecords(roundTrip(records), records)),
    { numRuns: 700 },
  );
});

test("columns come back as they were", () => {
  fc.assert(
    fc.property(alikeRecords, alikeRecords, (a, b) => {
      const length = Math.min(a.length, b.length);
      const [keys, values] = [a.slice(0, length), b.slice(0, length)];
      const hashes = Int32Array.from(keys, (_, i) => i * 1e6);
      const doubles = Float64Array.from(keys, (_, i) => i / 3);
      const columns = decodeColumns(encodeColumns([keys, hashes, values, doubles]));
      assertSameRecords(columns[0] as unknown[], keys);
      assert.deepEqual(columns[1], hashes);
      assertSameRecords(columns[2] as unknown[], values);
      assert.deepEqual(columns[3], doubles);
    }),
    { numRuns: 200 },
  );
});

test("long columns of strings of every kind come back as they were", () => {
  const strings = fc.array(anyString, { minLength: 100, maxLength: 400, size: "max" });
  fc.assert(
    fc.property(strings, values => assert.deepEqual(roundTrip(values), values)),
    { numRuns: 100 },
  );
  const few = fc.array(fc.constantFrom("a", "b", "\ud800", "日本", "x".repeat(200), ""), {
    minLength: 100,
    maxLength: 1000,
    size: "max",
  });
  fc.assert(
    fc.property(few, values => assert.deepEqual(roundTrip(values), values)),
    { numRuns: 50 },
  );
});

test("a string of 10 MB, of either kind", () => {
  const narrow = "xyz\u0000é".repeat(2_000_000);
  const wide = `${narrow}\udc00`;
  const back = roundTrip([narrow, wide, "a", narrow]);
  assert.ok(back[0] === narrow && back[1] === wide && back[2] === "a" && back[3] === narrow);
});

test("no records, no columns", () => {
  assert.deepEqual(roundTrip([]), []);
  assert.deepEqual(decodeColumns(encodeColumns([])), []);
  assert.deepEqual(decodeColumns(encodeColumns([[], new Int32Array(0)])), [[], new Int32Array(0)]);
});

test("the edges of the number widths", () => {
  for (const edge of [
    -129,
    -128,
    127,
    128,
    255,
    256,
    -32769,
    -32768,
    32767,
    32768,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31) - 1,
    0.5,
    -0,
  ]) {
    assertSameRecords(roundTrip([0, 1, 2, 3, edge]), [0, 1, 2, 3, edge]);
    assertSame(decodeValue(encodeValue(edge)), edge);
  }
});

test("numbers take as little room as they need", () => {
  const size = (value: number): number => encodeBlock(new Array(800).fill(value)).length;
  assert.ok(size(100) <= 816 && size(-1) <= 816 && size(255) <= 816);
  assert.ok(size(1000) <= 1616 && size(70_000) <= 3216 && size(0.1) <= 6416);
});

test("within a record, shared and cyclic references stay; between records, nothing is shared", () => {
  const shared = { name: "shared" };
  const cyclic: Record<string, unknown> = { id: 1 };
  cyclic["self"] = cyclic;
  const ring: unknown[] = [1];
  ring.push([ring]);
  const date = new Date(5);
  const error = new Error("outer");
  error.cause = error;
  const map = new Map<unknown, unknown>();
  map.set("me", map);
  const kinds: ((i?: number) => unknown)[] = [
    () => [shared, shared],
    () => ({ a: shared, b: { c: shared } }),
    () => cyclic,
    () => ring,
    () => [date, date],
    () => [date, [date, 1]],
    () => ({ date, list: [date] }),
    () => [shared, new Map([["x", shared]])],
    () => [new Map([["x", shared]]), shared],
    () => ["k", [shared, shared]],
    () => ["k", [[shared], [shared]]],
    () => [new Set([shared]), [shared]],
    () => [null, shared, shared],
    () => error,
    () => map,
    // Lists of different lengths, so that they are no tuples.
    (i = 1) => ["k", new Array(2 + (i % 3)).fill(shared)],
    (i = 1) => ["k", new Array(12 + (i % 3)).fill(shared)],
    (i = 1) => [new Array(1 + (i % 3)).fill(0).map(() => ({ a: shared }))],
    (i = 1) => [new Array(1 + (i % 3)).fill(0).map(() => [shared, "x", shared])],
    (i = 1) => [new Array(1 + (i % 3)).fill(0).map((_, j) => new Array(j + 1).fill(0).map(() => shared))],
    (i = 1) => [
      new Array(1 + (i % 3)).fill(0).map((_, j) => [shared, ...new Array(j).fill(0).map(() => ({ name: "other" }))]),
    ],
    (i = 1) => [new Array(1 + (i % 3)).fill(0).map(() => new Map([[1, shared]]))],
    (i = 1) => [new Array(1 + (i % 3)).fill(0).map((_, j) => (j === 0 ? shared : { name: "other" })), shared],
    (i = 1) => [shared, new Array(1 + (i % 3)).fill(0).map((_, j) => (j === 0 ? shared : { name: "other" }))],
    (i = 1) => [i % 2 ? shared : null, i % 3 ? shared : null, shared],
    (i = 1) => [i % 2 ? { in: shared } : null, i % 3 ? { in: shared } : 1],
    (i = 1) => [i % 2 ? [new Map([[1, shared]])] : null, shared],
    (i = 1) => {
      const list: unknown[] = new Array(i % 3).fill("x");
      list.push(list);
      return [i, list];
    },
  ];
  for (const make of kinds) {
    const records = Array.from({ length: 9 }, (_, i) => make(i));
    const back = roundTrip(records);
    assertSameRecords(back, records);
    assert.notEqual(back[0], back[1]);
    const long = Array.from({ length: 20 }, (_, i) => make(i));
    assertSame(decodeValue(encodeValue(long)), long);
  }
  // The same with records that differ in kind, where columns are narrowed to their rows.
  const mixed = kinds.flatMap((make, i) => [make(i), 1, null]);
  assertSameRecords(roundTrip(mixed), mixed);
});

test("objects of a pool, here and there in records of any form", () => {
  const pool = [{ a: 1 }, [1, 2], new Date(1), new Map([[1, 2]]), ["x"]];
  const pooled = fc.constantFrom<unknown>(...pool);
  const value: fc.Arbitrary<unknown> = fc.letrec(tie => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom<unknown>(...pool, 1, "a", null),
      pooled,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.tuple(tie("value"), tie("value")),
      fc.record({ p: tie("value"), q: tie("value") }, { noNullPrototype: true }),
    ),
  })).value;
  const listed = fc.constantFrom<unknown>(pool[0], { a: 2 }, { a: 3 });
  const records = fc.oneof(
    fc.array(value, { minLength: 4, maxLength: 9 }),
    fc.array(fc.tuple(value, value), { minLength: 4, maxLength: 6 }),
    fc.array(fc.tuple(fc.constant("k"), fc.array(listed, { maxLength: 3 }), fc.option(listed)), {
      minLength: 4,
      maxLength: 9,
    }),
  );
  fc.assert(
    fc.property(records, list => assertSameRecords(roundTrip(list), list)),
    { numRuns: 1500 },
  );
});

test("a key that is its own value stays one object, columns or not", () => {
  const keys = Array.from({ length: 10 }, (_, i) => ({ id: i }));
  const [a, b] = decodeColumns(encodeColumns([keys, keys])) as [unknown[], unknown[]];
  for (let i = 0; i < keys.length; i++) assert.equal(a[i], b[i]);
});

test("a cycle through a column of otherwise plain pairs", () => {
  const records = Array.from({ length: 10 }, (_, i): unknown[] => [i, null]);
  for (const record of records) record[1] = record;
  assertSameRecords(roundTrip(records), records);
});

/** A pair without one of its elements. */
function pairWithout(index: number): unknown[] {
  const pair: unknown[] = [1, 2];
  delete pair[index];
  return pair;
}

test("holes are holes, and undefined is undefined", () => {
  const holes = [Array(3), [1, , 3], [undefined, , undefined], Object.assign([], { 5_000_000: "far" }), [, ,]];
  assertSameRecords(roundTrip(holes), holes);
  for (const hole of holes.slice(0, 3)) assertSameRecords(roundTrip(new Array(5).fill(hole)), new Array(5).fill(hole));
  for (const pair of [pairWithout(0), pairWithout(1)])
    assertSameRecords(roundTrip([pair, pair, [1, 2], pair]), [pair, pair, [1, 2], pair]);
  const lists = [[1], pairWithout(0), [1, 2, 3], []];
  assertSameRecords(roundTrip(lists), lists);
  const far: unknown[] = [1, 2];
  far[4_294_967_294] = "last";
  assertSame(decodeValue(encodeValue(far)), far);
});

test("what a RegExp match has besides its groups", () => {
  const matches = ["key=1", "other=22"].map(text => /(?<name>\w+)=(\d+)/.exec(text));
  assertSameRecords(roundTrip(matches), matches);
  const plain = [["a", "b"], ...matches];
  assertSameRecords(roundTrip([...plain, ...plain]), [...plain, ...plain]);
});

test("objects with properties that their kind does not have", () => {
  const date = Object.assign(new Date(1), { note: "n" });
  const map = Object.assign(new Map([[1, 2]]), { note: { deep: date } });
  const dates = [date, date, date, date, date];
  for (const records of [[date, map], dates, [map, map]]) assertSameRecords(roundTrip(records), records);
});

test("names that are traps", () => {
  const records = Array.from({ length: 6 }, (_, i) =>
    JSON.parse(`{"__proto__": ${i}, "constructor": 1, "toString": null, "2": 1, "1": 2}`),
  );
  assertSameRecords(roundTrip(records), records);
  assertSameRecords(roundTrip(records.slice(0, 2)), records.slice(0, 2));
  assert.equal(({} as Record<string, unknown>)["x"], undefined);
});

test("more shapes of objects than are remembered", () => {
  const records = Array.from({ length: 3000 }, (_, i) => ({ [`name${i}`]: i, [`other${i % 7}`]: [i] }));
  assertSameRecords(roundTrip(records), records);
  const wide = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`n${i}`, i]));
  assertSameRecords(roundTrip([wide, wide, wide, wide]), [wide, wide, wide, wide]);
});

test("fields that change their kind from record to record", () => {
  const values: unknown[] = [1, 1.5, "a", null, { x: 1 }, [1], undefined, 2n ** 70n, true];
  const records = Array.from({ length: 90 }, (_, i) => ({ a: values[i % 9], b: values[(i * 2) % 9], c: i }));
  assertSameRecords(roundTrip(records), records);
});

test("objects of another realm, as the shell makes them, are plain", async () => {
  const { runInNewContext } = await import("node:vm");
  const foreign = runInNewContext(
    "[{ a: [1, { b: 2 }] }, [new Date(3), new Map([[1, [2]]]), new TypeError('t')], new Uint8Array([1])]",
  ) as unknown[];
  const back = decodeValue(encodeValue(foreign)) as [unknown, [Date, Map<number, number[]>, Error], Uint8Array];
  assert.deepEqual(back[0], { a: [1, { b: 2 }] });
  assert.equal(back[1][0].getTime(), 3);
  assert.deepEqual(back[1][1].get(1), [2]);
  assert.ok(back[1][2] instanceof TypeError && back[2] instanceof Uint8Array);
});

test("a record's getter may use the codec itself", () => {
  const nosy = {
    get inner() {
      return encodeBlock([
        [1, 2],
        [3, 4],
      ]).length;
    },
    b: 1,
  };
  const back = roundTrip([nosy, nosy, nosy, nosy]);
  assert.deepEqual(back[3], {
    inner: encodeBlock([
      [1, 2],
      [3, 4],
    ]).length,
    b: 1,
  });
});

test("values nested up to the limit", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 1000; i++) deep = i % 2 ? [deep] : { deep };
  let back = decodeValue(encodeValue(deep));
  let depth = 0;
  for (; typeof back === "object" && back !== null; depth++) back = Object.values(back)[0];
  assert.equal(depth, 1000);
});
