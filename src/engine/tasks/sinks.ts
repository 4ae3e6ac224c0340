/** The ends of a pipeline whose result is one value: what an action asks of a partition. */
import { decodeValue } from "../../codec/block.ts";
import type { Fn } from "../../plan/plan.ts";
import type { Tail } from "./fused.ts";

export interface Count {
  n: number;
}

export function countTail(): Tail<Count> {
  return {
    site: "count",
    start: () => ({ n: 0 }),
    accept: state => (state.n++, true),
    text: { names: {}, before: ["let n = s.n;"], record: () => ["n++;"], after: ["s.n = n;"] },
  };
}

/** Gathers records; stops when it has `limit` of them. */
export function gatherTail(site: string, limit = Number.POSITIVE_INFINITY): Tail<unknown[]> {
  const limited = Number.isFinite(limit);
  return {
    site,
    start: () => [],
    accept: (out, record) => out.push(record) < limit,
    text: {
      names: { limit },
      record: record => [limited ? `if (s.push(${record}) >= limit) return false;` : `s.push(${record});`],
    },
  };
}

export interface Reduced {
  any: boolean;
  value: unknown;
}

export function reduceTail(fn: Fn, site: string): Tail<Reduced> {
  return {
    site,
    start: () => ({ any: false, value: undefined }),
    accept: (state, record) => {
      state.value = state.any ? fn(state.value, record) : record;
      state.any = true;
      return true;
    },
    text: {
      names: { merge: fn },
      before: ["let any = s.any, value = s.value;"],
      record: record => [`if (any) value = merge(value, ${record});`, `else value = ${record}, any = true;`],
      after: ["s.any = any;", "s.value = value;"],
    },
  };
}

export interface Folded {
  value: unknown;
}

export function foldTail(zero: Uint8Array, fn: Fn, site: string): Tail<Folded> {
  return {
    site,
    start: () => ({ value: decodeValue(zero) }),
    accept: (state, record) => {
      state.value = fn(state.value, record);
      return true;
    },
    text: {
      names: { merge: fn },
      before: ["let value = s.value;"],
      record: record => [`value = merge(value, ${record});`],
      after: ["s.value = value;"],
    },
  };
}
