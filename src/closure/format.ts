/**
 * The bytes of a captured function: a graph of nodes, each naming the others by position, in V8's serialization. Nothing in
 * it is evaluated but the sources of functions and classes.
 *
 *     node 0   function  source, position, names → slots         slot: a primitive, or a reference to a node
 *     node 1   object    keys → slots                            cell: a variable that several functions share
 *     node 2   import    module, name
 */
import { deserialize, serialize } from "node:v8";
import { DStreamsError } from "../base/errors.ts";

export const formatVersion = 1;

export type Primitive = string | number | boolean | bigint | null | undefined;

/** A primitive as it is, or `[i]`: node i. */
export type Slot = Primitive | readonly [node: number];

/** A property name; symbols are nodes. */
export type Key = string | readonly [node: number];

/** What an object has besides what its kind implies. */
export interface Own {
  readonly keys: readonly Key[];
  readonly values: readonly Slot[];
  /** Properties that are not plain data: `flags` 1 enumerable, 2 configurable, 4 writable. */
  readonly special?: readonly Special[];
  /** The prototype, when it is not the one the kind implies; null for none. */
  readonly prototype?: Slot;
  readonly integrity?: "frozen" | "sealed" | "fixed";
}

export type Special =
  | { readonly key: Key; readonly flags: number; readonly value: Slot }
  | { readonly key: Key; readonly flags: number; readonly get: Slot; readonly set: Slot };

export interface ModuleRef {
  readonly specifier: string;
  /** URL (or path) of the importing file; undefined when the specifier is a URL itself. */
  readonly from: string | undefined;
  readonly attributes: Readonly<Record<string, string>> | undefined;
  /** Loaded by `require`, which may give another object than `import`. */
  readonly commonjs?: boolean;
}

/** Source text and where it stood. */
export interface Code {
  /** Same length and line breaks as written, so that positions hold. */
  readonly source: string;
  readonly form: "expression" | "declaration" | "member" | "class";
  /** The name a declaration binds. */
  readonly binding?: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly strict: boolean;
  readonly name: string;
  /** Names the code expects, with their values. */
  readonly names: readonly string[];
  readonly slots: readonly Slot[];
  /** Names that are shared variables, with the positions of their cells. */
  readonly sharedNames?: readonly string[];
  readonly cells?: readonly number[];
  /** The name that stands for `import.meta`. */
  readonly importMeta?: string;
  /** For a method that uses `super`: the object it is a method of. */
  readonly home?: Slot;
}

export type Node =
  | { readonly kind: "object"; readonly own: Own }
  | { readonly kind: "array"; readonly items: readonly Slot[]; readonly own?: Own }
  | { readonly kind: "map"; readonly entries: readonly Slot[]; readonly own?: Own }
  | { readonly kind: "set"; readonly entries: readonly Slot[]; readonly own?: Own }
  /** Date, RegExp, boxed primitive, ArrayBuffer: what V8's serialization itself keeps. */
  | { readonly kind: "plain"; readonly value: unknown; readonly own?: Own }
  | { readonly kind: "shared"; readonly bytes: Uint8Array }
  | {
      readonly kind: "view";
      readonly type: string;
      readonly buffer: Slot;
      readonly offset: number;
      readonly length: number | undefined;
      readonly own?: Own;
    }
  | { readonly kind: "error"; readonly own: Own }
  | { readonly kind: "made"; readonly constructor: Slot; readonly args: readonly Slot[]; readonly own?: Own }
  | {
      readonly kind: "symbol";
      readonly registered?: string;
      readonly wellKnown?: string;
      readonly description?: string;
    }
  | { readonly kind: "function"; readonly code: Code; readonly own?: Own }
  /** A class is defined once in a worker (classes.ts); elsewhere it is named. `code` is there in its definition. */
  | {
      readonly kind: "class";
      readonly id: string;
      readonly code?: Code;
      readonly heritage?: Slot;
      readonly heritageName?: string;
      readonly own?: Own;
      readonly prototypeOwn?: Own;
    }
  | {
      readonly kind: "bound";
      readonly target: Slot;
      readonly self: Slot;
      readonly args: readonly Slot[];
      readonly own?: Own;
    }
  | { readonly kind: "proxy"; readonly target: Slot; readonly handler: Slot }
  /** The `prototype` of a class or function. */
  | { readonly kind: "prototype"; readonly of: Slot; readonly own?: Own }
  | { readonly kind: "import"; readonly module: number; readonly path: readonly string[] }
  | {
      readonly kind: "global";
      readonly path: readonly (string | readonly [symbol: string])[];
      readonly accessor?: "get" | "set";
    }
  | { readonly kind: "require"; readonly from: string }
  | { readonly kind: "handle"; readonly handle: string; readonly id: number }
  | { readonly kind: "portable"; readonly module: number; readonly name: string; readonly args: readonly Slot[] };

export interface Graph {
  readonly version: number;
  readonly modules: readonly ModuleRef[];
  readonly nodes: readonly Node[];
  readonly cells: readonly Slot[];
  readonly root: Slot;
}

export function packGraph(graph: Graph): Uint8Array {
  return serialize(graph);
}

/** @throws DSTREAMS_CLOSURE when the bytes are not such a graph */
export function unpackGraph(bytes: Uint8Array): Graph {
  let graph: unknown;
  try {
    graph = deserialize(bytes);
  } catch (cause) {
    throw new DStreamsError("DSTREAMS_CLOSURE", "The bytes of a captured function are damaged", { cause });
  }
  if (typeof graph !== "object" || graph === null || (graph as Graph).version !== formatVersion) {
    throw new DStreamsError(
      "DSTREAMS_CLOSURE",
      "A captured function was made by another version of dstreams: driver and workers must run the same one",
    );
  }
  return graph as Graph;
}
