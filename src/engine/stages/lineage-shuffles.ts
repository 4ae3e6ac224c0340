import { type PlanNode, parentsOf } from "../../plan/plan.ts";

/** Finds the shuffles of lineages that are let go of, each once: nothing new can come to be below a node that has been looked at. */
export class LineageShuffles {
  readonly #seen = new WeakSet<PlanNode>();

  /** Ids of the shuffles at and below the node that were not found before, or only at the node itself. */
  below(node: PlanNode): number[] {
    const found: number[] = [];
    const nodes = new Set([node]);
    for (const each of nodes) {
      if (each.spec.kind === "shuffle") found.push(each.id);
      for (const parent of parentsOf(each)) if (!this.#seen.has(parent)) nodes.add(parent);
      this.#seen.add(each);
    }
    return found;
  }
}
