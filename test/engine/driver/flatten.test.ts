import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type NameFunction, type Purpose, flatten } from "../../../src/engine/stages/flatten.ts";
import { KeptPartitions } from "../../../src/engine/local/kept.ts";
import { layOut } from "../../../src/engine/stages/layout.ts";
import { MapOutputs } from "../../../src/engine/local/map-outputs.ts";
import { TaskNeeds } from "../../../src/engine/stages/parts.ts";
import { expandProgram } from "../../../src/engine/stages/program.ts";
import type { TaskInput } from "../../../src/engine/stages/protocol.ts";
import { StorageLevel } from "../../../src/engine/storage-level.ts";
import type { Fn, PlanNode } from "../../../src/plan/plan.ts";
import { aligned, coalesceToOne, node, reduceByKey, site, source, step, union, zip } from "./plans.ts";

const count: Purpose = { kind: "action", action: { kind: "count" }, site: site("count") };

/** Programs of one engine: functions are numbered as they come. */
class Compiler {
  readonly kept = new KeptPartitions(() => {});
  readonly outputs = new MapOutputs(() => {});
  readonly #ids = new Map<Fn, number>();
  readonly #name: NameFunction = fn => {
    if (!this.#ids.has(fn)) this.#ids.set(fn, this.#ids.size + 1);
    return this.#ids.get(fn) as number;
  };

