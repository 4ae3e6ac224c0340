/** What counts as plain data: the test is the same for keys and for records. */
import { DStreamsError } from "../base/errors.ts";

export type PlainObject = Record<string, unknown>;

/**
 * An object literal, or one without a prototype. Literals of another realm (the shell's, a `vm` context's) count too: their
 * prototype is the other realm's Object.prototype, which has no prototype of its own and owns `isPrototypeOf`.
 */
export function isPlainObject(value: object): value is PlainObject {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || isObjectPrototype(prototype as object);
}

export function isObjectPrototype(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/** Makes an own property, whatever the name: `__proto__` is one like any other, and no setter of a prototype is called. */
export function setProperty(object: PlainObject, name: string, value: unknown): void {
  if (name !== "__proto__" && !(name in object && !Object.hasOwn(object, name))) object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Keys deeper than this are taken for cyclic ones. */
export const maxKeyDepth = 500;

/** Refuses a value as a key, saying what can be one. */
export function refuseKey(value: unknown): DStreamsError {
  return new DStreamsError(
    "DSTREAMS_KEY",
    `${describe(value)} cannot be a key. Keys are compared by value: use a string, number, bigint, boolean, null, undefined, ` +
      "a Date, or an array or plain object of these (for anything else, make such a key with keyBy or map).",
  );
}

export function refuseDepth(): DStreamsError {
  return new DStreamsError(
    "DSTREAMS_KEY",
    `A key contains itself, or is nested more than ${maxKeyDepth} levels deep, and so cannot be compared by value.`,
  );
}

/** `a function`, `a symbol`, `a Socket`: the kind of a value, for messages. Never its content. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "function")
    return /^class\b/.test(Function.prototype.toString.call(value)) ? "a class" : "a function";
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = nameOf(value);
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

function nameOf(value: object): string {
  try {
    const name: unknown = (value.constructor as { name?: unknown } | undefined)?.name;
    if (typeof name === "string" && name !== "") return name;
  } catch {
    // a hostile getter; the tag below will do
  }
  return "Object";
}
