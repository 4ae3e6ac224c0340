/** What crosses between loops: unions, zips, sorts that spill, records read twice, iterators left early. */
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { test } from "node:test";
import { compare } from "../../../src/codec/order.ts";
import type { FlatNode, TaskInput } from "../../../src/engine/stages/protocol.ts";
import { sorted } from "../../../src/engine/tasks/sort.ts";
import { Bench, chunked } from "./support/stages.ts";

test("unions follow the task's parts, however deep they nest", async () => {
  using bench = new Bench();
  const nodes: FlatNode[] = [bench.source(), bench.asyncSource()];
  let input: TaskInput = chunked([0]);
  let expected: unknown[] = [0];
  for (let i = 1; i < 3000; i++) {
    nodes.push({ kind: "concat", parents: i === 1 ? [0, 1] : [nodes.length - 1, i % 2] });
    input = {
      kind: "concat",
      inputs: [
        [0, input, 0],
        [1, i % 5 === 0 ? { kind: "empty" } : chunked([i]), 0],
      ],
    };
    if (i % 5 !== 0) expected = [...expected, i];
  }
  assert.deepEqual(await bench.stage(nodes, { kind: "collect" }).records(input), expected);
});

test("a long row of steps is one pipeline", async () => {
  using bench = new Bench();
  const nodes: FlatNode[] = [bench.source()];
  for (let i = 0; i < 5000; i++) nodes.push(bench.step("map", (x: number) => x + 1, i + 2));
  assert.deepEqual(await bench.stage(nodes, { kind: "collect" }).records(chunked([0, 1])), [5000, 5001]);
});

for (const kind of ["source", "asyncSource"] as const) {
  test(`zip reads its inputs as often as it likes (${kind})`, async () => {
    using bench = new Bench();
    const pairs = bench.fn(function* (_: number, [a, b]: Iterable<number>[]) {
      for (const x of a as Iterable<number>) for (const y of b as Iterable<number>) yield [x, y];
    });
    const nodes: FlatNode[] = [
      bench[kind](),
      bench[kind](),
      { kind: "zip", fn: pairs, parents: [0, 1], site: "cartesian" },
    ];
    const input: TaskInput = {
      kind: "zip",
      inputs: [chunked([1, 2]), chunked(["a", "b", "c"], 2)],
      partitions: [0, 0],
    };
    const result = await bench.stage(nodes, { kind: "collect" }).records(input);
    assert.deepEqual(
      result,
      [1, 2].flatMap(x => ["a", "b", "c"].map(y => [x, y])),
    );
  });
}

test("a partition function may look at the first record and go on", async () => {
  using bench = new Bench();
  const fn = (_: number, records: Iterable<number>): unknown[] => {
    for (const first of records) return [`first ${first}`, ...records];
    return [];
  };
  const nodes = [bench.source(), bench.step("partitions", fn, 2)];
  assert.deepEqual(await bench.stage(nodes, { kind: "collect" }).records(chunked([1, 2, 3], 2)), ["first 1", 2, 3]);
});

test("iterating asynchronous records synchronously in an async function says what to do", async () => {
  using bench = new Bench();
  const fn = async (_: number, records: Iterable<number>): Promise<unknown[]> => [...records];
  const nodes = [bench.asyncSource(), bench.step("partitions", fn, 2)];
  await assert.rejects(bench.stage(nodes, { kind: "collect" }).records(chunked([1])), /for await/);
});

test("take closes the iterators it leaves", async () => {
  using bench = new Bench();
  const closed: string[] = [];
  const endless = (name: string) =>
    function* (): Generator<string> {
      try {
        for (;;) yield name;
      } finally {
        closed.push(name);
      }
    };
  const partitions = bench.step("partitions", endless("partition"), 2);
  const nodes = [bench.source(), partitions, bench.step("flatMap", endless("flatMap"), 3)];
  assert.deepEqual(await bench.stage(nodes, { kind: "take", n: 3 }).records(chunked([1])), [
    "flatMap",
    "flatMap",
    "flatMap",
  ]);
  assert.deepEqual(closed, ["flatMap", "partition"]);
});

test("mapAsync keeps the order and never exceeds its concurrency", async () => {
  using bench = new Bench();
  let running = 0;
  let most = 0;
  const fn = async (x: number): Promise<number> => {
    most = Math.max(most, ++running);
    for (let i = 0; i < 20 + (x % 7); i++) await Promise.resolve();
    running--;
    return x;
  };
  const records = Array.from({ length: 600 }, (_, i) => i);
  const nodes = [bench.source(), bench.step("mapAsync", fn, 2, 5)];
  assert.deepEqual(await bench.stage(nodes, { kind: "collect" }).records(chunked(records)), records);
  assert.equal(most, 5);
});

test("a sort beyond its memory merges runs, stably, and removes them", () => {
  for (const memory of [1 << 28, 0]) {
    using bench = new Bench(memory);
    const records = Array.from({ length: 20_000 }, (_, i) => [(i * 7919) % 501, i]);
    const chunks = Array.from({ length: 20 }, (_, i) => records.slice(i * 1000, i * 1000 + 1000));
    for (const ascending of [true, false]) {
      const result = [...sorted(chunks, { ascending }, bench.store, 100_000)].flat();
      assert.deepEqual(
        result,
        records.toSorted(([a], [b]) => (ascending ? compare(a, b) : compare(b, a))),
      );
      assert.equal(bench.ledger.used, 0);
      assert.deepEqual(readdirSync(bench.directory), []);
    }
  }
});

test("a spill directory that cannot be written is named, with the setting", async () => {
  using bench = new Bench(0);
  rmSync(bench.directory, { recursive: true });
  const stage = bench.stage([bench.source()], {
    kind: "shuffleWrite",
    partitioner: { kind: "roundRobin", n: 2 },
    site: "repartition",
  });
  await assert.rejects(stage.run(chunked([1, 2]), 0), (error: Error & { code?: string }) => {
    assert.equal(error.code, "DSTREAMS_SPILL");
    return error.message.includes(bench.directory) && error.message.includes("spark.local.dir");
  });
});
