/** Shuffles against brute force: every combine, hostile keys, tiny memory, many keys. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { encodeValue } from "../../../src/codec/block.ts";
import { keysEqual } from "../../../src/codec/equality.ts";
import { hashKey } from "../../../src/codec/hash.ts";
import { KeyMap } from "../../../src/codec/key-map.ts";
import { compare } from "../../../src/codec/order.ts";
import { describeFailure } from "../../../src/engine/tasks/failures.ts";
import { spread } from "../../../src/codec/string-hash.ts";
import { setGenerate } from "../../../src/engine/tasks/make-loop.ts";
import { firstDeal } from "../../../src/engine/tasks/placing.ts";
import { Bench, chunked, partsOf, shuffle } from "./support/stages.ts";

type Pair = readonly [unknown, unknown];

const hostileKey = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom(
    "Aa",
    "BB",
    "AaAa",
    "BBBB",
    "AaBB",
    "",
    "\ud800",
    "__proto__",
    "a",
    97,
    -0,
    0,
    Number.NaN,
    1.5,
    2 ** 40,
    1n,
    1,
    "1",
    true,
    null,
    undefined,
  ),
  fc.constantFrom<unknown>(["a", 1], ["a", 1], { x: 1, y: [2] }, { y: [2], x: 1 }, new Date(5), [[]], []),
);
const partitions = fc.array(fc.array(fc.tuple(hostileKey, fc.integer()), { maxLength: 40 }), { maxLength: 4 });

/** All values of every key, in order, with the key that came first. */
function grouped(parts: readonly (readonly Pair[])[]): [unknown, unknown[]][] {
  const groups: [unknown, unknown[]][] = [];
  for (const [key, value] of parts.flat()) {
    const group = groups.find(([known]) => keysEqual(known, key));
    if (group === undefined) groups.push([key, [value]]);
    else group[1].push(value);
  }
  return groups;
}

const place = (hash: number, n: number): number => ((hash % n) + n) % n;

for (const generated of [true, false]) {
  test(`combined by key, by value, in order of first appearance, ${generated ? "generated" : "interpreted"}`, async () => {
    setGenerate(generated ? undefined : false);
    using bench = new Bench();
    const list = {
      kind: "general",
      create: bench.fn((v: unknown) => [v]),
      mergeValue: bench.fn((a: unknown[], v: unknown) => [...a, v]),
      mergeCombiners: bench.fn((a: unknown[], b: unknown[]) => [...a, ...b]),
      site: "combineByKey at test.ts:2",
    } as const;
    const sum = {
      kind: "reduce",
      fn: bench.fn((a: number, b: number) => a + b),
      site: "reduceByKey at test.ts:2",
    } as const;
    await fc.assert(
      fc.asyncProperty(partitions, fc.integer({ min: 1, max: 5 }), async (input, n) => {
        const groups = grouped(input);
        const expected = Array.from({ length: n }, (_, r) => groups.filter(([key]) => place(hashKey(key), n) === r));
        const partitioner = { kind: "hash", n } as const;
        assert.deepEqual(
          await shuffle(bench, input, { partitioner, combine: { kind: "group", site: "groupByKey" } }, 7),
          expected,
        );
        assert.deepEqual(
          await shuffle(bench, input, { partitioner, combine: { ...list, mapSide: true } }, 7),
          expected,
        );
        assert.deepEqual(
          await shuffle(bench, input, { partitioner, combine: { ...list, mapSide: false } }, 7),
          expected,
        );
        const sums = expected.map(part =>
          part.map(([key, values]) => [key, (values as number[]).reduce((a, b) => a + b)]),
        );
        assert.deepEqual(await shuffle(bench, input, { partitioner, combine: sum }, 7), sums);
      }),
      { numRuns: 100 },
    );
    setGenerate(undefined);
  });
}

test("records without a combine keep their order and identity of shape", async () => {
  using bench = new Bench();
  const record = fc.oneof(fc.tuple(hostileKey, fc.string()), fc.tuple(hostileKey, fc.string(), fc.nat()));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(record, { maxLength: 40 }), { maxLength: 3 }),
      fc.integer({ min: 1, max: 4 }),
      async (input, n) => {
        const expected = Array.from({ length: n }, (_, r) =>
          input.flat().filter(([key]) => place(hashKey(key), n) === r),
        );
        assert.deepEqual(await shuffle(bench, input, { partitioner: { kind: "hash", n } }, 7), expected);
      },
    ),
    { numRuns: 100 },
  );
});

