/** Every step with every sink, against arrays. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeValue } from "../../../src/codec/block.ts";
import type { FlatNode, Sink } from "../../../src/engine/stages/protocol.ts";
import { setGenerate } from "../../../src/engine/tasks/make-loop.ts";
import { Bench, chunked } from "./support/stages.ts";

interface StepModel {
  readonly op: string;
  readonly fn: (value: never) => unknown;
  readonly model: (records: readonly unknown[]) => unknown[];
}

const key = (record: unknown): unknown => (record as unknown[])[0];
const value = (record: unknown): unknown => (record as unknown[])[1];
const text = (record: unknown): string => JSON.stringify(record) ?? "undefined";

/** Steps over any record. */
const anySteps: StepModel[] = [
  { op: "map", fn: r => [text(r).length, r], model: all => all.map(r => [text(r).length, r]) },
  { op: "filter", fn: r => text(r).length % 3 !== 0, model: all => all.filter(r => text(r).length % 3 !== 0) },
  { op: "flatMap", fn: r => [r, r], model: all => all.flatMap(r => [r, r]) },
  { op: "flatMap", fn: r => text(r).slice(0, 3), model: all => all.flatMap(r => [...text(r).slice(0, 3)]) },
  { op: "flatMap", fn: r => new Set([1, text(r)]), model: all => all.flatMap(r => [1, text(r)]) },
  { op: "flatMap", fn: () => [], model: () => [] },
  {
    op: "flatMap",
    *fn(r) {
      for (let i = 0; i < 5; i++) yield [i, r];
    },
    model: all => all.flatMap(r => [0, 1, 2, 3, 4].map(i => [i, r])),
  },
  { op: "keyBy", fn: r => text(r).length, model: all => all.map(r => [text(r).length, r]) },
  { op: "mapAsync", fn: async r => text(r), model: all => all.map(text) },
  {
    op: "partitions",
    fn: ((_: number, records: Iterable<unknown>) => [[...records].length, "end"]) as never,
    model: all => [all.length, "end"],
  },
  {
    op: "partitions",
    fn: async function* (_: number, records: AsyncIterable<unknown>) {
      for await (const record of records) yield [record, 1];
    } as never,
    model: all => all.map(r => [r, 1]),
  },
];

/** Steps over pairs: each is run behind a step that makes pairs. */
const pairSteps: StepModel[] = [
  { op: "mapValues", fn: v => text(v), model: all => all.map(r => [key(r), text(value(r))]) },
  {
    op: "flatMapValues",
    fn: v => [v, 7],
    model: all =>
      all.flatMap(r => [
        [key(r), value(r)],
        [key(r), 7],
      ]),
  },
  {
    op: "flatMapValues",
    fn: () => "ab",
    model: all =>
      all.flatMap(r => [
        [key(r), "a"],
        [key(r), "b"],
      ]),
  },
];

const toPairs: StepModel = { op: "map", fn: r => [text(r), r], model: all => all.map(r => [text(r), r]) };

const stepList = fc
  .array(
    fc.oneof(
      fc.constantFrom(...anySteps).map(step => [step]),
      fc.constantFrom(...pairSteps).map(step => [toPairs, step]),
    ),
    {
      maxLength: 4,
    },
  )
  .map(list => list.flat());

const record = fc.oneof(
  fc.integer(),
  fc.string({ maxLength: 5 }),
  fc.constant(null),
  fc.constant(undefined),
  fc.tuple(fc.string(), fc.nat()),
);

function program(bench: Bench, steps: readonly StepModel[], async: boolean): FlatNode[] {
  return [
    async ? bench.asyncSource() : bench.source(),
    ...steps.map((step, i) => bench.step(step.op, step.fn as never, i + 2, step.op === "mapAsync" ? 3 : undefined)),
  ];
}

for (const generated of [true, false]) {
  test(`any row of steps into any sink, ${generated ? "generated" : "interpreted"}`, async () => {
    setGenerate(generated ? undefined : false);
    using bench = new Bench();
    const join = (a: unknown, b: unknown): string => `${text(a)}|${text(b)}`.slice(-40);
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 30 }),
        stepList,
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        async (input, steps, async, size) => {
          const expected = steps.reduce((all, step) => step.model(all), input as unknown[]);
          const nodes = program(bench, steps, async);
          const given = chunked(input, size);
          const run = (sink: Sink) => bench.stage(nodes, sink);
          assert.deepEqual(await run({ kind: "collect" }).records(given), expected);
          assert.deepEqual(await run({ kind: "take", n: size }).records(given), expected.slice(0, size));
          assert.equal(await run({ kind: "count" }).value(given), expected.length);
          const reduced = await run({ kind: "reduce", fn: bench.fn(join), site: "reduce at test.ts:9" }).value(given);
          assert.deepEqual(reduced, expected.length === 0 ? [] : [expected.reduce(join)]);
          const zero = encodeValue("z");
          const folded = await run({ kind: "fold", zero, fn: bench.fn(join), site: "fold at test.ts:9" }).value(given);
          assert.deepEqual(folded, expected.reduce(join, "z"));
          const seen: unknown[] = [];
          await run({
            kind: "foreach",
            fn: bench.fn((r: unknown) => (seen.length % 2 ? void seen.push(r) : Promise.resolve(seen.push(r)))),
            site: "foreach",
          }).run(given, 0);
          assert.deepEqual(seen, expected);
          const all = bench.fn((_: number, records: Iterable<unknown>) => [...records]);
          assert.deepEqual(await run({ kind: "partition", fn: all, site: "foreachPartition" }).value(given), expected);
        },
      ),
      { numRuns: generated ? 150 : 50 },
    );
    setGenerate(undefined);
  });
}
