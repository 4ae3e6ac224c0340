/** The map side of a shuffle: which buffers its records go to, and the loops that fill them. */
import type { Chunk, Fn, TextLines } from "../../plan/plan.ts";
import type { Place } from "../../plan/placing.ts";
import type { FnId, MapOutput, Sink } from "../stages/protocol.ts";
import { makeAbsorbBytes } from "./byte-table.ts";
import { type Chunks, type Maybe, drain, then } from "./chunks.ts";
import type { FusedStep } from "./fused.ts";
import { canGenerate, makeLoop } from "./make-loop.ts";
import { laneTail } from "./lanes.ts";
import { MapCombine, directTail } from "./map-combine.ts";
import { type PlaceRecord, RecordScatter, RowScatter, placeOfRecord, recordTail, rowTail } from "./map-scatter.ts";
import { type Merging, makeAbsorb, mergesOnMapSide, mergingOfValues } from "./merging.ts";
import { firstDeal, placeOfKeys } from "./placing.ts";
import type { TaskRun } from "./task-run.ts";
import { type WordLoop, makeWordLoop } from "./word-loop.ts";
import { splitIsUntouched, wordPattern } from "./word-pattern.ts";

type ShuffleWriteSink = Extract<Sink, { readonly kind: "shuffleWrite" }>;

/** Where the records of one task wait until its output is put together. */
interface Buffers {
  /** Between chunks: sends on what waits, when it is much. */
  settle(): void;
  finish(): MapOutput;
  /** Removes what it left on disk. */
  discard(): void;
}

/** A task's buffers, and the loop that runs a chunk into them. */
interface Writing {
  readonly buffers: Buffers;
  readonly accept: (chunk: Chunk) => unknown;
  /** The same for lines that are bytes; undefined when they must be strings. */
  readonly acceptText?: (text: TextLines) => void;
}

type Begin = (task: TaskRun) => Writing;

export function compileShuffleWrite(
  id: number,
  sink: ShuffleWriteSink,
  steps: readonly FusedStep[],
  functions: (id: FnId) => Fn,
): (chunks: Chunks, task: TaskRun) => Maybe<{ readonly output: MapOutput }> {
  const begin = compileBuffers(id, sink, steps, functions);
  return (chunks, task) => {
    const { buffers, accept, acceptText } = begin(task);
    task.onEnd(() => buffers.discard());
    const lines = acceptText && chunks.lines?.();
    const read = drain<Chunk | TextLines>(lines ?? chunks, chunk => {
      if ("bytes" in chunk) acceptText?.(chunk);
      else accept(chunk);
      buffers.settle();
    });
    return then(read, () => ({ output: buffers.finish() }));
  };
}

function compileBuffers(
  id: number,
  sink: ShuffleWriteSink,
  steps: readonly FusedStep[],
  functions: (id: FnId) => Fn,
): Begin {
  const { partitioner, combine, site } = sink;
  const { n } = partitioner;
  if (combine === undefined) {
    const loop = makeLoop(id, steps, recordTail(site));
    const placeOf = recordPlaces(sink, functions);
    return task => {
      const buffers = new RecordScatter(task.store, n, placeOf(task));
      return { buffers, accept: chunk => loop(chunk, buffers) };
    };
  }
  const place: Place | undefined = partitioner.kind === "hash" ? undefined : placeOfKeys(partitioner, functions);
  if (!mergesOnMapSide(combine)) {
    const loop = makeLoop(id, steps, rowTail(combine.site));
    return task => {
      const buffers = new RowScatter(task.store, n, place);
      return { buffers, accept: chunk => loop(chunk, buffers) };
    };
  }
  return compileCombine(id, n, place, mergingOfValues(combine, functions), steps);
}

function compileCombine(
  id: number,
  n: number,
  place: Place | undefined,
  merging: Merging,
  steps: readonly FusedStep[],
): Begin {
  const absorb = makeAbsorb(id, merging);
  const absorbBytes = canGenerate() ? makeAbsorbBytes(id, merging) : undefined;
  const direct = makeLoop(id, steps, directTail(merging));
  let dealOut: typeof direct | undefined;
  const countWords = canGenerate() ? compileWords(id, merging, steps) : undefined;
  return task => {
    const buffers = new MapCombine(task.store, { n, place, absorb, absorbBytes });
    const accept = (chunk: Chunk): boolean => {
      if (buffers.lanes === undefined) return direct(chunk, buffers);
      dealOut ??= makeLoop(id, steps, laneTail<MapCombine>(merging.site));
      return dealOut(chunk, buffers);
    };
    if (countWords === undefined || !splitIsUntouched()) return { buffers, accept };
    const acceptText = (text: TextLines): void => {
      if (text.first.length > 0) accept(text.first);
      countWords(text, buffers);
    };
    return { buffers, accept, acceptText };
  };
}

/** The loop for text that is bytes; undefined when the steps need strings. */
function compileWords(id: number, merging: Merging, steps: readonly FusedStep[]): WordLoop | undefined {
  const pattern = wordPattern(steps);
  if (pattern === undefined) return undefined;
  const direct = makeWordLoop(id, pattern, merging, "table");
  const dealOut = makeWordLoop(id, pattern, merging, "lanes");
  return (text, buffers) => (buffers.lanes === undefined ? direct : dealOut)(text, buffers);
}

/** Where whole records go; round robin counts them, beginning anew with every task. */
function recordPlaces({ partitioner }: ShuffleWriteSink, functions: (id: FnId) => Fn): (task: TaskRun) => PlaceRecord {
  if (partitioner.kind === "roundRobin") {
    return task => {
      let deal = firstDeal(task.partition, partitioner.n);
      return () => (deal = (deal + 1) % partitioner.n);
    };
  }
  const place = placeOfRecord(placeOfKeys(partitioner, functions));
  return () => place;
}
