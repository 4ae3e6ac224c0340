/**
 * What Spark holds, as far as laying out a stage depends on it. On Spark every persisted node and every shuffle is an RDD of its own, so a
 * stage always ends there; what is in their partitions comes with the task, and is only named here.
 *
 * Whether a partition is empty Spark does not tell; but what nothing can be in is known from the plan. A batch in which nothing has
 * arrived costs no job.
 */
import type { PlanNode, Spec } from "../../plan/plan.ts";
import type { StorageLevel } from "../storage-level.ts";
import type { Holdings, Kept, Outputs, Place } from "../stages/holdings.ts";
import { type Layout, layOut } from "../stages/layout.ts";
import type { BlockRef } from "../stages/protocol.ts";

/** A node whose result later stages read, and the stage that computes it. */
export interface HeldNode {
  readonly layout: Layout;
  /** The partitions of the stage that something may be in. */
  readonly partitions: readonly number[];
}

export class HeldNodes {
  readonly #levels = new Map<number, StorageLevel>();
  readonly #known = new WeakMap<PlanNode, { readonly spec: Spec; readonly held: HeldNode }>();

  persist(nodeId: number, level: StorageLevel): void {
    this.#levels.set(nodeId, level);
  }

  unpersist(nodeId: number): void {
    this.#levels.delete(nodeId);
  }

  levelOf(nodeId: number): StorageLevel | undefined {
    return this.#levels.get(nodeId);
  }

  /** Lays out a job's own stage. */
  layOut(root: PlanNode): Layout {
    return layOut(root, this.#holdings());
  }

  /** The map side of a shuffle, or the computation of a persisted node. Known until the node is written over. */
  held(node: PlanNode): HeldNode {
    const known = this.#known.get(node);
    if (known?.spec === node.spec) return known.held;
    const isPersisted = this.#levels.has(node.id);
    const root = !isPersisted && node.spec.kind === "shuffle" ? node.spec.parent : node;
    const layout = layOut(root, this.#holdings(isPersisted ? node.id : undefined));
    const all = Array.from({ length: root.numPartitions }, (_, p) => p);
    const held = { layout, partitions: all.filter(p => !layout.root.isEmpty(p)) };
    this.#known.set(node, { spec: node.spec, held });
    return held;
  }

  /** @param computed the persisted node that is being computed, and so not there yet */
  #holdings(computed?: number): Holdings {
    const kept: Kept = {
      levelOf: id => (id === computed ? undefined : this.#levels.get(id)),
      hasAll: () => true,
      place: (node, partition) => (this.#isEmpty(node, partition) ? ({} satisfies Place) : { block: blockOf(node, partition) }),
      addEmpty: () => {},
    };
    const outputs: Outputs = {
      isEmpty: shuffle => this.held(shuffle).partitions.length === 0,
      blocks: (shuffle, reduce) => [blockOf(shuffle, reduce)],
    };
    return { kept, outputs };
  }

  #isEmpty(node: PlanNode, partition: number): boolean {
    return !this.held(node).partitions.includes(partition);
  }
}

/** Stands for the blocks that a task will be sent; not empty, as far as is known. */
function blockOf({ id }: PlanNode, partition: number): BlockRef {
  return { leaf: { node: id, partition }, start: 0, end: 1 };
}
