/**
 * The plan: what an RDD's lineage is to an engine.
 *
 *     RDD (typed builder)  ──plan()──▶  PlanNode  ──engine──▶  stages, tasks, results
 *
 * A node says how its partitions follow from its parents' partitions. There are five kinds, and every operator of the
 * RDD API is a few lines over them:
 *
 *     source   partition p = what `reader` yields for splits[p]
 *     step     partition p = one fused operation over the parent's partition p
 *     concat   partition p = some partitions of the parents, one after the other   (union, coalesce, windows)
 *     zip      partition p = f(one partition of each parent)                       (zip, cartesian, cogroup)
 *     shuffle  partition p = all records whose key the partitioner maps to p       (the only wide one)
 *
 * Nodes are plain, frozen data, resolved: partition counts and partitioners are known. (What must be found out first, such as
 * the files below a path or the bounds of a sort, is found out by the RDD before it hands out its node.) The only field
 * that ever changes is `spec`, once: when the RDD has been checkpointed, its spec becomes a source that reads the files,
 * and so the lineage above it can be forgotten.
 *
 * An engine knows nodes by `id`. Persistence is not in the plan; an engine is told of it by id (`Engine.persist`), since
 * `cache()` may come after children were derived.
 */
import type { CallSite } from "../base/site.ts";
import type { Partitioner } from "./partitioner.ts";

/** A function as users write them. Functions in a plan run in the workers; `closure/` carries them there. */
// oxlint-disable-next-line typescript/no-explicit-any -- the typed builder above is what checks users' functions
export type Fn = (...args: any[]) => any;

/** A batch of records as readers and steps hand them on. Never empty in between by contract, but empty ones are harmless. */
export type Chunk = readonly unknown[];

/** What a reader needs of one partition: plain data that structured clone can carry (paths, offsets, block references). */
export type Split = unknown;

/** Runs in the worker: the records of one split, chunk by chunk. Synchronous where it can be, since that is faster. */
export interface Reader {
  (split: Split): Iterable<Chunk> | AsyncIterable<Chunk>;
  /** On a reader of evenly spaced numbers: says which, so that an engine may count in its own loop and make no chunks. */
  readonly numbers?: (split: Split) => NumberRange;
  /** On a reader of text: the same lines in chunks of the same size, as bytes where they can be handed out so. */
  readonly lines?: (split: Split) => Iterable<Chunk | TextLines> | AsyncIterable<Chunk | TextLines>;
}

