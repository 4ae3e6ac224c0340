/**
 * Tells scopes apart that look the same: by the identity of V8's contexts, which only a heap snapshot shows. It takes a
 * fraction of a second and is needed rarely: for functions that share a variable of a function, assign it, and are captured
 * together without being able to see each other.
 *
 *     function ──context──▶ innermost scope ──previous──▶ next ──previous──▶ … module
 */
import { getHeapSnapshot } from "node:v8";
import { DStreamsError } from "../base/errors.ts";
import { heapIdOf } from "./inspect.ts";

interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly edge_fields: readonly string[];
      readonly edge_types: readonly [readonly string[], ...unknown[]];
    };
  };
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

/** Numbers that are equal for scopes that are the same; `depth` counts the scopes of a function from the innermost, 0. */
export function contextsOf(scopes: readonly { readonly fn: Function; readonly depth: number }[]): number[] {
  try {
    const text = takeSnapshot();
    // Ids are given out by the snapshot.
    const ids = scopes.map(({ fn }) => heapIdOf(fn));
    const heap = new Heap(JSON.parse(text) as Snapshot, new Set(ids));
    return scopes.map(({ depth }, i) => heap.context(ids[i] ?? 0, depth));
  } catch (cause) {
    throw new DStreamsError(
      "DSTREAMS_CLOSURE",
      "Functions that are captured together assign a variable, and it could not be found out whether it is the same one for " +
        "all of them. Keep it in an object that they share: `const state = { count: 0 }`.",
      { cause },
    );
  }
}

function takeSnapshot(): string {
  const stream = getHeapSnapshot();
  const chunks: Buffer[] = [];
  for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null)
    chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

class Heap {
  readonly #snapshot: Snapshot;
  readonly #nodeWidth: number;
  readonly #edgeWidth: number;
  readonly #edgeCount: number;
  /** Where each node's edges begin. */
  readonly #firstEdge: Uint32Array;
  readonly #wanted = new Map<number, number>();

  constructor(snapshot: Snapshot, wanted: ReadonlySet<number>) {
    const { node_fields: nodeFields, edge_fields: edgeFields } = snapshot.snapshot.meta;
    this.#snapshot = snapshot;
    this.#nodeWidth = nodeFields.length;
    this.#edgeWidth = edgeFields.length;
    this.#edgeCount = nodeFields.indexOf("edge_count");
    const idField = nodeFields.indexOf("id");
    const count = snapshot.nodes.length / this.#nodeWidth;
    this.#firstEdge = new Uint32Array(count + 1);
    for (let node = 0; node < count; node++) {
      const at = node * this.#nodeWidth;
      const id = snapshot.nodes[at + idField] ?? 0;
      if (wanted.has(id)) this.#wanted.set(id, node);
      this.#firstEdge[node + 1] = (this.#firstEdge[node] ?? 0) + (snapshot.nodes[at + this.#edgeCount] ?? 0);
    }
  }

  context(id: number, depth: number): number {
    let node = this.#follow(this.#wanted.get(id), "context");
    for (let i = 0; i < depth; i++) node = this.#follow(node, "previous");
    return node;
  }

  #follow(node: number | undefined, edge: string): number {
    const { edges, strings } = this.#snapshot;
    for (let i = this.#firstEdge[node ?? -1] ?? 0; i < (this.#firstEdge[(node ?? -1) + 1] ?? 0); i++) {
      const at = i * this.#edgeWidth;
      if (this.#isInternal(edges[at]) && strings[edges[at + 1] ?? -1] === edge)
        return (edges[at + 2] ?? 0) / this.#nodeWidth;
    }
    throw new RangeError(`the heap snapshot shows no ${edge}`);
  }

  #isInternal(type: number | undefined): boolean {
    return this.#snapshot.snapshot.meta.edge_types[0][type ?? -1] === "internal";
  }
}
