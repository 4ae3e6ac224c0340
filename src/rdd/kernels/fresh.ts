import { decodeValue, encodeValue } from "../../codec/block.ts";

/**
 * Makes copies of a zero value, so that a function may change the one it is given and no other key or partition sees it.
 * Primitives are their own copies.
 */
export function copies<T>(zero: T): () => T {
  if (zero === null || typeof zero !== "object") return () => zero;
  const bytes = encodeValue(zero);
  return () => decodeValue(bytes) as T;
}
