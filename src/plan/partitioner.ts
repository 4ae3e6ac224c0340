/** Where records go in a shuffle: to which of `n` partitions. Plain data, so that two partitioners can be found equal. */
export type Partitioner =
  /** by `hashKey` (codec/hash.ts) of record[0]: `((h % n) + n) % n`, with Spark's JVM hash codes for strings and integers */
  | { readonly kind: "hash"; readonly n: number }
  /** by comparing record[0] (after `key`) with n-1 ascending bounds */
  | {
      readonly kind: "range";
      readonly n: number;
      readonly bounds: readonly unknown[];
      readonly ascending: boolean;
      readonly key?: (key: never) => unknown;
    }
  /** by a user's function of record[0]; any integer, taken modulo n */
  | { readonly kind: "custom"; readonly n: number; readonly fn: (key: never) => number }
  /** whole records, dealt in turn, beginning at a place that depends on the map partition (repartition) */
  | { readonly kind: "roundRobin"; readonly n: number };

/** True when both place every key alike, so that data placed by one need no shuffle for the other. */
export function samePartitioner(a: Partitioner | undefined, b: Partitioner | undefined): boolean {
  if (a === b) return a !== undefined && a.kind !== "roundRobin";
  if (a === undefined || b === undefined || a.n !== b.n) return false;
  if (a.kind === "hash" && b.kind === "hash") return true;
  return a.kind === "custom" && b.kind === "custom" && a.fn === b.fn;
}
