/**
 * What a stage is to those who compute it, on whichever engine.
 *
 *     driver                                                       worker (one task at a time)
 *     plan ─▶ stages ─▶ tasks ──functions (captured)───▶           restores them
 *                             ──stage program──────────▶           generates its loop
 *                             ──input of a partition───▶           runs it
 *                             ◀──value | map output | failure──
 *
 * A stage is the part of a plan between shuffles. Its *program* is the same for all its tasks and names functions by id; a
 * task adds what differs: the splits and blocks of its partition. The driver hands on references to blocks of bytes without
 * looking inside.
 *
 *     PipeNode (program)       TaskInput (task)
 *     source(reader)           split
 *     step(op, fn, parent)     input of the parent
 *     concat(parents)          [(parent, input, partition)…]
 *     zip(fn, parents)         (input, partition) of each
 *     shuffleRead(combine)     block references, by map partition
 *     persist(parent)          (node, partition, input of the parent, should it be missing)
 */
import type { StorageLevel } from "../storage-level.ts";

/** Id of a captured function; the worker has been sent its bytes before it is named. */
export type FnId = number;

/** Fields of StorageLevel, as structured clone leaves them. */
export type PlainLevel = Pick<StorageLevel, "useDisk" | "useMemory" | "deserialized">;

export type PipeNode =
  | { readonly kind: "source"; readonly reader: FnId; readonly site: string }
  | {
      readonly kind: "step";
      readonly op: "map" | "filter" | "flatMap" | "mapValues" | "flatMapValues" | "keyBy" | "partitions" | "mapAsync";
      readonly fn: FnId;
      readonly concurrency?: number;
      /** `map at wordcount.ts:8`, for errors. */
      readonly site: string;
      readonly parent: PipeNode;
    }
  | { readonly kind: "concat"; readonly parents: readonly PipeNode[] }
  | { readonly kind: "zip"; readonly fn: FnId; readonly parents: readonly PipeNode[]; readonly site: string }
  | {
      readonly kind: "shuffleRead";
      readonly combine?: CombineProgram;
      readonly sort?: SortProgram;
      readonly site: string;
    }
  /**
   * Which node's partition is meant is part of the input, so that the panes of a window share a program. Without a parent
   * every input names a partition that is kept.
   */
  | { readonly kind: "persist"; readonly level: PlainLevel; readonly parent?: PipeNode };

/** PipeNode with parents named by their position in the program's list: however deep a lineage, it is cloned without recursion. */
export type FlatNode<N = PipeNode> = N extends { readonly parents: readonly PipeNode[] }
  ? Omit<N, "parents"> & { readonly parents: readonly number[] }
  : N extends { readonly parent: PipeNode }
    ? Omit<N, "parent"> & { readonly parent: number }
    : N extends { readonly parent?: PipeNode }
      ? Omit<N, "parent"> & { readonly parent?: number }
      : N;

export type CombineProgram =
  | { readonly kind: "reduce"; readonly fn: FnId; readonly site: string }
  | { readonly kind: "group"; readonly site: string }
  | {
      readonly kind: "general";
      readonly create: FnId;
      readonly mergeValue: FnId;
      readonly mergeCombiners: FnId;
      readonly mapSide: boolean;
      readonly site: string;
    };

export interface SortProgram {
  readonly ascending: boolean;
  readonly key?: FnId;
}

export type PartitionerProgram =
  | { readonly kind: "hash"; readonly n: number }
  | {
      readonly kind: "range";
      readonly n: number;
      /** Encoded by codec `encodeValue`. */
      readonly bounds: Uint8Array;
      readonly ascending: boolean;
      readonly key?: FnId;
    }
  | { readonly kind: "custom"; readonly n: number; readonly fn: FnId }
  | { readonly kind: "roundRobin"; readonly n: number };

export type Sink =
  | { readonly kind: "collect" }
  | { readonly kind: "take"; readonly n: number }
  | { readonly kind: "count" }
  | { readonly kind: "reduce"; readonly fn: FnId; readonly site: string }
  /** `zero` encoded by codec `encodeValue`. */
  | { readonly kind: "fold"; readonly zero: Uint8Array; readonly fn: FnId; readonly site: string }
  | { readonly kind: "foreach"; readonly fn: FnId; readonly site: string }
  | { readonly kind: "partition"; readonly fn: FnId; readonly site: string }
  /** → the records as one block: where a stage ends because its result is kept as bytes */
  | { readonly kind: "keep" }
  | {
      readonly kind: "shuffleWrite";
      readonly partitioner: PartitionerProgram;
      readonly combine?: CombineProgram;
      readonly site: string;
    };

export interface StageProgram {
  /** Unique among programs that differ: equal programs of later batches have the same id, so loops are generated once. */
  readonly programId: number;
  readonly pipe: PipeNode;
  readonly sink: Sink;
}

/** A StageProgram as it travels: parents before children, the pipe's own node last; `expandProgram` (program.ts) undoes it. */
export interface FlatProgram {
  readonly programId: number;
  readonly nodes: readonly FlatNode[];
  readonly sink: Sink;
}

/** Mirrors PipeNode; steps are passed through (a step's input is its parent's). */
export type TaskInput =
  /** Known to hold no records, whichever kind of node stands here. */
  | { readonly kind: "empty" }
  | { readonly kind: "split"; readonly split: unknown }
  | { readonly kind: "blocks"; readonly blocks: readonly BlockRef[] }
  /** Each with the number it has among its parent's partitions, which functions over partitions are told. */
  | {
      readonly kind: "concat";
      readonly inputs: readonly (readonly [parent: number, input: TaskInput, partition: number])[];
    }
  | { readonly kind: "zip"; readonly inputs: readonly TaskInput[]; readonly partitions: readonly number[] }
  | {
      readonly kind: "persisted";
      readonly nodeId: number;
      readonly partition: number;
      /** Where the partition is, when it is kept as bytes (shared by all workers). */
      readonly block?: BlockRef;
      /** How to compute it; undefined when that would need a shuffle whose map outputs are gone. */
      readonly input?: TaskInput;
    };

/** Bytes of a block: a range of shared memory or of a spill file below the engine's own directory. */
export interface BlockRef {
  readonly buffer?: SharedArrayBuffer;
  /** Absolute path, made by the engine itself. */
  readonly file?: string;
  /** On Spark, while the input travels: the blocks of this partition, which come with it. A worker puts them in this one's place. */
  readonly leaf?: LeafRef;
  readonly start: number;
  readonly end: number;
}

/** A partition of a shuffle or of a persisted node, by the node's id. */
export interface LeafRef {
  readonly node: number;
  readonly partition: number;
}

/** What a map task leaves behind: one buffer or file with the parts of all reduce partitions one after the other. */
export interface MapOutput {
  readonly buffer?: SharedArrayBuffer;
  readonly file?: string;
  /** n+1 offsets; part r is `[offsets[r], offsets[r+1])`, empty when they are equal. */
  readonly offsets: Float64Array;
}

export type TaskFailure =
  | { readonly kind: "cancelled" }
  /** A persisted partition was expected here and its lineage was not sent: the driver plans the stage anew. */
  | { readonly kind: "missing"; readonly nodeId: number; readonly partition: number }
  /** A user's function threw. */
  | { readonly kind: "user"; readonly site: string; readonly record?: string; readonly error: PlainError }
  /** Anything else, already worded for the user. */
  | { readonly kind: "engine"; readonly code: string; readonly error: PlainError };

/** An error as it travels; the receiver rebuilds an Error with this stack. `value` is set when what was thrown was no Error. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly value?: string;
  readonly cause?: PlainError;
}
