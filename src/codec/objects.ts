/** What kind of object a value is: for the encoder, which must never take one for another. */
import { isAnyArrayBuffer, isBoxedPrimitive, isDate, isMap, isNativeError, isRegExp, isSet } from "node:util/types";
import { errorTypes } from "./tags.ts";
import { Refusal, stepOf } from "./refusal.ts";

/** The name of the built-in class whose inner slots the object has (by brand, not by prototype); undefined for all others. */
export function builtInOf(value: object): string | undefined {
  if (Array.isArray(value)) return "Array";
  if (isDate(value)) return "Date";
  if (isMap(value)) return "Map";
  if (isSet(value)) return "Set";
  if (isNativeError(value)) return "Error";
  if (isRegExp(value)) return "RegExp";
  if (ArrayBuffer.isView(value))
    return Buffer.isBuffer(value) ? "Buffer" : ((value as Uint8Array)[Symbol.toStringTag] ?? "DataView");
  if (isAnyArrayBuffer(value)) return Object.prototype.toString.call(value).slice(8, -1);
  if (isBoxedPrimitive(value)) return (value as { valueOf(): unknown }).valueOf()?.constructor.name;
  return undefined;
}

/** True when the prototype is the built-in's own (of whatever realm), not that of a class derived from it. */
export function isIntrinsic(prototype: object, name: string): boolean {
  if (prototype === (intrinsics as Record<string, unknown>)[name]) return true;
  const constructor: unknown = prototype.constructor;
  return (
    typeof constructor === "function" &&
    constructor.name === name &&
    isNative(constructor) &&
    constructor.prototype === prototype
  );
}

const intrinsics = {
  Array: Array.prototype,
  Date: Date.prototype,
  Map: Map.prototype,
  Set: Set.prototype,
  Buffer: Buffer.prototype,
};

export function isNative(constructor: unknown): boolean {
  return Function.prototype.toString.call(constructor).endsWith("{ [native code] }");
}

/** Which of `errorTypes` has this prototype; -1 for that of another class. */
export function errorTypeOf(prototype: object | null): number {
  if (prototype === null) return -1;
  return errorTypes.findIndex(type => prototype === type.prototype || isIntrinsic(prototype, type.name));
}

/** The own enumerable names of an object; those that are not indices, for arrays. Refuses symbols. */
export function namesOf(value: object, indexed = false): string[] {
  if (Object.getOwnPropertySymbols(value).length > 0) {
    throw new Refusal("an object with properties named by symbols, which do not travel");
  }
  const names = Object.keys(value);
  return indexed ? names.filter(name => !isIndex(name)) : names;
}

export function isIndex(name: string): boolean {
  const index = Number(name) >>> 0;
  return String(index) === name && index !== 0xffff_ffff;
}

/** True for the result of a RegExp match: an array with `index`, `input` and `groups`, the one such array people make. */
export function isMatch(array: readonly unknown[]): boolean {
  return (array as { index?: unknown }).index !== undefined;
}

/** True when less than an eighth of a long array is there. Looks at the whole array only if the beginning has holes. */
export function isMostlyHoles(array: readonly unknown[]): boolean {
  for (let i = 0; i < 64; i++) {
    if (!(i in array)) return Object.keys(array).length < array.length / 8;
  }
  return false;
}

/** Adds a step to the path of a refusal; other errors pass. */
export function within(error: unknown, key: string | number): unknown {
  return error instanceof Refusal ? error.within(stepOf(key)) : error;
}
