/** The parts of restoring that concern any object: its properties, its prototype, and where it is found. */
import type { PathStep } from "./builtins.ts";
import { prototypeStep } from "./builtins.ts";
import type { Own, Slot } from "./format.ts";

type ValueOf = (slot: Slot) => unknown;

/** Gives a made object what was written down of it. Properties are defined, not set: no setter runs, `__proto__` is a name. */
export function fillObject(value: object, own: Own, valueOf: ValueOf): void {
  if (own.prototype !== undefined) Object.setPrototypeOf(value, valueOf(own.prototype) as object | null);
  own.keys.forEach((key, i) => {
    define(value, typeof key === "string" ? key : (valueOf(key) as symbol), valueOf(own.values[i]));
  });
  for (const special of own.special ?? []) {
    const key = typeof special.key === "string" ? special.key : (valueOf(special.key) as symbol);
    Object.defineProperty(value, key, {
      enumerable: (special.flags & 1) !== 0,
      configurable: (special.flags & 2) !== 0,
      ...("value" in special
        ? { value: valueOf(special.value), writable: (special.flags & 4) !== 0 }
        : { get: valueOf(special.get) as () => unknown, set: valueOf(special.set) as (value: unknown) => void }),
    });
  }
  if (own.integrity === "frozen") Object.freeze(value);
  else if (own.integrity === "sealed") Object.seal(value);
  else if (own.integrity === "fixed") Object.preventExtensions(value);
}

function define(object: object, key: string | symbol, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** A typed array, DataView or Buffer over a buffer. */
export function makeView(type: string, buffer: ArrayBuffer, offset: number, length: number | undefined): object {
  if (type === "Buffer") return Buffer.from(buffer, offset, length);
  return Reflect.construct((globalThis as unknown as Record<string, Function>)[type] as Function, [
    buffer,
    offset,
    length,
  ]) as object;
}

/** A global, or a part of one. */
export function globalAt(path: readonly PathStep[], accessor: "get" | "set" | undefined): unknown {
  const parent = path.slice(0, accessor ? -1 : undefined).reduce<unknown>(stepDown, globalThis);
  const last = path.at(-1);
  if (accessor === undefined || last === undefined) return parent;
  return Object.getOwnPropertyDescriptor(parent, keyOf(last))?.[accessor];
}

function stepDown(value: unknown, step: PathStep): unknown {
  if (step === prototypeStep) return Object.getPrototypeOf(value) as unknown;
  return (value as Record<string | symbol, unknown>)[keyOf(step)];
}

function keyOf(step: PathStep): string | symbol {
  return typeof step === "string" ? step : ((Symbol as unknown as Record<string, symbol>)[step[0]] as symbol);
}
