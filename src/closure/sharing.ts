/**
 * Variables that several functions of one capture share and at least one of them assigns: they become cells, so that what
 * one writes the others read.
 *
 *     let total = 0;                              cell 0: total
 *     const add = x => { total += x; };           add   sharedNames [total] → cell 0
 *     rdd.map(x => { add(x); return total; })     map   sharedNames [total] → cell 0
 *
 * Variables that nobody assigns need no cell: copies of them cannot differ.
 */
import type { Code, Node, Slot } from "./format.ts";
import type { GraphBuilder, Variable } from "./graph.ts";
import { contextsOf } from "./heap.ts";

/** Moves shared variables of the finished graph from the functions' slots into cells. */
export function shareVariables(builder: GraphBuilder): void {
  const byName = Map.groupBy(builder.variables, variable => variable.name);
  for (const variables of byName.values()) {
    for (const alike of groupBy(variables, isAlike)) {
      if (!matters(alike)) continue;
      const same = alike[0]?.scope.kind === "inner" ? groupInner(alike) : [alike];
      for (const group of same) if (matters(group)) makeCell(builder, group);
    }
  }
}

/** A variable that nobody else uses, or that nobody assigns, need not be shared. */
function matters(variables: readonly Variable[]): boolean {
  return variables.length > 1 && variables.some(variable => variable.assigned);
}

function groupBy(variables: readonly Variable[], same: (a: Variable, b: Variable) => boolean): Variable[][] {
  const groups: Variable[][] = [];
  for (const variable of variables) {
    const group = groups.find(([first]) => first !== undefined && same(first, variable));
    if (group) group.push(variable);
    else groups.push([variable]);
  }
  return groups;
}

/** There is one module scope a script. Inner scopes whose variables differ are surely not the same. */
function isAlike(a: Variable, b: Variable): boolean {
  if (a.scriptId !== b.scriptId || a.scope.kind !== b.scope.kind) return false;
  if (a.scope.kind !== "inner") return true;
  const names = Object.keys(a.scope.variables);
  if (names.length !== Object.keys(b.scope.variables).length) return false;
  return names.every(name => name in b.scope.variables && Object.is(peek(a, name), peek(b, name)));
}

/**
 * Inner scopes that look the same may be two of a kind: two counters, both at 0. A function that each scope holds and that
 * was written in it proves them the same; where there is none, the heap is asked.
 */
function groupInner(alike: readonly Variable[]): Variable[][] {
  const functions = new Set<unknown>(alike.map(variable => variable.fn));
  const [first] = alike;
  if (first && Object.keys(first.scope.variables).some(name => functions.has(peek(first, name)))) return [[...alike]];
  const contexts = contextsOf(alike.map(({ fn, depth }) => ({ fn, depth })));
  return [...Map.groupBy(alike, variable => contexts[alike.indexOf(variable)]).values()];
}

function peek({ scope }: Variable, name: string): unknown {
  try {
    return scope.variables[name];
  } catch {
    return undefined;
  }
}

function makeCell(builder: GraphBuilder, variables: readonly Variable[]): void {
  const cell = builder.cells.push(variables[0]?.slot) - 1;
  for (const { node, name } of variables) {
    const described = builder.nodes[node];
    if (described !== undefined) builder.nodes[node] = withCell(described, name, cell);
  }
}

function withCell(node: Node, name: string, cell: number): Node {
  if ((node.kind !== "function" && node.kind !== "class") || node.code === undefined) return node;
  const { code } = node;
  const keep = (_: string | Slot, i: number): boolean => code.names[i] !== name;
  const shared: Code = {
    ...code,
    names: code.names.filter(keep),
    slots: code.slots.filter(keep),
    sharedNames: [...(code.sharedNames ?? []), name],
    cells: [...(code.cells ?? []), cell],
  };
  return { ...node, code: shared };
}
