/**
 * A stage's program, from its layout. Parts that come to the same are one node of the program: the union of 10,000 files
 * that are read alike is a program with one source, and the panes of a window are one `persist`. So programs depend on the
 * shape of the user's code only, batch after batch, and a worker generates each loop once.
 */
import { type CallSite, describeSite } from "../../base/site.ts";
import { encodeValue } from "../../codec/block.ts";
import type { Fn, ShuffleSpec, Step } from "../../plan/plan.ts";
import type { Partitioner } from "../../plan/partitioner.ts";
import type { Action } from "../engine.ts";
import type { Layout } from "./layout.ts";
import { ConcatPart, type Part, PersistPart, ShufflePart, SourcePart, StepPart, ZipPart } from "./parts.ts";
import type { CombineProgram, FlatNode, FlatProgram, FnId, PartitionerProgram, Sink, SortProgram } from "./protocol.ts";

/** Gives a function its id; remembers that the program needs it. */
export type NameFunction = (fn: Fn, site: CallSite) => FnId;

/** What becomes of a stage's records: the job's action, the map side of a shuffle, or bytes that are kept. */
export type Purpose =
  | { readonly kind: "keep"; readonly site: CallSite }
  | { readonly kind: "action"; readonly action: Action; readonly site: CallSite }
  | { readonly kind: "shuffle"; readonly spec: ShuffleSpec; readonly site: CallSite };

export function flatten(layout: Layout, purpose: Purpose, name: NameFunction): Omit<FlatProgram, "programId"> {
  const nodes: FlatNode[] = [];
  const positions = new Map<string, number>();
  const read = concatsRead(layout);
  for (const part of layout.parts) {
    if (part instanceof ConcatPart && !read.has(part)) continue;
    const node = nodeOf(part, name);
    if (typeof node === "number") {
      part.position = node;
      continue;
    }
    const key = JSON.stringify(node);
    let position = positions.get(key);
    if (position === undefined) {
      position = nodes.push(node) - 1;
      positions.set(key, position);
    }
    part.position = position;
  }
  // The root's node is the last one; should it be an earlier one that serves for it, nobody reads those after it.
  return { nodes: nodes.slice(0, layout.root.position + 1), sink: sinkOf(purpose, name) };
}

/** The part's node, or the position of the one that serves. */
function nodeOf(part: Part, name: NameFunction): FlatNode | number {
  const { site } = part.node;
  if (part instanceof SourcePart) {
    return { kind: "source", reader: name(part.spec.reader, site), site: describeSite(site) };
  }
  if (part instanceof StepPart) return stepOf(part.spec.step, part.parent.position, site, name);
  if (part instanceof ConcatPart) return concatOf(part);
  if (part instanceof ZipPart) {
    const parents = part.parents.map(parent => parent.position);
    return { kind: "zip", fn: name(part.spec.fn, site), parents, site: describeSite(site) };
  }
  if (part instanceof ShufflePart) {
    const { combine, sort } = part.spec;
    return {
      kind: "shuffleRead",
      ...(combine && { combine: combineOf(combine, site, name) }),
      ...(sort && { sort: sortOf(sort, site, name) }),
      site: describeSite(site),
    };
  }
  const { level, parent } = part as PersistPart;
  const { useDisk, useMemory, deserialized } = level;
  return { kind: "persist", level: { useDisk, useMemory, deserialized }, ...(parent && { parent: parent.position }) };
}

function stepOf(step: Step, parent: number, at: CallSite, name: NameFunction): FlatNode {
  const fn = name(step.fn as Fn, at);
  const site = describeSite(at);
  if (step.op === "mapAsync") return { kind: "step", op: step.op, fn, concurrency: step.concurrency, site, parent };
  return { kind: "step", op: step.op, fn, site, parent };
}

/** Unions of unions are one, so the parents of a concat are the parts below it that are no concats. */
function concatOf(part: ConcatPart): FlatNode | number {
  const concats = new Set<ConcatPart>([part]);
  const positions = new Set<number>();
  for (const concat of concats) {
    for (const parent of concat.parents) {
      if (parent instanceof ConcatPart) concats.add(parent);
      else positions.add(parent.position);
    }
  }
  const parents = [...positions];
  part.slots = new Map(parents.map((position, index) => [position, index]));
  part.through =
    parents.length === 1 &&
    !part.usesNumber &&
    [...concats].every(concat => concat.spec.parts.every(pieces => pieces.length === 1));
  return part.through ? (parents[0] as number) : { kind: "concat", parents };
}

/** The concats that are read by something else than a concat, and so need a node of their own. */
function concatsRead(layout: Layout): Set<Part> {
  const read = new Set<Part>([layout.root]);
  for (const part of layout.parts) {
    if (part instanceof StepPart || part instanceof PersistPart) read.add(part.parent as Part);
    else if (part instanceof ZipPart) for (const parent of part.parents) read.add(parent);
  }
  return read;
}

function combineOf(combine: NonNullable<ShuffleSpec["combine"]>, at: CallSite, name: NameFunction): CombineProgram {
  const site = describeSite(at);
  switch (combine.kind) {
    case "group":
      return { kind: "group", site };
    case "reduce":
      return { kind: "reduce", fn: name(combine.fn as Fn, at), site };
    case "general":
      return {
        kind: "general",
        create: name(combine.create as Fn, at),
        mergeValue: name(combine.mergeValue as Fn, at),
        mergeCombiners: name(combine.mergeCombiners as Fn, at),
        mapSide: combine.mapSide ?? true,
        site,
      };
  }
}

function sortOf(sort: NonNullable<ShuffleSpec["sort"]>, at: CallSite, name: NameFunction): SortProgram {
  return { ascending: sort.ascending, ...(sort.key && { key: name(sort.key as Fn, at) }) };
}

function partitionerOf(partitioner: Partitioner, at: CallSite, name: NameFunction): PartitionerProgram {
  const { n } = partitioner;
  switch (partitioner.kind) {
    case "hash":
    case "roundRobin":
      return { kind: partitioner.kind, n };
    case "custom":
      return { kind: "custom", n, fn: name(partitioner.fn as Fn, at) };
    case "range": {
      const { ascending, bounds, key } = partitioner;
      return { kind: "range", n, bounds: encodeValue(bounds), ascending, ...(key && { key: name(key as Fn, at) }) };
    }
  }
}

function sinkOf(purpose: Purpose, name: NameFunction): Sink {
  const at = purpose.site;
  const site = describeSite(at);
  if (purpose.kind === "keep") return { kind: "keep" };
  if (purpose.kind === "shuffle") {
    const { combine, partitioner } = purpose.spec;
    return {
      kind: "shuffleWrite",
      partitioner: partitionerOf(partitioner, at, name),
      ...(combine && { combine: combineOf(combine, at, name) }),
      site,
    };
  }
  const { action } = purpose;
  switch (action.kind) {
    case "collect":
    case "count":
      return { kind: action.kind };
    case "take":
      return { kind: "take", n: action.n };
    case "fold":
      return { kind: "fold", zero: encodeValue(action.zero), fn: name(action.fn as Fn, at), site };
    case "reduce":
    case "foreach":
    case "partition":
      return { kind: action.kind, fn: name(action.fn as Fn, at), site };
  }
}
