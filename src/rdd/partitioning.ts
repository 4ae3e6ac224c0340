/** Into how many partitions, and placed how: PySpark's rules for operations that were not told. */
import { samePartitioner } from "../plan/partitioner.ts";
import type { Partitioner } from "../plan/partitioner.ts";
import type { PlanNode } from "../plan/plan.ts";
import { requireCount } from "./checks.ts";
import type { SparkContext } from "./spark-context.ts";

/** What the user asked for: a number of partitions, a function that places keys, both or neither. */
export interface Placement {
  readonly numPartitions?: number | undefined;
  readonly partitionFunc?: ((key: never) => number) | undefined;
}

/**
 * The partitioner of an operation on pairs: what the user asked for; else that of the parents, if all have one and the same;
 * else by hash, into `defaultCount` partitions.
 */
export function choosePartitioner(context: SparkContext, parents: readonly PlanNode[], asked: Placement): Partitioner {
  const { numPartitions, partitionFunc } = asked;
  if (partitionFunc !== undefined)
    return { kind: "custom", n: numPartitions ?? defaultCount(context, parents), fn: partitionFunc };
  if (numPartitions !== undefined) return { kind: "hash", n: numPartitions };
  const common = parents[0]?.partitioner;
  if (common !== undefined && parents.every(parent => samePartitioner(parent.partitioner, common))) return common;
  return { kind: "hash", n: defaultCount(context, parents) };
}

/** Checked when the operation is called, so that the error is at the user's line. */
export function checkPlacement(operator: string, asked: Placement): Placement {
  if (asked.numPartitions !== undefined) requireCount(operator, "numPartitions", asked.numPartitions);
  return asked;
}

/**
 * How many partitions a shuffle makes when nobody said: `spark.default.parallelism`, or as many as the parents have together, as in
 * PySpark (where a join is a union first).
 */
export function defaultCount(context: SparkContext, parents: readonly PlanNode[]): number {
  return context.driver.configuredParallelism ?? parents.reduce((sum, parent) => sum + parent.numPartitions, 0);
}

/** True when the node's keys are where the partitioner wants them. */
export function isPlacedBy(node: PlanNode, partitioner: Partitioner): boolean {
  return samePartitioner(node.partitioner, partitioner);
}
