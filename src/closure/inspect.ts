/**
 * What JavaScript itself does not tell of a function: where it was written and what it closes over.
 *
 * An inspector session to the own thread answers synchronously. Values are not rendered and parsed: the session calls a
 * function of ours on the remote object, and so the very values come out.
 *
 *     holder = { value, take }            one object, known to both sides
 *     holder.value = fn ──▶ getProperties ──▶ [[FunctionLocation]], [[Scopes]], [[TargetFunction]], …
 *                           callFunctionOn([[Scopes]], holder.take) ──▶ the scopes, as objects
 *
 * A scope object is a snapshot made for us; reading a variable that is not initialised yet throws, as in the program.
 * What the session holds is released after each capture.
 */
import { Session } from "node:inspector";
import { DStreamsError } from "../base/errors.ts";

/** The variables of one scope, innermost first in a chain. The last is the global object. */
export interface Scope {
  readonly kind: "module" | "script" | "global" | "inner";
  readonly variables: Record<string, unknown>;
}

export interface Inspected {
  /** Where the code was written; undefined for native code. */
  readonly location: { readonly scriptId: string; readonly line: number; readonly column: number } | undefined;
  readonly scopes: readonly Scope[];
  /** For the result of `bind`. */
  readonly bound: { readonly target: Function; readonly self: unknown; readonly args: readonly unknown[] } | undefined;
  /** For a proxy; undefined members when it was revoked. */
  readonly proxy: { readonly target: unknown; readonly handler: unknown } | undefined;
}

interface Remote {
  readonly objectId?: string;
  readonly value?: unknown;
  readonly unserializableValue?: string;
}

const group = "dstreams";
const holder = {
  value: undefined as unknown,
  taken: undefined as unknown,
  take(value: unknown) {
    this.taken = value;
  },
  /** The list of scopes is a foreign kind of array, its entries are `{ description, object }`. */
  takeScopes(list: ArrayLike<{ readonly description: string; readonly object: Record<string, unknown> }>) {
    this.taken = Array.from(list, entry => ({ kind: scopeKind(entry.description), variables: entry.object }));
  },
};

let session: Session | undefined;
let holderId = "";

/** Looks behind a function or a proxy. */
export function inspect(value: object): Inspected {
  try {
    holder.value = value;
    const remote = call(remoteHolder(), "function () { return this.value; }").result as Remote;
    const { internalProperties } = post("Runtime.getProperties", {
      objectId: remote.objectId,
      ownProperties: true,
    }) as unknown as { internalProperties?: { name: string; value: Remote }[] };
    const internal = new Map(internalProperties?.map(property => [property.name, property.value]));
    const target = internal.get("[[TargetFunction]]");
    return {
      location: locationIn(internal.get("[[FunctionLocation]]")),
      scopes: scopesIn(internal.get("[[Scopes]]")),
      bound: target && {
        target: valueOf(target) as Function,
        self: valueOf(internal.get("[[BoundThis]]")),
        args: Array.from(valueOf(internal.get("[[BoundArgs]]")) as ArrayLike<unknown>),
      },
      proxy: internal.has("[[Handler]]")
        ? { target: valueOf(internal.get("[[Target]]")), handler: valueOf(internal.get("[[Handler]]")) }
        : undefined,
    };
  } finally {
    holder.value = undefined;
    holder.taken = undefined;
  }
}

/** The number of an object in heap snapshots; 0 before the first one. */
export function heapIdOf(value: object): number {
  try {
    holder.value = value;
    const { objectId } = call(remoteHolder(), "function () { return this.value; }")["result"] as Remote;
    return Number(post("HeapProfiler.getHeapObjectId", { objectId })["heapSnapshotObjectId"]);
  } finally {
    holder.value = undefined;
  }
}

/** Lets go of everything the session has been shown. */
export function forgetInspected(): void {
  if (session) post("Runtime.releaseObjectGroup", { objectGroup: group });
}

/** The thread's session, for what else is asked of the inspector (scripts.ts). */
export function inspectorSession(): Session {
  if (session === undefined) {
    try {
      session = new Session();
      session.connect();
    } catch (cause) {
      session = undefined;
      throw new DStreamsError(
        "DSTREAMS_CLOSURE",
        "Functions cannot be captured: node:inspector is not available in this process. Run Node.js with its inspector " +
          "(and with --allow-inspector under the permission model).",
        { cause },
      );
    }
  }
  return session;
}

/** Asks the session; its answer is there when this returns. */
export function post(method: string, parameters: object = {}): Record<string, unknown> {
  let answer: { error: unknown; result: unknown } | undefined;
  const untyped = inspectorSession() as unknown as {
    post(method: string, parameters: object, callback: (error: unknown, result: unknown) => void): void;
  };
  untyped.post(method, parameters, (error, result) => {
    answer = { error, result };
  });
  if (answer === undefined || answer.error) {
    throw new DStreamsError("DSTREAMS_CLOSURE", `The inspector did not answer ${method}`, { cause: answer?.error });
  }
  return answer.result as Record<string, unknown>;
}

function remoteHolder(): string {
  if (holderId === "") {
    const key = "dstreams.closure.holder";
    const globals = globalThis as unknown as Record<string, unknown>;
    globals[key] = holder;
    const { result } = post("Runtime.evaluate", { expression: `globalThis[${JSON.stringify(key)}]` });
    delete globals[key];
    holderId = (result as Remote).objectId ?? "";
  }
  return holderId;
}

function call(objectId: string | undefined, functionDeclaration: string, argument?: Remote): Record<string, unknown> {
  return post("Runtime.callFunctionOn", {
    objectId,
    functionDeclaration,
    objectGroup: group,
    ...(argument && { arguments: [argument] }),
  });
}

function valueOf(remote: Remote | undefined): unknown {
  if (remote?.objectId === undefined && remote?.unserializableValue === undefined) return remote?.value;
  const { objectId, unserializableValue } = remote;
  call(
    remoteHolder(),
    "function (v) { this.take(v); }",
    objectId === undefined ? { unserializableValue } : { objectId },
  );
  return holder.taken;
}

function scopesIn(remote: Remote | undefined): readonly Scope[] {
  if (remote?.objectId === undefined) return [];
  call(remoteHolder(), "function (v) { this.takeScopes(v); }", { objectId: remote.objectId });
  return holder.taken as readonly Scope[];
}

function locationIn(remote: Remote | undefined): Inspected["location"] {
  const at = remote?.value as { scriptId: string; lineNumber: number; columnNumber: number } | undefined;
  return at && { scriptId: at.scriptId, line: at.lineNumber, column: at.columnNumber };
}

function scopeKind(description: string): Scope["kind"] {
  if (description === "Module") return "module";
  if (description === "Script") return "script";
  return description === "Global" ? "global" : "inner";
}
