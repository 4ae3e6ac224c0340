/**
 * Several RDDs of pairs, brought together by key.
 *
 *     rdd ──(shuffle, unless its keys are in place)──┐
 *     other ──(shuffle, unless …)────────────────────┴──▶ zip: partition p of each ──▶ kernel ──▶ records
 */
import { captureSite } from "../base/site.ts";
import type { CallSite } from "../base/site.ts";
import { nextNodeId } from "../plan/plan.ts";
import type { PlanNode, ZipSpec } from "../plan/plan.ts";
import type { Partitioner } from "../plan/partitioner.ts";
import type { Lineage, Shape } from "./lineage.ts";
import { checkPlacement, choosePartitioner, isPlacedBy } from "./partitioning.ts";
import type { Placement } from "./partitioning.ts";
import type { RDD } from "./rdd.ts";

/** `kernel` applied to the partitions in which equal keys of all `rdds` meet. */
export function cogrouping<U>(
  operator: string,
  rdds: readonly Lineage[],
  kernel: ZipSpec["fn"],
  asked: Placement,
  { keepsPartitioner = true } = {},
): RDD<U> {
  checkPlacement(operator, asked);
  const [first] = rdds as readonly [Lineage];
  const site = captureSite(operator);
  return first.derive(site, rdds, (nodes): Shape => {
    const partitioner = choosePartitioner(first.context, nodes, asked);
    const parents = nodes.map(node => placedNode(site, node, partitioner));
    const parts = Array.from({ length: partitioner.n }, (_, p) => parents.map(() => p));
    return {
      numPartitions: partitioner.n,
      partitioner: keepsPartitioner ? partitioner : undefined,
      spec: { kind: "zip", parents, parts, fn: kernel },
    };
  });
}

/** The node, or a shuffle of it where its keys are not in place. */
export function placedNode(site: CallSite, node: PlanNode, partitioner: Partitioner): PlanNode {
  if (isPlacedBy(node, partitioner)) return node;
  const spec = { kind: "shuffle", parent: node, partitioner } as const;
  return { id: nextNodeId(), site, numPartitions: partitioner.n, partitioner, spec };
}
