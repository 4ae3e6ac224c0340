/**
 * The classes of records, in this thread: which id a class has, and which class an id.
 *
 *     c12                          travels by value; its definition is sent to every worker before a task
 *     file:///app/model.ts#Point   an export of a module, imported where it is needed
 */
import { DStreamsError } from "../base/errors.ts";
import { isPlatformFunction } from "./builtins.ts";
import { capture } from "./capture.ts";
import {
  type ClassDefinition,
  definitionsSince,
  registerClass,
  registeredClass,
  registeredId,
} from "./class-registry.ts";
import { inDriversWords } from "./mirror.ts";
import { loadModule } from "./modules.ts";
import { originOf } from "./origin.ts";
import { privateNamesOf } from "./private-names.ts";
import { type Reference, urlModule } from "./references.ts";
import { type RestoreHost, restoreValue } from "./restore.ts";

/** For codec: carries instances of classes as records. */
export const classTable: {
  /** @throws DSTREAMS_RECORD when instances of the class cannot be records */
  idOf(constructor: Function): string;
  classOf(id: string): Function | undefined;
} = {
  idOf: constructor => recordClasses.get(constructor) ?? identify(constructor),
  classOf: registeredClass,
};

/** Their ids. A class may be known without being here: that a function uses it says nothing of its instances. */
const recordClasses = new WeakMap<Function, string>();

/** The classes captured by value so far, but for the first `since`: what a worker that knows those still needs. */
export function classDefinitions(since: number): ClassDefinition[] {
  return definitionsSince(since);
}

/** In a worker: makes the classes known that a definition holds. */
export async function defineClass(bytes: Uint8Array, host: RestoreHost): Promise<void> {
  await restoreValue(bytes, host);
}

/**
 * Imports a class that an id of the form `url#export` names, so that `classOf` finds it.
 *
 * @throws DSTREAMS_RECORD when there is no such class
 */
export async function loadClass(id: string): Promise<void> {
  const at = id.lastIndexOf("#");
  if (registeredClass(id) !== undefined) return;
  const commonjs = id.startsWith(commonJsPrefix);
  const module = urlModule(id.slice(commonjs ? commonJsPrefix.length : 0, Math.max(at, 0)));
  const exports = at < 0 ? undefined : await loadModule({ ...module, commonjs });
  const name = id.slice(at + 1);
  const found = name === "" ? exports : (exports as Record<string, unknown> | undefined)?.[name];
  if (typeof found !== "function") {
    throw new DStreamsError("DSTREAMS_RECORD", `A record is an instance of a class that is not known here: ${id}`);
  }
  registerClass(id, found);
}

function identify(constructor: Function): string {
  checkRecordClass(constructor);
  const id = registeredId(constructor) ?? register(constructor);
  recordClasses.set(constructor, id);
  return id;
}

function register(constructor: Function): string {
  const origin = originOf(constructor);
  if (origin.kind === "reference") {
    const id = idOfReference(origin.reference);
    registerClass(id, constructor);
    return id;
  }
  try {
    capture(constructor);
  } catch (cause) {
    throw refusal(constructor, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const id = registeredId(constructor);
  if (id === undefined) throw refusal(constructor, "It is not a class: write it with the `class` keyword.");
  return id;
}

/** Records are own properties; what a class hides elsewhere would be lost. */
function checkRecordClass(constructor: Function): void {
  for (
    let type = constructor;
    typeof type === "function" && type !== Function.prototype;
    type = Object.getPrototypeOf(type) as Function
  ) {
    if (isPlatformFunction(type)) {
      if (type === constructor || builtInBases.has(type.name)) return;
      throw refusal(constructor, `It extends ${type.name}, which belongs to one process.`);
    }
    const hidden = privateNamesOf(type);
    if (hidden.length > 0) {
      throw refusal(
        constructor,
        `It has private fields (${hidden.join(", ")}), which cannot be read from outside: use plain fields.`,
      );
    }
  }
}

/** Classes whose instances codec can carry with their inner data. */
const builtInBases = new Set([
  ...["Object", "Array", "Map", "Set", "Date", "RegExp", "Error", "EvalError", "RangeError", "ReferenceError"],
  ...["SyntaxError", "TypeError", "URIError", "AggregateError", "ArrayBuffer", "DataView", "Uint8Array", "TypedArray"],
]);

function idOfReference({ module, path }: Reference): string {
  return `${module.commonjs ? commonJsPrefix : ""}${inDriversWords(module.specifier)}#${path.join(".")}`;
}

/** Before the file name of a class that a CommonJS module exports; without a name after `#` it is `module.exports` itself. */
const commonJsPrefix = "require:";

function refusal(constructor: Function, why: string, cause?: unknown): DStreamsError {
  return new DStreamsError(
    "DSTREAMS_RECORD",
    `Instances of class ${constructor.name || "(anonymous)"} cannot be records. ${why}`,
    { cause },
  );
}
