/** Cuts a stage out of a plan: from a root down to sources, shuffles and nodes all of whose partitions are kept. */
import { type PlanNode, parentsOf } from "../../plan/plan.ts";
import type { Holdings } from "./holdings.ts";
import { ConcatPart, type Part, PersistPart, ShufflePart, SourcePart, StepPart, ZipPart } from "./parts.ts";

export interface Layout {
  readonly root: Part;
  /** All parts, parents before children. */
  readonly parts: readonly Part[];
  /** The shuffles that are read. */
  readonly shuffles: readonly PlanNode[];
}

export function layOut(root: PlanNode, holdings: Holdings): Layout {
  const { kept, outputs } = holdings;
  const done = new Map<PlanNode, Part>();
  const parts: Part[] = [];
  const shuffles: PlanNode[] = [];
  const add = <P extends Part>(part: P): P => {
    parts.push(part);
    return part;
  };
  const partsOf = (nodes: readonly PlanNode[]): Part[] => nodes.map(node => done.get(node) as Part);
  const partOf = (node: PlanNode): Part => {
    const spec = node.spec;
    switch (spec.kind) {
      case "source":
        return add(new SourcePart(node, spec));
      case "step":
        return add(new StepPart(node, spec, done.get(spec.parent) as Part));
      case "concat":
        return add(new ConcatPart(node, spec, partsOf(spec.parents)));
      case "zip":
        return add(new ZipPart(node, spec, partsOf(spec.parents)));
      case "shuffle":
        shuffles.push(node);
        return add(new ShufflePart(node, spec, outputs));
    }
  };

  // Depth first with a stack of its own: a node is met twice, first to put its parents on top of it, then to be made.
  const stack = [root];
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    const level = kept.levelOf(node.id);
    const cut = level !== undefined && kept.hasAll(node.id, node.numPartitions);
    const waiting =
      done.has(node) || cut || node.spec.kind === "shuffle" ? [] : parentsOf(node).filter(p => !done.has(p));
    if (waiting.length > 0) {
      for (let i = waiting.length - 1; i >= 0; i--) stack.push(waiting[i] as PlanNode);
      continue;
    }
    stack.pop();
    if (done.has(node)) continue;
    if (level === undefined) done.set(node, partOf(node));
    else done.set(node, add(new PersistPart(node, level, cut ? undefined : partOf(node), kept)));
  }
  return { root: done.get(root) as Part, parts, shuffles };
}
