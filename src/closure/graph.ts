/**
 * Builds the graph of a captured function: every object, function and symbol becomes one node, however often it is met, so
 * cycles and shared references survive. What is met waits in a queue instead of on the stack: a captured list may be long.
 */
import type { Graph, ModuleRef, Node, Slot } from "./format.ts";
import { formatVersion } from "./format.ts";
import type { Scope } from "./inspect.ts";
import type { Path } from "./path.ts";

/** A variable that a function uses: sharing.ts finds out which are the same. */
export interface Variable {
  readonly node: number;
  readonly fn: Function;
  readonly name: string;
  readonly scope: Scope;
  /** Position of the scope in the function's chain. */
  readonly depth: number;
  /** The script, for scopes of which there is one per script. */
  readonly scriptId: string;
  readonly assigned: boolean;
  readonly slot: Slot;
}

/** How one value becomes a node; given the builder to make slots of what it consists of. */
export type Encoder = (builder: GraphBuilder, value: object | symbol, path: Path, node: number) => Node;

export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly cells: Slot[] = [];
  readonly variables: Variable[] = [];
  /** Classes whose definition is part of this graph, while it is one of definitions. */
  readonly definitions: Map<Function, string> | undefined;
  /** The object a function was found in: where a method looks for `super`. */
  readonly homes = new Map<Function, object>();
  private readonly modules: ModuleRef[] = [];
  private readonly moduleIndex = new Map<string, number>();
  private readonly index = new Map<object | symbol, number>();
  private readonly queue: { readonly value: object | symbol; readonly path: Path; readonly node: number }[] = [];
  readonly encode: Encoder;

  constructor(encode: Encoder, definitions?: Map<Function, string>) {
    this.encode = encode;
    this.definitions = definitions;
  }

  /** The slot for any value. What it refers to is encoded later, by `finish`. */
  slot(value: unknown, path: Path): Slot {
    if (isPrimitive(value)) return value;
    return [this.nodeOf(value as object | symbol, path)];
  }

  /** The slot for a node that stands for no value of this thread. */
  add(node: Node): Slot {
    return [this.nodes.push(node) - 1];
  }

  /** A slot for a value whose node is known already, such as a name that was imported. */
  slotAs(value: unknown, node: Node): Slot {
    const known = isPrimitive(value) ? undefined : this.index.get(value as object | symbol);
    if (known !== undefined) return [known];
    const slot = this.add(node);
    if (!isPrimitive(value)) this.index.set(value as object | symbol, this.nodes.length - 1);
    return slot;
  }

  module(ref: ModuleRef): number {
    const key = JSON.stringify(ref);
    const found = this.moduleIndex.get(key);
    if (found !== undefined) return found;
    this.moduleIndex.set(key, this.modules.length);
    return this.modules.push(ref) - 1;
  }

  finish(root: Slot): Graph {
    for (let at = 0; at < this.queue.length; at++) {
      const item = this.queue[at];
      if (item) this.nodes[item.node] = this.encode(this, item.value, item.path, item.node);
    }
    return { version: formatVersion, modules: this.modules, nodes: this.nodes, cells: this.cells, root };
  }

  private nodeOf(value: object | symbol, path: Path): number {
    const known = this.index.get(value);
    if (known !== undefined) return known;
    const node = this.nodes.length;
    this.nodes.push({ kind: "symbol" });
    this.index.set(value, node);
    this.queue.push({ value, path, node });
    return node;
  }
}

/** What a slot holds as it is. */
export function isPrimitive(value: unknown): value is Slot {
  const type = typeof value;
  return value === null || (type !== "object" && type !== "function" && type !== "symbol");
}
