/**
 * RDDs that go on from the one before: the state of a batch from that of the last and what has come since.
 *
 *     given values ──────────────────────────────┐
 *     rdd ──(shuffle, unless keys are in place)──┤
 *     …                                          ├──▶ zip: partition p of each ──▶ kernel ──▶ the next RDD of the chain
 *     the RDD before ────────────────────────────┘
 *
 * The kernel is one function for all batches, and so is the program that workers generate of it; what is different in each (its
 * time) is a record of its own.
 */
import type { CallSite } from "../base/site.ts";
import { nextNodeId } from "../plan/plan.ts";
import type { PlanNode, Spec } from "../plan/plan.ts";
import type { Partitioner } from "../plan/partitioner.ts";
import { placedNode } from "./cogrouping.ts";
import { givenReader } from "./kernels/given.ts";
import type { Lineage, Shape } from "./lineage.ts";
import { choosePartitioner } from "./partitioning.ts";
import type { Placement } from "./partitioning.ts";
import type { RDD } from "./rdd.ts";

const reader = givenReader();

/** Called with the partition's index and its inputs: the given record, a partition of each RDD, and of the one before if there is one. */
export type ChainKernel = (
  index: number,
  inputs: readonly Iterable<never>[],
) => Iterable<unknown> | AsyncIterable<unknown>;

/** One link. `rdds` are of pairs and become placed as asked; `before`, an RDD of this chain, comes last. One of them there must be. */
export interface Link {
  readonly rdds: readonly Lineage[];
  readonly before?: Lineage | undefined;
  readonly given: unknown;
}

export function chained<U>(site: CallSite, link: Link, kernel: ChainKernel, asked: Placement): RDD<U> {
  const { rdds, before, given } = link;
  const parents = before === undefined ? rdds : [...rdds, before];
  const [first] = parents as readonly [Lineage];
  return first.derive(site, parents, (nodes): Shape => {
    const partitioner = choosePartitioner(first.context, nodes, asked);
    return { numPartitions: partitioner.n, partitioner, spec: linkSpec(site, nodes, given, kernel, partitioner) };
  });
}

/** What a link is computed by, on nodes that are resolved. */
export function linkSpec(
  site: CallSite,
  nodes: readonly PlanNode[],
  given: unknown,
  kernel: ChainKernel,
  partitioner: Partitioner,
): Spec {
  const parents = [givenNode(site, given, partitioner.n), ...nodes.map(node => placedNode(site, node, partitioner))];
  const parts = Array.from({ length: partitioner.n }, (_, p) => parents.map(() => p));
  return { kind: "zip", parents, parts, fn: kernel };
}

function givenNode(site: CallSite, given: unknown, numPartitions: number): PlanNode {
  const splits = Array.from({ length: numPartitions }, () => given);
  return { id: nextNodeId(), site, numPartitions, partitioner: undefined, spec: { kind: "source", splits, reader } };
}
