/** What an engine has already got, as far as laying out a stage depends on it. */
import type { PlanNode } from "../../plan/plan.ts";
import type { StorageLevel } from "../storage-level.ts";
import type { BlockRef } from "./protocol.ts";

export interface Holdings {
  readonly kept: Kept;
  readonly outputs: Outputs;
}

/** Which partitions of persisted nodes are kept, and where. */
export interface Kept {
  /** Undefined unless the node is persisted. */
  levelOf(nodeId: number): StorageLevel | undefined;
  /** True when none of the node's `count` partitions has to be computed. */
  hasAll(nodeId: number, count: number): boolean;
  place(node: PlanNode, partition: number): Place | undefined;
  /** The partition is known to hold no records. */
  addEmpty(node: PlanNode, partition: number): void;
}

/** Where one partition is. Both fields at once: in a heap, and as bytes too. None: it is known to hold no records. */
export interface Place {
  /** Id of the worker in whose heap it is. */
  readonly worker?: number;
  readonly block?: BlockRef;
}

/** What shuffles have written. */
export interface Outputs {
  /** True when no map partition has a record for the reduce partition. */
  isEmpty(shuffle: PlanNode, reduce: number): boolean;
  /** The parts of one reduce partition, in the order of the map partitions. */
  blocks(shuffle: PlanNode, reduce: number): readonly BlockRef[];
}
