/** Partitions put one after the other, without moving a record: union and coalesce. */
import { captureSite } from "../base/site.ts";
import { samePartitioner } from "../plan/partitioner.ts";
import type { PlanNode } from "../plan/plan.ts";
import { requireCount } from "./checks.ts";
import type { Lineage, Shape } from "./lineage.ts";
import type { RDD } from "./rdd.ts";

/**
 * The partitions of all RDDs, in order. Where all place their keys alike, partition p is made of everyone's partition p, and
 * the placement holds for the union.
 */
export function union<T>(rdds: readonly [Lineage, ...Lineage[]]): RDD<T> {
  return rdds[0].derive(captureSite("union"), rdds, unionOf);
}

export function unionOf(parents: readonly PlanNode[]): Shape {
  const [first] = parents;
  const partitioner = first?.partitioner;
  if (first !== undefined && parents.every(parent => samePartitioner(parent.partitioner, partitioner))) {
    const parts = Array.from({ length: first.numPartitions }, (_, p) => parents.map((__, i) => [i, p] as const));
    return { numPartitions: first.numPartitions, partitioner, spec: { kind: "concat", parents, parts } };
  }
  const parts: [parent: number, partition: number][][] = [];
  parents.forEach((parent, i) => {
    for (let p = 0; p < parent.numPartitions; p++) parts.push([[i, p]]);
  });
  return { numPartitions: parts.length, spec: { kind: "concat", parents, parts } };
}

/** At most `n` partitions, each of neighbours; with a shuffle exactly `n`, of about equal size. */
export function coalesce<T>(operator: string, rdd: Lineage, n: number, shuffle: boolean): RDD<T> {
  requireCount(operator, "numPartitions", n);
  return rdd.derive(captureSite(operator), [rdd], ([parent]): Shape => {
    if (shuffle) {
      return { numPartitions: n, spec: { kind: "shuffle", parent, partitioner: { kind: "roundRobin", n } } };
    }
    return coalesced(parent, n);
  });
}

/** The parent in `n` groups of neighbouring partitions, as even as whole numbers can be. */
export function coalesced(parent: PlanNode, n: number): Shape {
  const before = parent.numPartitions;
  const numPartitions = Math.min(n, before);
  const start = (group: number): number => Math.floor((group * before) / numPartitions);
  const parts = Array.from({ length: numPartitions }, (_, group) =>
    Array.from({ length: start(group + 1) - start(group) }, (__, i) => [0, start(group) + i] as const),
  );
  const partitioner = numPartitions === before ? parent.partitioner : undefined;
  return { numPartitions, partitioner, spec: { kind: "concat", parents: [parent], parts } };
}
