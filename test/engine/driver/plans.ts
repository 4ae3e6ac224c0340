/** Plans for tests, a line each. */
import type { CallSite } from "../../../src/base/site.ts";
import {
  type Fn,
  type PlanNode,
  type Reader,
  type ShuffleSpec,
  type Spec,
  type Step,
  nextNodeId,
} from "../../../src/plan/plan.ts";
import type { Partitioner } from "../../../src/plan/partitioner.ts";

export function site(operator: string): CallSite {
  return { operator, short: "test.ts:1", long: `${operator} at test.ts:1` };
}

export function node(operator: string, numPartitions: number, spec: Spec, partitioner?: Partitioner): PlanNode {
  return { id: nextNodeId(), site: site(operator), numPartitions, partitioner, spec };
}

/** The splits are the records. */
export const reader: Reader = split => [split as unknown[]];

export function source(...splits: readonly (readonly unknown[])[]): PlanNode {
  return node("parallelize", splits.length, { kind: "source", splits, reader });
}

/** Numbers from 0, dealt out in runs. */
export function range(count: number, partitions: number): PlanNode {
  const splits = Array.from({ length: partitions }, (_, p) => {
    const [from, to] = [Math.floor((count * p) / partitions), Math.floor((count * (p + 1)) / partitions)];
    return Array.from({ length: to - from }, (_, i) => from + i);
  });
  return source(...splits);
}

type SimpleOp = "map" | "filter" | "flatMap" | "mapValues" | "flatMapValues" | "keyBy" | "partitions";

export function step(op: SimpleOp, parent: PlanNode, fn: Fn): PlanNode {
  return node(op, parent.numPartitions, { kind: "step", parent, step: { op, fn } as Step });
}

export function union(...parents: readonly PlanNode[]): PlanNode {
  const parts = parents.flatMap((parent, i) =>
    Array.from({ length: parent.numPartitions }, (_, p) => [[i, p] as const]),
  );
  return node("union", parts.length, { kind: "concat", parents, parts });
}

/** Partition p of all parents, one after the other, as windows of co-partitioned panes are. */
export function aligned(...parents: readonly PlanNode[]): PlanNode {
  const n = parents[0]?.numPartitions ?? 0;
  const parts = Array.from({ length: n }, (_, p) => parents.map((_, i) => [i, p] as const));
  return node("union", n, { kind: "concat", parents, parts });
}

export function coalesceToOne(parent: PlanNode): PlanNode {
  const parts = [Array.from({ length: parent.numPartitions }, (_, p) => [0, p] as const)];
  return node("coalesce", 1, { kind: "concat", parents: [parent], parts });
}

export function zip(fn: Fn, ...parents: readonly PlanNode[]): PlanNode {
  const n = parents[0]?.numPartitions ?? 0;
  const parts = Array.from({ length: n }, (_, p) => parents.map(() => p));
  return node("zip", n, { kind: "zip", parents, parts, fn });
}

export function shuffle(
  parent: PlanNode,
  n: number,
  options: Partial<Pick<ShuffleSpec, "combine" | "sort">> = {},
): PlanNode {
  const partitioner: Partitioner = { kind: "hash", n };
  return node("reduceByKey", n, { kind: "shuffle", parent, partitioner, ...options }, partitioner);
}

export function reduceByKey(parent: PlanNode, n: number, fn: Fn): PlanNode {
  return shuffle(parent, n, { combine: { kind: "reduce", fn } });
}
