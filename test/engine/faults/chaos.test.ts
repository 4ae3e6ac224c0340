/** Programs of all kinds of nodes, caches too small for them, and workers that die at random: the results must not change. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { StorageLevel } from "../../../src/engine/storage-level.ts";
import type { PlanNode } from "../../../src/plan/plan.ts";
import { collect, withEngine } from "../driver/engines.ts";
import { aligned, coalesceToOne, range, reduceByKey, step, union, zip } from "../driver/plans.ts";

const add = (a: number, b: number): number => a + b;
const pairUp = (x: number): [number, number] => [x % 7, x];
const valueOf = ([, value]: [number, number]): number => value;
const isOdd = (x: number): boolean => x % 2 === 1;
const joinUp = (_: number, inputs: readonly Iterable<number>[]): number[] => inputs.flatMap(each => [...each]);
const dieSometimes = (_: number, records: Iterable<number>): Iterable<number> => {
  if (Math.random() < 0.03) process.exit(1);
  return records;
};

/** One operation more on some of the nodes there are; `pick` chooses. */
function grow(nodes: readonly PlanNode[], op: number, pick: number): PlanNode {
  const a = nodes[pick % nodes.length] as PlanNode;
  const b = nodes[(pick * 7 + 3) % nodes.length] as PlanNode;
  switch (op % 7) {
    case 0:
      return step("filter", a, isOdd);
    case 1:
      return step("map", reduceByKey(step("map", a, pairUp), 3, add), valueOf);
    case 2:
      return union(a, b);
    case 3:
      return a.numPartitions === b.numPartitions ? aligned(a, b) : coalesceToOne(a);
    case 4:
      return a.numPartitions === b.numPartitions ? zip(joinUp, a, b) : step("map", a, Number);
    case 5:
      return coalesceToOne(b);
    default:
      return step("partitions", a, (_: number, records: Iterable<number>) => [...records].slice(0, 50));
  }
}

interface Program {
  readonly ops: readonly (readonly [op: number, pick: number, cache: number])[];
}

/** The results of the last nodes, asked for twice so that caches are read. */
async function results(
  program: Program,
  options: { threads: number; cacheBytes?: number },
  dying: boolean,
): Promise<unknown[]> {
  const answers: unknown[] = [];
  await withEngine({ ...options, maxFailures: 50, localityWait: 50 }, async engine => {
    const nodes: PlanNode[] = [range(60, 3), range(40, 4)];
    for (const [op, pick, cache] of program.ops) {
      const grown = grow(nodes, op, pick);
      const node = dying ? step("partitions", grown, dieSometimes) : grown;
      const level = [undefined, StorageLevel.MEMORY_ONLY, StorageLevel.MEMORY_AND_DISK, StorageLevel.MEMORY_ONLY_SER][
        cache
      ];
      if (level !== undefined) engine.persist(node.id, level);
      nodes.push(node);
    }
    const last = nodes.slice(-3);
    for (const node of [...last, ...last]) answers.push(await collect(engine, node));
    for (const node of last) engine.release(node);
    answers.push(await Promise.all(last.map(node => collect(engine, node))));
  });
  return answers;
}

describe("whatever dies", () => {
  test("results are those of one worker that lives", async () => {
    const op = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(3));
    const programs = fc.sample(fc.array(op, { minLength: 3, maxLength: 8 }), { seed: 7, numRuns: 6 });
    for (const ops of programs) {
      const expected = await results({ ops }, { threads: 1 }, false);
      assert.deepEqual(await results({ ops }, { threads: 2, cacheBytes: 2000 }, true), expected, JSON.stringify(ops));
    }
  });
});
