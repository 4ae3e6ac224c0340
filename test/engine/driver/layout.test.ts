import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { layOut } from "../../../src/engine/stages/layout.ts";
import { KeptPartitions } from "../../../src/engine/local/kept.ts";
import { MapOutputs, noOutput } from "../../../src/engine/local/map-outputs.ts";
import { TaskNeeds } from "../../../src/engine/stages/parts.ts";
import type { MapOutput, TaskInput } from "../../../src/engine/stages/protocol.ts";
import { StorageLevel } from "../../../src/engine/storage-level.ts";
import type { PlanNode } from "../../../src/plan/plan.ts";
import { aligned, node, reader, shuffle, source, step, union, zip } from "./plans.ts";

function holdings(): { kept: KeptPartitions; outputs: MapOutputs } {
  return { kept: new KeptPartitions(() => {}), outputs: new MapOutputs(() => {}) };
}

/** Parts of the given sizes for the reduce partitions. */
function output(...sizes: number[]): MapOutput {
  const offsets = Float64Array.from([0, ...sizes.map((_, i) => sizes.slice(0, i + 1).reduce((a, b) => a + b))]);
  return { buffer: new SharedArrayBuffer(offsets.at(-1) ?? 0), offsets };
}

function input(
  held: ReturnType<typeof holdings>,
  root: PlanNode,
  partition: number,
  needs = new TaskNeeds(),
): TaskInput {
  return layOut(root, held).root.input(partition, needs);
}

describe("the layout of a stage", () => {
  test("ends at shuffles, which are its inputs", () => {
    const held = holdings();
    const pairs = step("map", source([1], [2]), (x: number) => [x, 1]);
    const counts = shuffle(pairs, 3);
    const root = step("map", counts, (x: unknown) => x);
    const layout = layOut(root, held);
    assert.deepEqual(layout.shuffles, [counts]);
    assert.deepEqual(
      layout.parts.map(part => part.node),
      [counts, root],
    );
  });

  test("a shuffle read by two parents is named once", () => {
    const shuffled = shuffle(source([1]), 2);
    const both = zip(
      () => [],
      step("map", shuffled, x => x),
      step("filter", shuffled, x => x),
    );
    assert.deepEqual(layOut(both, holdings()).shuffles, [shuffled]);
  });

  test("10,000 steps and 5,000 parents are no deeper than one", () => {
    let root = source([1, 2]);
    for (let i = 0; i < 10_000; i++) root = step("map", root, x => x);
    assert.deepEqual(input(holdings(), root, 0), { kind: "split", split: [1, 2] });

    const wide = union(...Array.from({ length: 5000 }, (_, i) => shuffle(source([i]), 1)));
    const layout = layOut(wide, holdings());
    assert.equal(layout.shuffles.length, 5000);
    assert.equal(layout.root.isEmpty(4999), true);

    let nested = source([0]);
    for (let i = 1; i < 10_000; i++) nested = aligned(nested, source([i]));
    assert.equal(layOut(nested, holdings()).root.isEmpty(0), false);
  });

  test("reads the parts of its partition in the order of the map partitions, without the empty ones", () => {
    const held = holdings();
    const shuffled = shuffle(source([1], [2], [3], [4]), 2);
    const outputs = [output(3, 4), output(0, 5), noOutput, output(7, 0)];
    outputs.forEach((each, p) => held.outputs.set(shuffled, p, each));
    assert.deepEqual(input(held, shuffled, 0), {
      kind: "blocks",
      blocks: [
        { buffer: outputs[0]?.buffer, start: 0, end: 3 },
        { buffer: outputs[3]?.buffer, start: 0, end: 7 },
      ],
    });
    assert.deepEqual(input(held, shuffled, 1), {
      kind: "blocks",
      blocks: [
        { buffer: outputs[0]?.buffer, start: 3, end: 7 },
        { buffer: outputs[1]?.buffer, start: 0, end: 5 },
      ],
    });
  });
});

