/**
 * What is the same in every thread, and so travels by name: the globals and their parts (`Math.max`,
 * `String.prototype.trim`), and Node's own modules (`node:fs`, `readFileSync`).
 */
import { builtinModules } from "node:module";
import { inspect } from "./inspect.ts";
import { isPlatformScript } from "./scripts.ts";

/** One step down from an object: a property, a symbol's property, or the prototype (`[[Prototype]]`). */
export type PathStep = string | readonly [symbol: string];

export interface GlobalName {
  /** From `globalThis` down. */
  readonly path: readonly PathStep[];
  /** For the getter or setter at that place. */
  readonly accessor?: "get" | "set";
}

export interface BuiltinName {
  readonly module: string;
  readonly path: readonly string[];
}

export const prototypeStep = "[[Prototype]]";

/** Objects (not functions) that the platform puts on the global object. */
const platformObjects = new Set(
  "globalThis global self Atomics Intl JSON Math Reflect WebAssembly console process performance crypto navigator".split(
    " ",
  ),
);

const platformFunctions = new WeakMap<Function, boolean>();

/** Whether a function is part of V8 or Node.js. */
export function isPlatformFunction(fn: Function): boolean {
  const known = platformFunctions.get(fn);
  if (known !== undefined) return known;
  const answer = isNative(fn) ? inspect(fn).bound === undefined : locatedInNode(fn);
  platformFunctions.set(fn, answer);
  return answer;
}

/** Whether a name that no scope declares means the same thing in a worker, and so needs no capture. */
export function isPlatformGlobal(globals: object, name: string): boolean {
  const property = Object.getOwnPropertyDescriptor(globals, name);
  if (property === undefined) return true;
  if (!("value" in property)) return !builtinModules.includes(name);
  const value: unknown = property.value;
  if (typeof value === "function") return isPlatformFunction(value);
  return platformObjects.has(name) || (property.configurable === false && property.writable === false);
}

let globalNames: Map<unknown, GlobalName> | undefined;

/** The name of a global object or function. */
export function globalNameOf(value: object | Function): GlobalName | undefined {
  if (!mayBePlatform(value)) return nodeGlobalOf(value);
  globalNames ??= readGlobals();
  return globalNames.get(value) ?? nodeGlobalOf(value);
}

/** Objects of the platform that have names hold functions of it. Telling so spares most programs to read all names. */
function mayBePlatform(value: object | Function): boolean {
  if (typeof value === "function") return true;
  if (ArrayBuffer.isView(value)) return false; // which has a key for every element
  for (const key of Reflect.ownKeys(value)) {
    const member: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
    if (typeof member === "function") return isPlatformFunction(member);
  }
  return false;
}

/** Globals of Node.js know their names: `setTimeout`, `URL`; objects such as `crypto` are loaded when first asked for. */
function nodeGlobalOf(value: object | Function): GlobalName | undefined {
  const name = typeof value === "function" ? value.name : lazyObjects.get(Object.prototype.toString.call(value));
  if (name === undefined || name === "" || !(name in globalThis)) return undefined;
  return (globalThis as unknown as Record<string, unknown>)[name] === value ? { path: [name] } : undefined;
}

const lazyObjects = new Map([
  ["[object Performance]", "performance"],
  ["[object Crypto]", "crypto"],
  ["[object Navigator]", "navigator"],
]);

let builtinNames = new Map<unknown, BuiltinName>();
let loadedWhenRead = -1;

/** The name of a value that a module of Node.js exports. Modules not loaded yet can have exported nothing. */
export function builtinNameOf(value: object | Function): BuiltinName | undefined {
  if (!mayBePlatform(value)) return undefined;
  const loaded = (process as unknown as { readonly moduleLoadList: readonly string[] }).moduleLoadList;
  if (loaded.length !== loadedWhenRead) {
    loadedWhenRead = loaded.length;
    builtinNames = readBuiltins(new Set(loaded));
  }
  return builtinNames.get(value);
}

function isNative(fn: Function): boolean {
  return /\{ \[native code\] \}$/.test(Function.prototype.toString.call(fn));
}

function locatedInNode(fn: Function): boolean {
  const { location } = inspect(fn);
  return location !== undefined && isPlatformScript(location.scriptId);
}

function readGlobals(): Map<unknown, GlobalName> {
  const names = new Map<unknown, GlobalName>();
  const note = (value: unknown, name: GlobalName): boolean => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || names.has(value)) return false;
    names.set(value, name);
    return true;
  };
  note(globalThis, { path: [] });
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(globalThis))) {
    const platform = typeof value === "function" ? isNative(value) : platformObjects.has(name);
    if (platform && note(value, { path: [name] })) noteMembers(value as object, [name], note);
  }
  const typedArray = Object.getPrototypeOf(Uint8Array) as Function;
  if (note(typedArray, { path: ["Uint8Array", prototypeStep] }))
    noteMembers(typedArray, ["Uint8Array", prototypeStep], note);
  return names;
}

function noteMembers(
  owner: object,
  path: readonly PathStep[],
  note: (value: unknown, name: GlobalName) => boolean,
): void {
  for (const key of Reflect.ownKeys(owner)) {
    const step: PathStep | undefined = typeof key === "string" ? key : symbolStep(key);
    const property = Object.getOwnPropertyDescriptor(owner, key);
    if (step === undefined || property === undefined) continue;
    const here = [...path, step];
    const prototype = key === "prototype" && typeof owner === "function";
    if (prototype && note(property.value, { path: here })) noteMembers(property.value as object, here, note);
    else if (typeof property.value === "function" && isNative(property.value)) note(property.value, { path: here });
    if (property.get) note(property.get, { path: here, accessor: "get" });
    if (property.set) note(property.set, { path: here, accessor: "set" });
  }
}

/** Well-known symbols are found again by their description: `Symbol.iterator`. */
function symbolStep(symbol: symbol): readonly [string] | undefined {
  const name = symbol.description?.replace(/^Symbol\./, "") ?? "";
  return (Symbol as unknown as Record<string, unknown>)[name] === symbol ? [name] : undefined;
}

function readBuiltins(loaded: ReadonlySet<string>): Map<unknown, BuiltinName> {
  const names = new Map<unknown, BuiltinName>();
  for (const name of builtinModules) {
    if (name.startsWith("_") || name === "punycode" || !loaded.has(`NativeModule ${name.replace(/^node:/, "")}`))
      continue;
    const exports = process.getBuiltinModule(name) as object;
    noteExports(exports, { module: name.startsWith("node:") ? name : `node:${name}`, path: [] }, names);
  }
  return names;
}

function noteExports(owner: object | Function, name: BuiltinName, names: Map<unknown, BuiltinName>): void {
  if (names.has(owner)) return;
  names.set(owner, name);
  if (name.path.length > 1) return;
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
    if (typeof value === "function" || (name.path.length === 0 && isPlain(value))) {
      noteExports(value as object, { module: name.module, path: [...name.path, key] }, names);
    }
  }
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
