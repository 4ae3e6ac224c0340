/** To which partition a partitioner sends a key: in the workers that deal records out, and on the driver for `lookup`. */
import { DStreamsError } from "../base/errors.ts";
import { hashKey } from "../codec/hash.ts";
import { compare } from "../codec/order.ts";
import type { Partitioner } from "./partitioner.ts";

/** The partition of a key. */
export type Place = (key: unknown) => number;

/** Undefined for round robin, which does not look at keys. */
export function placeBy(partitioner: Partitioner): Place | undefined {
  switch (partitioner.kind) {
    case "hash":
      return key => placeOfHash(hashKey(key), partitioner.n);
    case "range":
      return rangePlace(partitioner);
    case "custom":
      return customPlace(partitioner.n, partitioner.fn as Place);
    case "roundRobin":
      return undefined;
  }
}

/** Spark's rule: never negative. */
export function placeOfHash(hash: number, n: number): number {
  const rest = hash % n;
  return rest < 0 ? rest + n : rest;
}

function rangePlace({ bounds, ascending, key }: Extract<Partitioner, { readonly kind: "range" }>): Place {
  const sortKeyOf = key as ((key: unknown) => unknown) | undefined;
  return given => {
    const sortKey = sortKeyOf === undefined ? given : sortKeyOf(given);
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(bounds[middle], sortKey) < 0) low = middle + 1;
      else high = middle;
    }
    return ascending ? low : bounds.length - low;
  };
}

function customPlace(n: number, fn: (key: unknown) => unknown): Place {
  return key => {
    const place = fn(key);
    if (typeof place === "number" && Number.isInteger(place)) return placeOfHash(place, n);
    const what =
      typeof place === "number" ? String(place) : `a value of type ${place === null ? "null" : typeof place}`;
    throw new DStreamsError(
      "DSTREAMS_ILLEGAL_ARGUMENT",
      `A partition function must return an integer, but it returned ${what}.`,
    );
  };
}
