/**
 * A function with all it captured, as bytes that a worker makes a function of again (`restore`).
 *
 *     inspect ─▶ scopes, place ─┐
 *     toString ─▶ free names ───┴─▶ nodes ─▶ shared variables ─▶ bytes
 */
import { encodeNode } from "./encode.ts";
import { packGraph } from "./format.ts";
import { GraphBuilder } from "./graph.ts";
import { forgetInspected } from "./inspect.ts";
import { shareVariables } from "./sharing.ts";
import type { Handle } from "./travel.ts";

export interface Captured {
  /** Unique in this thread. */
  readonly id: number;
  readonly bytes: Uint8Array;
  /** The function's name; empty when it has none. */
  readonly name: string;
  /** The broadcasts and accumulators it refers to. */
  readonly handles: readonly Handle[];
}

let captured = new WeakMap<Function, Captured>();
let lastId = 0;

/**
 * From now on functions are captured anew, with the values their variables have then. The shell calls it before each input: who
 * sets a variable at the prompt means the functions typed before, too.
 */
export function forgetCaptures(): void {
  captured = new WeakMap();
}

/**
 * Captures a function: its source, and the values that the variables it uses have now. Done once for each function object;
 * captured again, it gives the same, whatever its variables hold by then.
 *
 * @param at the operator that was given the function, for the path in errors: `flatMap at app.ts:12`
 * @throws DSTREAMS_CLOSURE with the path to what cannot travel, and what to do instead
 * @throws DSTREAMS_NESTED_CONTEXT when the path leads to a context, an RDD or a DStream
 */
export function capture(fn: Function, at?: string): Captured {
  const known = captured.get(fn);
  if (known !== undefined) return known;
  const builder = new GraphBuilder(encodeNode);
  try {
    const graph = builder.finish(builder.slot(fn, { label: at ?? (fn.name || "function"), parent: undefined }));
    shareVariables(builder);
    const handles = graph.nodes.flatMap(node => (node.kind === "handle" ? [{ kind: node.handle, id: node.id }] : []));
    const result: Captured = { id: ++lastId, bytes: packGraph(graph), name: fn.name, handles };
    captured.set(fn, result);
    return result;
  } finally {
    forgetInspected();
  }
}