describe("partitions known to be empty", () => {
  const nothing = shuffle(node("empty", 0, { kind: "source", splits: [], reader }), 2);

  test("shuffles of nothing, and steps by record over them", () => {
    const root = step(
      "filter",
      step("flatMap", nothing, x => [x]),
      x => x,
    );
    const layout = layOut(root, holdings());
    assert.equal(layout.root.isEmpty(0) && layout.root.isEmpty(1), true);
    assert.deepEqual(layout.root.input(0, new TaskNeeds()), { kind: "empty" });
  });

  test("a function of whole partitions is called all the same, unless it promises to make nothing of nothing", () => {
    const root = step(
      "map",
      step("partitions", nothing, (_, records) => records),
      x => x,
    );
    assert.equal(layOut(root, holdings()).root.isEmpty(0), false);
    assert.deepEqual(input(holdings(), root, 0), { kind: "empty" });
    const promised = node("sample", 2, {
      kind: "step",
      parent: nothing,
      step: { op: "partitions", fn: (_, records) => records, emptyOnEmpty: true },
    });
    assert.equal(layOut(promised, holdings()).root.isEmpty(0), true);
  });

  test("so is that of zip", () => {
    const root = zip(() => [], nothing, nothing);
    assert.equal(layOut(root, holdings()).root.isEmpty(0), false);
    assert.deepEqual(input(holdings(), root, 0), {
      kind: "zip",
      inputs: [{ kind: "empty" }, { kind: "empty" }],
      partitions: [0, 0],
    });
    const join = node("join", 2, {
      kind: "zip",
      parents: [nothing, nothing],
      parts: [
        [0, 0],
        [1, 1],
      ],
      fn: () => [],
      emptyOnEmpty: true,
    });
    assert.equal(layOut(join, holdings()).root.isEmpty(1), true);
  });

  test("a union leaves them out, and a persisted node remembers", () => {
    const held = holdings();
    held.kept.persist(nothing.id, StorageLevel.MEMORY_ONLY);
    const root = aligned(nothing, source([1], [2]));
    const layout = layOut(root, held);
    assert.equal(layout.root.isEmpty(0), false);
    assert.deepEqual(held.kept.placeOf(nothing.id, 0), {});
    assert.equal(held.kept.placeOf(nothing.id, 1), undefined);
  });
});

describe("persisted nodes", () => {
  test("whose partitions are all kept cut the lineage", () => {
    const held = holdings();
    const shuffled = shuffle(source([1]), 2);
    const pane = step("map", shuffled, x => x);
    held.kept.persist(pane.id, StorageLevel.MEMORY_ONLY);
    held.kept.add(pane.id, 0, { worker: 7 });
    assert.deepEqual(layOut(pane, held).shuffles, [shuffled]);
    held.kept.add(pane.id, 1, { worker: 8 });
    assert.deepEqual(layOut(pane, held).shuffles, []);

    const needs = new TaskNeeds();
    assert.deepEqual(input(held, pane, 1, needs), { kind: "persisted", nodeId: pane.id, partition: 1 });
    assert.deepEqual(needs.held, [{ nodeId: pane.id, partition: 1, worker: 8, strict: true }]);

    held.kept.dropWorker(8);
    assert.deepEqual(layOut(pane, held).shuffles, [shuffled]);
  });

  test("that are kept as bytes name them; those that are not, the input below", () => {
    const held = holdings();
    const numbers = source([1], [2]);
    held.kept.persist(numbers.id, StorageLevel.MEMORY_ONLY_SER);
    const block = { buffer: new SharedArrayBuffer(8), start: 0, end: 8 };
    held.kept.add(numbers.id, 0, { block });
    const needs = new TaskNeeds();
    assert.deepEqual(input(held, numbers, 0, needs), { kind: "persisted", nodeId: numbers.id, partition: 0, block });
    assert.equal(needs.keeps, false);
    const below = { kind: "split", split: [2] };
    assert.deepEqual(input(held, numbers, 1, needs), {
      kind: "persisted",
      nodeId: numbers.id,
      partition: 1,
      input: below,
    });
    assert.equal(needs.keeps, true);
  });
});