  compile(root: PlanNode, purpose = count): { program: ReturnType<typeof flatten>; input: (p: number) => TaskInput } {
    const layout = layOut(root, this);
    const program = flatten(layout, purpose, this.#name);
    return { program, input: p => layout.root.input(p, new TaskNeeds()) };
  }
}

const double = (x: number): number => x * 2;
const even = (x: number): boolean => x % 2 === 0;
const add = (a: number, b: number): number => a + b;

describe("the program of a stage", () => {
  test("names functions and sites, parents first", () => {
    const { program } = new Compiler().compile(step("filter", step("map", source([1]), double), even));
    assert.deepEqual(program.nodes, [
      { kind: "source", reader: 1, site: "parallelize at test.ts:1" },
      { kind: "step", op: "map", fn: 2, site: "map at test.ts:1", parent: 0 },
      { kind: "step", op: "filter", fn: 3, site: "filter at test.ts:1", parent: 1 },
    ]);
    assert.deepEqual(program.sink, { kind: "count" });
  });

  test("is the same for every batch of a program", () => {
    const compiler = new Compiler();
    const batch = (...lines: string[][]): unknown => compiler.compile(step("map", source(...lines), double)).program;
    assert.deepEqual(batch(["a"]), batch(["b"], ["c"]));
  });

  test("has one node for parents that are alike, so any number of files is one source", () => {
    const compiler = new Compiler();
    const of = (n: number): PlanNode => step("map", union(...Array.from({ length: n }, (_, i) => source([i]))), double);
    const { program, input } = compiler.compile(of(5000));
    assert.deepEqual(
      program.nodes.map(each => each.kind),
      ["source", "step"],
    );
    assert.deepEqual(input(4321), { kind: "split", split: [4321] });
    assert.deepEqual(program, compiler.compile(of(3)).program);
  });

  test("has a concat where a partition has several pieces, or parents differ", () => {
    const pieces = new Compiler().compile(coalesceToOne(source([1], [2])));
    assert.deepEqual(pieces.program.nodes.at(-1), { kind: "concat", parents: [0] });
    const split = (n: number): TaskInput => ({ kind: "split", split: [n] });
    assert.deepEqual(pieces.input(0), {
      kind: "concat",
      inputs: [
        [0, split(1), 0],
        [0, split(2), 1],
      ],
    });

    const differing = new Compiler().compile(union(source([1]), step("map", source([2]), double), source([3])));
    assert.deepEqual(differing.program.nodes.at(-1), { kind: "concat", parents: [0, 1] });
    assert.deepEqual(differing.input(1), { kind: "concat", inputs: [[1, split(2), 0]] });
    assert.deepEqual(differing.input(2), { kind: "concat", inputs: [[0, split(3), 0]] });
  });

  test("makes one union of unions of unions", () => {
    const mapped = step("map", source([2]), double);
    let root = aligned(source([0]), mapped);
    for (let i = 0; i < 2000; i++) root = aligned(root, source([i]));
    const { program, input } = new Compiler().compile(root);
    assert.deepEqual(
      program.nodes.map(each => each.kind),
      ["source", "step", "concat"],
    );
    const made = input(0);
    assert.equal(made.kind === "concat" && made.inputs.length, 2002);
  });

  test("is one for the panes of a window, whichever they are", () => {
    const compiler = new Compiler();
    const pane = (): PlanNode => {
      const made = step("map", source([1], [2]), double);
      compiler.kept.persist(made.id, StorageLevel.MEMORY_ONLY);
      return made;
    };
    const computed = (worker: number): PlanNode => {
      const made = pane();
      for (const p of [0, 1]) compiler.kept.add(made.id, p, { worker });
      return made;
    };
    const first = compiler.compile(aligned(computed(1), computed(2), pane()));
    const second = compiler.compile(aligned(computed(1), computed(1), computed(3), pane()));
    assert.deepEqual(first.program, second.program);
    assert.deepEqual(
      first.program.nodes.map(each => each.kind),
      ["persist", "source", "step", "persist", "concat"],
    );
  });

  test("keeps what is read twice as one node", () => {
    const shared = step("map", source([1]), double);
    const both = zip(() => [], step("filter", shared, even), shared);
    const { program } = new Compiler().compile(both);
    assert.deepEqual(
      program.nodes.map(each => each.kind),
      ["source", "step", "step", "zip"],
    );
    const pipe = expandProgram({ programId: 1, ...program }).pipe;
    assert.ok(pipe.kind === "zip" && pipe.parents[0]?.kind === "step");
    assert.equal(pipe.parents[0].parent, pipe.parents[1]);
  });

  test("says on both sides of a shuffle how keys are combined", () => {
    const counts = reduceByKey(source([["a", 1]]), 2, add);
    const compiler = new Compiler();
    const read = compiler.compile(counts).program;
    const combine = { kind: "reduce", fn: 1, site: "reduceByKey at test.ts:1" };
    assert.deepEqual(read.nodes, [{ kind: "shuffleRead", combine, site: "reduceByKey at test.ts:1" }]);
    assert.ok(counts.spec.kind === "shuffle");
    const purpose: Purpose = { kind: "shuffle", spec: counts.spec, site: counts.site };
    const write = compiler.compile(counts.spec.parent, purpose).program;
    const partitioner = { kind: "hash", n: 2 };
    assert.deepEqual(write.sink, { kind: "shuffleWrite", partitioner, combine, site: "reduceByKey at test.ts:1" });
  });

  test("of a lineage 10,000 steps deep can be cloned and expanded", () => {
    let root = source([1]);
    for (let i = 0; i < 10_000; i++) root = step("map", root, double);
    const { program } = new Compiler().compile(root);
    const clone = structuredClone({ programId: 1, ...program });
    let depth = 0;
    for (let pipe = expandProgram(clone).pipe; pipe.kind === "step"; pipe = pipe.parent) depth++;
    assert.equal(depth, 10_000);
  });

  test("a checkpointed node is a source from then on", () => {
    const compiler = new Compiler();
    const mapped = node("map", 1, step("map", source([1]), double).spec);
    const root = step("filter", mapped, even);
    assert.equal(compiler.compile(root).program.nodes.length, 3);
    mapped.spec = source([5]).spec;
    assert.equal(compiler.compile(root).program.nodes.length, 2);
    assert.deepEqual(compiler.compile(root).input(0), { kind: "split", split: [5] });
  });
});
