/** To which reduce partition a key goes. */
import { DStreamsError } from "../../../base/errors.ts";
import { decodeValue } from "../../../codec/block.ts";
import { hashKey } from "../../../codec/hash.ts";
import { compare } from "../../../codec/order.ts";
import type { Fn } from "../../../plan/plan.ts";
import type { FnId, PartitionerProgram } from "../protocol.ts";

/** The partition of a key. */
export type Place = (key: unknown) => number;

/** For every partitioner but round robin, which does not look at keys. */
export function placeBy(partitioner: PartitionerProgram, functions: (id: FnId) => Fn): Place {
  switch (partitioner.kind) {
    case "hash":
      return key => placeOfHash(hashKey(key), partitioner.n);
    case "range":
      return rangePlace(partitioner, functions);
    case "custom":
      return customPlace(partitioner.n, functions(partitioner.fn));
    case "roundRobin":
      throw new TypeError("round robin has no place for a key");
  }
}

/** Spark's rule: never negative. */
export function placeOfHash(hash: number, n: number): number {
  const rest = hash % n;
  return rest < 0 ? rest + n : rest;
}

function rangePlace(
  program: Extract<PartitionerProgram, { readonly kind: "range" }>,
  functions: (id: FnId) => Fn,
): Place {
  const bounds = decodeValue(program.bounds) as readonly unknown[];
  const keyOf = program.key === undefined ? undefined : functions(program.key);
  return record => {
    const key: unknown = keyOf === undefined ? record : keyOf(record);
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(bounds[middle], key) < 0) low = middle + 1;
      else high = middle;
    }
    return program.ascending ? low : bounds.length - low;
  };
}

function customPlace(n: number, fn: Fn): Place {
  return key => {
    const place: unknown = fn(key);
    if (typeof place !== "number" || !Number.isInteger(place)) {
      const what =
        typeof place === "number" ? String(place) : `a value of type ${place === null ? "null" : typeof place}`;
      throw new DStreamsError(
        "DSTREAMS_ILLEGAL_ARGUMENT",
        `A partition function must return an integer, but it returned ${what}.`,
      );
    }
    return placeOfHash(place, n);
  };
}

/** Where a map partition begins to deal out its records, as Spark's `repartition` does: Java's Random(byteswap32(index)). */
export function firstDeal(mapPartition: number, n: number): number {
  return javaNextInt(byteswap32(mapPartition), n);
}

/** scala.util.hashing.byteswap32 */
function byteswap32(value: number): number {
  const mixed = Math.imul(value, 0x9e3775cd);
  const swapped = (mixed >>> 24) | ((mixed >>> 8) & 0xff00) | ((mixed << 8) & 0xff0000) | (mixed << 24);
  return Math.imul(swapped, 0x9e3775cd);
}

/** The first `nextInt(bound)` of `new java.util.Random(seed)`. */
function javaNextInt(seed: number, bound: number): number {
  const multiplier = 0x5deece66dn;
  const mask = (1n << 48n) - 1n;
  let state = (BigInt(seed) ^ multiplier) & mask;
  for (;;) {
    state = (state * multiplier + 0xbn) & mask;
    const bits = Number(state >> 17n);
    if ((bound & -bound) === bound) return Number((BigInt(bound) * BigInt(bits)) >> 31n);
    const value = bits % bound;
    if (bits - value + (bound - 1) < 2 ** 31) return value;
  }
}
