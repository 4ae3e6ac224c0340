/**
 * What is known of a step of a program before it runs: which operations may follow it, and how its result may be compared.
 *
 * Sizes are upper bounds. They keep programs small: a join of a join of a cartesian product is not drawn.
 */

/** What the records are; each is one of `any` too, and a count is a pair. */
export type Kind = "any" | "pair" | "count" | "number";

export interface Facts {
  readonly kind: Kind;
  /** Records, at most. */
  readonly size: number;
  /** Values in a record, at most. */
  readonly weight: number;
  readonly partitions: number;
  /** The records have one order, whatever the engine. */
  readonly ordered: boolean;
  /**
   * Each partition has the same records, whatever the engine (`alike`); or on our engines only (`ours`): PySpark has another hash, and
   * parallelize goes by batches there, so that 20 records in 3 slices are 6, 6 and 8 where Spark and we have 6, 7 and 7. `no`: which bounds a sort finds, and where a repartition begins, is an engine's own affair.
   */
  readonly placed: "alike" | "ours" | "no";
  /** Of equal records or keys one was taken, so whether a zero is `-0` depends on which came first. */
  readonly merged: boolean;
  /** Of streams: every how many batches there is an RDD. */
  readonly slide: number;
}

export const limits = { values: 6000, partitions: 9 } as const;

export function isSmall(facts: Facts): boolean {
  return facts.size * facts.weight <= limits.values && facts.partitions <= limits.partitions;
}

/** Whether records of kind `has` can be used where `wanted` are taken. */
export function isKind(has: Kind, wanted: Kind): boolean {
  return has === wanted || wanted === "any" || (wanted === "pair" && has === "count");
}

/** After a shuffle by hash into `partitions`. */
export function hashed(facts: Facts, partitions: number): Facts {
  return { ...facts, partitions, ordered: false, placed: "ours", merged: true };
}

const places = ["alike", "ours", "no"] as const;

/** What holds of both. */
export function both(a: Facts, b: Facts): Pick<Facts, "ordered" | "placed" | "merged"> {
  const worse = Math.max(places.indexOf(a.placed), places.indexOf(b.placed));
  return {
    ordered: a.ordered && b.ordered,
    placed: places[worse] ?? "no",
    merged: a.merged || b.merged,
  };
}
