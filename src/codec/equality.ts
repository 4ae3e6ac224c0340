/** Equality of keys: by value, as design has it for every operation on pairs. */
import { isDate } from "node:util/types";
import { isPlainObject, maxKeyDepth, refuseDepth, refuseKey } from "./plain.ts";

/**
 * True when two keys are the same value: NaN equals itself, 0 equals -0, dates are equal with their times, arrays with their
 * elements in order (a hole counts as undefined), plain objects with their entries in any order. Values of different types
 * are never equal: not `1` and `1n`, not `1` and `"1"`, not null and undefined.
 *
 * @throws DStreamsError DSTREAMS_KEY when it has to look into something that cannot be a key. (Identical values are equal without a
 * look; whoever hashes a key with `hashKey` has had it checked.)
 */
export function keysEqual(a: unknown, b: unknown): boolean {
  return a === b || equalAt(a, b, 0);
}

function equalAt(a: unknown, b: unknown, depth: number): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    if (typeof a === "function" || typeof a === "symbol") throw refuseKey(a);
    if (typeof b === "function" || typeof b === "symbol") throw refuseKey(b);
    return a === b || (Number.isNaN(a) && Number.isNaN(b));
  }
  if (depth >= maxKeyDepth) throw refuseDepth();
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && arraysEqual(a, b, depth + 1);
  if (isDate(a) || isDate(b)) return isDate(a) && isDate(b) && Object.is(a.getTime(), b.getTime());
  if (!isPlainObject(a)) throw refuseKey(a);
  if (!isPlainObject(b)) throw refuseKey(b);
  const names = Object.keys(a);
  if (Object.keys(b).length !== names.length) return false;
  for (const name of names) {
    if (!Object.hasOwn(b, name) || !equalAt(a[name], b[name], depth + 1)) return false;
  }
  return true;
}

function arraysEqual(a: readonly unknown[], b: readonly unknown[], depth: number): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!equalAt(a[i], b[i], depth)) return false;
  return true;
}
