/** Stage programs between their two forms: a tree for generating loops, a list for the journey. */
import type { FlatNode, FlatProgram, PipeNode, StageProgram } from "./protocol.ts";

/** The tree of a program that came as a list. Parents that were shared are shared again. */
export function expandProgram(program: FlatProgram): StageProgram {
  const built: PipeNode[] = [];
  for (const node of program.nodes) built.push(expandNode(node, built));
  return { programId: program.programId, pipe: at(built, built.length - 1), sink: program.sink };
}

function expandNode(node: FlatNode, built: readonly PipeNode[]): PipeNode {
  switch (node.kind) {
    case "source":
    case "shuffleRead":
      return node;
    case "step":
      return { ...node, parent: at(built, node.parent) };
    case "persist":
      return {
        kind: "persist",
        level: node.level,
        ...(node.parent !== undefined && { parent: at(built, node.parent) }),
      };
    case "concat":
    case "zip":
      return { ...node, parents: node.parents.map(position => at(built, position)) };
  }
}

function at(nodes: readonly PipeNode[], position: number): PipeNode {
  const node = nodes[position];
  if (node === undefined) throw new RangeError(`a program names node ${position}, which does not come before`);
  return node;
}
