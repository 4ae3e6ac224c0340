/** To which reduce partition a record goes, by a partitioner as a program has it. */
import { decodeValue } from "../../codec/block.ts";
import type { Partitioner } from "../../plan/partitioner.ts";
import { type Place, placeBy } from "../../plan/placing.ts";
import type { Fn } from "../../plan/plan.ts";
import type { FnId, PartitionerProgram } from "../stages/protocol.ts";

/** For every partitioner but round robin, which does not look at keys. */
export function placeOfKeys(program: PartitionerProgram, functions: (id: FnId) => Fn): Place {
  const place = placeBy(partitionerOf(program, functions));
  if (place === undefined) throw new TypeError("round robin has no place for a key");
  return place;
}

function partitionerOf(program: PartitionerProgram, functions: (id: FnId) => Fn): Partitioner {
  switch (program.kind) {
    case "hash":
    case "roundRobin":
      return program;
    case "custom":
      return { ...program, fn: functions(program.fn) };
    case "range": {
      const { key, ...rest } = program;
      const bounds = decodeValue(program.bounds) as readonly unknown[];
      return { ...rest, bounds, ...(key !== undefined && { key: functions(key) }) };
    }
  }
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
