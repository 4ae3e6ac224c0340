import { decodeValue, encodeValue } from "../../codec/block.ts";
import { isPlainObject } from "../../codec/plain.ts";

/**
 * Makes copies of a zero value, so that a function may change the one it is given and no other key or partition sees it.
 * Primitives are their own copies.
 */
export function copies<T>(zero: T): () => T {
  if (zero === null || typeof zero !== "object") return () => zero;
  const bytes = encodeValue(zero);
  return () => decodeValue(bytes) as T;
}

/** The same value, of which whoever gets it may do what he likes with. Primitives are their own copies. */
export function copyOf<T>(value: T): T {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return isFlat(value) ? (value.slice() as T) : throughBytes(value);
  return isPlainObject(value) && isFlat(Object.values(value)) ? { ...value } : throughBytes(value);
}

/** Nothing but primitives: most records and states are, and need no bytes to be copied. */
function isFlat(values: readonly unknown[]): boolean {
  return values.every(each => each === null || typeof each !== "object");
}

function throughBytes<T>(value: T): T {
  return decodeValue(encodeValue(value)) as T;
}