/** Lines as they lie in a file, for engines that need no strings. They are overwritten when the next chunk is asked for. */
export interface TextLines {
  /** Lines that come before those below: at most one, that began in an earlier chunk. */
  readonly first: readonly string[];
  /** From `start` to `end` there is nothing but ASCII without \r, and every line ends in \n. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** The numbers `first + i * step` for `i` from 0 to below `count`. */
export interface NumberRange {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

export interface PlanNode {
  /** Unique in a process; that of the RDD for the node an RDD hands out. */
  readonly id: number;
  readonly site: CallSite;
  readonly numPartitions: number;
  /** Set when records are pairs whose keys are placed by it. Two nodes with equal partitioners need no shuffle to be joined. */
  readonly partitioner: Partitioner | undefined;
  spec: Spec;
}

export type Spec = SourceSpec | StepSpec | ConcatSpec | ZipSpec | ShuffleSpec;

export interface SourceSpec {
  readonly kind: "source";
  readonly splits: readonly Split[];
  readonly reader: Reader;
  /** True when re-reading may give other records (a socket, an async iterable): such a partition is never computed twice. */
  readonly once?: boolean;
}

export interface StepSpec {
  readonly kind: "step";
  readonly parent: PlanNode;
  readonly step: Step;
}

/** The operations that an engine fuses into one loop. */
export type Step =
  | { readonly op: "map"; readonly fn: (record: never) => unknown }
  | { readonly op: "filter"; readonly fn: (record: never) => unknown }
  | { readonly op: "flatMap"; readonly fn: (record: never) => Iterable<unknown> }
  /** `[k, v]` → `[fn(v), …]` forms that engines inline: the pair is built in the loop, not by another call. */
  | { readonly op: "mapValues"; readonly fn: (value: never) => unknown }
  | { readonly op: "flatMapValues"; readonly fn: (value: never) => Iterable<unknown> }
  | { readonly op: "keyBy"; readonly fn: (record: never) => unknown }
  /** The whole partition as an iterable; see `PartitionRecords` for what `fn` is given. Called for empty partitions too. */
  | {
      readonly op: "partitions";
      readonly fn: PartitionFn;
      /** A promise that `fn` makes nothing of nothing: known-empty partitions then cost no task. */
      readonly emptyOnEmpty?: boolean;
    }
  /** Up to `concurrency` calls in flight; results in input order. */
  | { readonly op: "mapAsync"; readonly fn: (record: never) => Promise<unknown>; readonly concurrency: number };

/**
 * A partition's records, lazily. Synchronous iteration always works for a plain function (an asynchronous source is read to
 * its end first); an async function or async generator should use `for await`, which streams from any source.
 */
export type PartitionRecords<T> = Iterable<T> & AsyncIterable<T>;

export type PartitionFn = (
  index: number,
  records: PartitionRecords<never>,
) => Iterable<unknown> | AsyncIterable<unknown> | Promise<Iterable<unknown> | AsyncIterable<unknown>>;

export interface ConcatSpec {
  readonly kind: "concat";
  readonly parents: readonly PlanNode[];
  /** For each partition: which [parent index, partition] it consists of, in order. */
  readonly parts: readonly (readonly (readonly [parent: number, partition: number])[])[];
}

export interface ZipSpec {
  readonly kind: "zip";
  readonly parents: readonly PlanNode[];
  /** For each partition: the partition of every parent that goes in. */
  readonly parts: readonly (readonly number[])[];
  /** Pulls from all inputs at once; `inputs[i]` may be iterated several times (engines buffer when asked twice). */
  readonly fn: (
    index: number,
    inputs: readonly PartitionRecords<never>[],
  ) => Iterable<unknown> | AsyncIterable<unknown>;
  /** A promise that `fn` yields nothing when all inputs are empty (joins, cogroup): such partitions then cost no task. */
  readonly emptyOnEmpty?: boolean;
}

export interface ShuffleSpec {
  readonly kind: "shuffle";
  readonly parent: PlanNode;
  readonly partitioner: Partitioner;
  readonly combine?: Combine;
  /**
   * Order of each output partition, by key: `compare` in codec/order.ts after `key`, if given. Stable. Without it the order
   * is that of the map partitions, and within one that of the records (combined: of a key's first record), engines being
   * free to interleave keys as long as the result depends on the data only.
   */
  readonly sort?: { readonly ascending: boolean; readonly key?: (key: never) => unknown };
}

/** What becomes of records with equal keys. The output is pairs [key, combined]. */
export type Combine =
  /** values are merged two by two, on the map side too */
  | { readonly kind: "reduce"; readonly fn: (a: never, b: never) => unknown }
  /** an array of all values; nothing is done on the map side */
  | { readonly kind: "group" }
  | {
      readonly kind: "general";
      readonly create: (value: never) => unknown;
      readonly mergeValue: (combined: never, value: never) => unknown;
      readonly mergeCombiners: (a: never, b: never) => unknown;
      /** Default true. */
      readonly mapSide?: boolean;
    };

/** The nodes a node is computed from. */
export function parentsOf(node: PlanNode): readonly PlanNode[] {
  const spec = node.spec;
  switch (spec.kind) {
    case "source":
      return [];
    case "step":
    case "shuffle":
      return [spec.parent];
    case "concat":
    case "zip":
      return spec.parents;
  }
}

let lastId = -1;

/** A fresh node id. RDD ids come from here too, so that both count in one sequence. */
export function nextNodeId(): number {
  return ++lastId;
}