test("range partitions, sorted, both ways and stably", async () => {
  using bench = new Bench();
  const keys = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double(), fc.constant(Number.NaN));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.tuple(keys, fc.nat()), { maxLength: 40 }), { maxLength: 3 }),
      fc.boolean(),
      async (input, ascending) => {
        const partitioner = { kind: "range", n: 3, bounds: encodeValue([-1, 2]), ascending } as const;
        const result = await shuffle(bench, input, { partitioner, sort: { ascending } });
        const expected = input.flat().toSorted(([a], [b]) => (ascending ? compare(a, b) : compare(b, a)));
        assert.deepEqual(result.flat(), expected);
        const bucket = (key: number): number => [-1, 2].filter(bound => compare(bound, key) < 0).length;
        for (const [r, part] of result.entries()) {
          for (const [key] of part as [number][]) assert.equal(bucket(key), ascending ? r : 2 - r);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test("round robin deals evenly, beginning where Spark does", async () => {
  using bench = new Bench();
  const records = Array.from({ length: 10 }, (_, i) => i);
  const parts = await shuffle(bench, [records, records], { partitioner: { kind: "roundRobin", n: 4 } });
  assert.deepEqual(
    parts.map(part => part.length),
    [5, 5, 5, 5],
  );
  const start = firstDeal(0, 4);
  assert.equal((parts[(start + 1) % 4] as unknown[])[0], 0);
});

test("a partition function may return any integer, and nothing else", async () => {
  using bench = new Bench();
  const by = (fn: (key: number) => unknown): Promise<unknown[][]> =>
    shuffle(
      bench,
      [
        [
          [1, "a"],
          [-2, "b"],
        ],
      ],
      { partitioner: { kind: "custom", n: 3, fn: bench.fn(fn) } },
    );
  assert.deepEqual(await by(key => key), [
    [],
    [
      [1, "a"],
      [-2, "b"],
    ],
    [],
  ]);
  await assert.rejects(
    by(() => 0.5),
    /must return an integer, but it returned 0\.5/,
  );
  await assert.rejects(
    by(() => "x"),
    /must return an integer, but it returned a value of type string/,
  );
});

test("a record that is no pair is refused", async () => {
  using bench = new Bench();
  const combine = { kind: "reduce", fn: bench.fn((a: number, b: number) => a + b), site: "reduceByKey" } as const;
  for (const record of ["ab", 5, null, { 0: "a", 1: 1 }]) {
    await assert.rejects(
      shuffle(bench, [[record]], { partitioner: { kind: "hash", n: 2 }, combine }),
      /must be a pair/,
    );
    await assert.rejects(shuffle(bench, [[record]], { partitioner: { kind: "hash", n: 2 } }), /must be a pair/);
  }
});

const many = 100_000;
const manyPairs = (seed: number): Pair[] => Array.from({ length: many }, (_, i) => [`key ${(i * seed) % 70_001}`, 1]);

async function countMany(bench: Bench, n = 2): Promise<Map<unknown, unknown>> {
  const combine = { kind: "reduce", fn: bench.fn((a: number, b: number) => a + b), site: "reduceByKey" } as const;
  const parts = await shuffle(bench, [manyPairs(3), manyPairs(7)], { partitioner: { kind: "hash", n }, combine }, 1000);
  return new Map(parts.flat() as Pair[]);
}

test("many keys: lanes, buckets and passes give what one table would", async () => {
  const expected = new Map<string, number>();
  for (const [key] of [...manyPairs(3), ...manyPairs(7)])
    expected.set(key as string, (expected.get(key as string) ?? 0) + 1);
  for (const generated of [true, false]) {
    setGenerate(generated ? undefined : false);
    using bench = new Bench();
    const result = await countMany(bench);
    assert.equal(result.size, expected.size);
    for (const [key, count] of expected) assert.equal(result.get(key), count);
  }
  setGenerate(undefined);
});

test("many keys of every kind, values in order", async () => {
  using bench = new Bench();
  const kinds: ((i: number) => unknown)[] = [
    i => `k${i}`,
    i => i,
    i => `é${i}`,
    i => `\u{1f600}${i}`,
    i => `${i}${"long".repeat(20)}`,
    i => i + 0.5,
    i => [i, "x"],
    i => "\0".repeat(i % 40) + String(i),
    i => BigInt(i),
  ];
  const keyOf = (i: number): unknown => (kinds[i % kinds.length] as (i: number) => unknown)(i % 60_000);
  const concat = (a: unknown[], b: unknown[]): unknown[] => [...a, ...b];
  const combine = {
    kind: "general",
    create: bench.fn((v: unknown) => [v]),
    mergeValue: bench.fn((a: unknown[], v: unknown) => [...a, v]),
    mergeCombiners: bench.fn(concat),
    mapSide: true,
    site: "combineByKey",
  } as const;
  const rows = (from: number): Pair[] => Array.from({ length: 90_000 }, (_, i) => [keyOf(from + i), from + i]);
  const parts = await shuffle(bench, [rows(0), rows(90_000)], { partitioner: { kind: "hash", n: 3 }, combine }, 1000);
  const expected = new KeyMap<unknown, unknown[]>();
  for (const [key, value] of [...rows(0), ...rows(90_000)]) {
    expected.merge(
      key,
      value,
      first => [first],
      (all, next) => [...all, next],
    );
  }
  assert.equal(parts.flat().length, expected.size);
  for (const [r, part] of parts.entries()) {
    for (const [key, values] of part as Pair[]) {
      assert.equal(place(hashKey(key), 3), r);
      assert.deepEqual(values, expected.get(key));
    }
  }
});

test("one crowded lane: keys with equal hashes, keys of all lengths, merged in many batches", async () => {
  using bench = new Bench();
  const spreadOut = Array.from({ length: 40_000 }, (_, i) => `spread out ${i}`);
  let equalHashes = [""];
  for (let i = 0; i < 7; i++) equalHashes = equalHashes.flatMap(text => [`${text}Aa`, `${text}BB`]);
  const sameLane = Array.from({ length: 200_000 }, (_, i) => `${i}${"-".repeat(i % 23)}`).filter(
    key => spread(hashKey(key)) >>> 24 === 0,
  );
  const crowd = Array.from({ length: 15 }, () => [...equalHashes, ...sameLane]).flat();
  const rows: Pair[] = [...spreadOut, ...crowd].map(key => [key, 1]);
  const combine = { kind: "reduce", fn: bench.fn((a: number, b: number) => a + b), site: "reduceByKey" } as const;
  const [part = []] = await shuffle(bench, [rows], { partitioner: { kind: "hash", n: 1 }, combine }, 1000);
  assert.equal(part.length, spreadOut.length + equalHashes.length + sameLane.length);
  const counts = new Map(part as [string, number][]);
  for (const key of [...equalHashes, ...sameLane]) assert.equal(counts.get(key), 15);
});

test("an error of the merge function names key and value, in lanes too", async () => {
  using bench = new Bench();
  const fails = bench.fn((_: number, b: number) => {
    if (b === 2) throw new Error("no two");
    return b;
  });
  const combine = { kind: "reduce", fn: fails, site: "reduceByKey at test.ts:2" } as const;
  const rows: Pair[] = Array.from({ length: 60_000 }, (_, i) => [`k${i}`, 1]);
  rows.push(["k59000", 2]);
  const run = shuffle(bench, [rows], { partitioner: { kind: "hash", n: 1 }, combine }, 1000);
  await assert.rejects(run, (error: unknown) => {
    const failure = describeFailure(error);
    assert.equal(failure.kind, "user");
    assert.deepEqual([Reflect.get(failure, "site"), Reflect.get(failure, "record")], [combine.site, '["k59000", 2]']);
    return true;
  });
});

test("with no block memory everything goes through files, with the same result", async () => {
  using roomy = new Bench();
  using tight = new Bench(0);
  assert.deepEqual([...(await countMany(tight))], [...(await countMany(roomy))]);
  assert.ok(readdirSync(tight.directory).length > 0);
  assert.deepEqual(readdirSync(roomy.directory), []);
  assert.equal(tight.ledger.used, 0);
  assert.ok(roomy.ledger.used > 0);
});

test("groups of many rows are merged in passes", async () => {
  using bench = new Bench();
  const rows: Pair[] = Array.from({ length: 150_000 }, (_, i) => [i % 1000, i]);
  const [part = []] = await shuffle(
    bench,
    [rows],
    { partitioner: { kind: "hash", n: 1 }, combine: { kind: "group", site: "groupByKey" } },
    1000,
  );
  assert.equal(part.length, 1000);
  for (const [key, values] of part as [number, number[]][]) {
    assert.equal(values.length, 150);
    values.forEach((v, i) => assert.equal(v, key + 1000 * i));
  }
});

test("an empty partition writes nothing", async () => {
  using bench = new Bench();
  const map = bench.stage([bench.source()], {
    kind: "shuffleWrite",
    partitioner: { kind: "hash", n: 3 },
    site: "partitionBy",
  });
  const output = await map.output(chunked([]));
  assert.deepEqual([...output.offsets], [0, 0, 0, 0]);
  assert.equal(output.buffer, undefined);
  assert.deepEqual(partsOf([output], 1), { kind: "blocks", blocks: [] });
});
