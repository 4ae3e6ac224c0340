/**
 * The lineage as text, in Spark's form:
 *
 *     (2) ShuffledRDD[3] at reduceByKey at wordcount.ts:7 []
 *      +-(2) MapPartitionsRDD[2] at map at wordcount.ts:6 []
 *         |  MapPartitionsRDD[1] at flatMap at wordcount.ts:5 []
 *         |  ParallelCollectionRDD[0] at parallelize at wordcount.ts:4 []
 */
import { describeSite } from "../base/site.ts";
import type { StorageLevel } from "../engine/storage-level.ts";
import { parentsOf } from "../plan/plan.ts";
import type { PlanNode } from "../plan/plan.ts";

/** What is known of nodes beside the plan. */
export interface Known {
  readonly names: WeakMap<PlanNode, string>;
  readonly persisted: ReadonlyMap<number, StorageLevel>;
}

/** A line still to be written: the node, what comes before it, and whether a shuffle is between it and the line above. */
interface Pending {
  readonly node: PlanNode;
  readonly prefix: string;
  readonly shuffled: boolean;
  readonly last: boolean;
}

export function debugString(root: PlanNode, known: Known): string {
  const count = `(${root.numPartitions})`;
  const lines = [`${count} ${describe(root, known)}`];
  const pending = childrenOf(root, below(count));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, prefix, shuffled, last } = next;
    if (!shuffled) {
      lines.push(`${prefix}${describe(node, known)}`);
      pending.push(...childrenOf(node, prefix));
      continue;
    }
    const inner = prefix.replaceAll(/\|\s+$/g, "");
    const partitions = `(${node.numPartitions})`;
    lines.push(`${inner}+-${partitions} ${describe(node, known)}`);
    pending.push(...childrenOf(node, `${inner}${last ? "  " : "| "}${below(partitions)}`));
  }
  return lines.join("\n");
}

/** The class that Spark would have used for such a node. */
export function typeName(node: PlanNode): string {
  const { spec, site } = node;
  switch (spec.kind) {
    case "source":
      return sourceNames[site.operator] ?? "SourceRDD";
    case "step":
      return "MapPartitionsRDD";
    case "shuffle":
      return "ShuffledRDD";
    case "concat":
      if (spec.parents.length === 1) return "CoalescedRDD";
      return node.partitioner === undefined ? "UnionRDD" : "PartitionerAwareUnionRDD";
    case "zip":
      return zipNames[site.operator] ?? "CoGroupedRDD";
  }
}

const sourceNames: Record<string, string> = {
  parallelize: "ParallelCollectionRDD",
  range: "ParallelCollectionRDD",
  emptyRDD: "EmptyRDD",
  textFile: "HadoopRDD",
  textFileStream: "HadoopRDD",
  wholeTextFiles: "WholeTextFileRDD",
  binaryFiles: "BinaryFileRDD",
  binaryRecords: "NewHadoopRDD",
};

const zipNames: Record<string, string> = {
  zip: "ZippedPartitionsRDD2",
  cartesian: "CartesianRDD",
  subtractByKey: "SubtractedRDD",
};

/** In reverse, since they are taken from the end. */
function childrenOf(node: PlanNode, prefix: string): Pending[] {
  const parents = parentsOf(node);
  const shuffled = node.spec.kind === "shuffle";
  return parents.map((parent, i) => ({ node: parent, prefix, shuffled, last: i === parents.length - 1 })).reverse();
}

/** A bar below the middle of `(2)`. */
function below(count: string): string {
  const left = Math.floor((count.length - 1) / 2);
  return `${" ".repeat(left)}|${" ".repeat(count.length - left)}`;
}

function describe(node: PlanNode, known: Known): string {
  const name = known.names.get(node);
  const level = known.persisted.get(node.id);
  const type = `${typeName(node)}[${node.id}] at ${describeSite(node.site)}`;
  return `${name === undefined ? "" : `${name} `}${type} [${level?.toString() ?? ""}]`;
}
