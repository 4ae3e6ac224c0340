/** Where a task should run, by what it reads and leaves behind. */
import type { PlanNode } from "../../plan/plan.ts";
import { nextNodeId } from "../../plan/plan.ts";
import type { TaskNeeds } from "../stages/parts.ts";

/**
 * Where a task should run. `must`: its data are in this worker's heap and nowhere else. `data`: they are, but can be made anew.
 * `habit`: they will be kept there, beside those of the same partition number.
 */
export interface Wish {
  readonly kind: "anywhere" | "habit" | "data" | "must";
  readonly slot: number;
}

export type Held = TaskNeeds["held"][number];

/** Partitions in other heaps than the first one that the task needs: they must become bytes before it can run. */
export function heldElsewhere({ held }: TaskNeeds): readonly Held[] {
  return held.filter(each => each.worker !== held[0]?.worker);
}

/** @param slotOf the slot of a worker, if it is alive */
export function wishOf(
  partition: number,
  { held, keeps }: TaskNeeds,
  slots: number,
  slotOf: (worker: number) => number | undefined,
): Wish {
  const [first] = held;
  if (first === undefined) return { kind: keeps ? "habit" : "anywhere", slot: partition % slots };
  return { kind: held.some(each => each.strict) ? "must" : "data", slot: slotOf(first.worker) ?? 0 };
}

/** A node whose partitions are those of another one: persisted as bytes, it makes bytes of them. */
export function copyOf(node: PlanNode): PlanNode {
  const parts = Array.from({ length: node.numPartitions }, (_, p) => [[0, p] as const]);
  return { ...node, id: nextNodeId(), spec: { kind: "concat", parents: [node], parts } };
}
