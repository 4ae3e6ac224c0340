/**
 * Fused operators: what a user wrote as a chain of calls becomes one loop over a chunk.
 *
 *     lines.flatMap(f).map(g).reduceByKey(h)      for each record of the chunk { for each part of f(record) { h(table, g(part)) } }
 *
 * A loop is a row of steps and a *tail*, which takes what comes out at the end. Tails are written twice: as text, from which
 * `generate.ts` makes one function per stage program (its call sites see this program's functions only, so V8 inlines them
 * and drops the pairs in between), and as a plain function, for processes that forbid generated code.
 */
import type { Chunk, Fn, NumberRange } from "../../plan/plan.ts";

export interface FusedStep {
  readonly op: "map" | "filter" | "flatMap" | "mapValues" | "flatMapValues" | "keyBy";
  readonly fn: Fn;
  /** `map at wordcount.ts:8` */
  readonly site: string;
}

/** What a loop does with the records that come out of its last step. `S` is its state during one task, `s` in the text. */
export interface Tail<S> {
  /** Who is to blame when the tail throws. */
  readonly site: string;
  /** A new state, for one task. */
  start(): S;
  /** Takes one record; false: no more records are wanted. */
  accept(state: S, record: unknown): boolean;
  readonly text: TailText;
}

/** The same as text. Names that end in a digit belong to the loop. */
export interface TailText {
  /** Values that the text refers to by name. */
  readonly names: Readonly<Record<string, unknown>>;
  /** Once a chunk, before and after its records. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  /** For one record, given the name of a variable; or for a pair, given two. One of the two must be there. */
  readonly record?: (record: string) => readonly string[];
  readonly pair?: (key: string, value: string) => readonly string[];
}

/** Runs a chunk through the steps into the tail's state; false: no more records are wanted. */
export type Loop<S> = (chunk: Chunk, state: S) => boolean;

/** Runs evenly spaced numbers through the steps into the tail's state. */
export type NumberLoop<S> = (numbers: NumberRange, state: S) => boolean;

/** Runs a chunk through the steps; what comes out are chunks. */
export type Emitter = (chunk: Chunk) => Iterable<Chunk>;
