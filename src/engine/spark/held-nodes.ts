/**
 * What Spark holds, as far as laying out a stage depends on it. On Spark every persisted node and every shuffle is an RDD of its own, so a
 * stage always ends there; what is in their partitions comes with the task, and is only named here.
 *
 * Whether a partition is empty Spark does not tell; but what nothing can be in is known from the plan. A batch in which nothing has
 * arrived costs no job.
 */
import type { PlanNode, Spec } from "../../plan/plan.ts";
import type { StorageLevel } from "../storage-level.ts";
import type { Holdings, Kept, Outputs } from "../stages/holdings.ts";
import { type Layout, layOut } from "../stages/layout.ts";
import type { BlockRef } from "../stages/protocol.ts";

/** A stage whose result later stages read. */
export interface HeldStage {
  readonly layout: Layout;
  /** The partitions that something may be in, in order, and the place of each among them: the RDD has no others. */
  readonly places: ReadonlyMap<number, number>;
}

interface Known {
  readonly spec: Spec;
  readonly stage: HeldStage;
}

export class HeldNodes {
  readonly #levels = new Map<number, StorageLevel>();
  readonly #shuffles = new WeakMap<PlanNode, Known>();
  readonly #kept = new WeakMap<PlanNode, Known>();

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

  /** The map side of a shuffle. */
  shuffle(node: PlanNode): HeldStage {
    const parent = node.spec.kind === "shuffle" ? node.spec.parent : node;
    return this.#stage(this.#shuffles, node, parent, this.#holdings());
  }

  /** What computes a persisted node. */
  kept(node: PlanNode): HeldStage {
    return this.#stage(this.#kept, node, node, this.#holdings(node.id));
  }

  /** Known until the node is written over. */
  #stage(known: WeakMap<PlanNode, Known>, node: PlanNode, root: PlanNode, holdings: Holdings): HeldStage {
    const found = known.get(node);
    if (found?.spec === node.spec) return found.stage;
    const layout = layOut(root, holdings);
    const places = new Map<number, number>();
    for (let p = 0; p < root.numPartitions; p++) if (!layout.root.isEmpty(p)) places.set(p, places.size);
    const stage = { layout, places };
    known.set(node, { spec: node.spec, stage });
    return stage;
  }

  /** @param computed the persisted node that is being computed, and so not there yet */
  #holdings(computed?: number): Holdings {
    const kept: Kept = {
      levelOf: id => (id === computed ? undefined : this.#levels.get(id)),
      hasAll: () => true,
      place: (node, partition) => (this.kept(node).places.has(partition) ? { block: blockOf(node, partition) } : {}),
      addEmpty: () => {},
    };
    const outputs: Outputs = {
      isEmpty: shuffle => this.shuffle(shuffle).places.size === 0,
      blocks: (shuffle, reduce) => [blockOf(shuffle, reduce)],
    };
    return { kept, outputs };
  }
}

/** Stands for the blocks that a task will be sent; not empty, as far as is known. */
function blockOf({ id }: PlanNode, partition: number): BlockRef {
  return { leaf: { node: id, partition }, start: 0, end: 1 };
}
