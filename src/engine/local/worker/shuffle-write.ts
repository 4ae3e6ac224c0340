/** The map side of a shuffle: which buffers its records go to, and the loops that fill them. */
import type { Chunk, Fn } from "../../../plan/plan.ts";
import type { Place } from "../../../plan/placing.ts";
import type { FnId, MapOutput, Sink } from "../protocol.ts";
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

type ShuffleWriteSink = Extract<Sink, { readonly kind: "shuffleWrite" }>;

/** Where the records of one task wait until its output is put together. */
interface Buffers {
  /** Between chunks: sends on what waits, when it is much. */
  settle(): void;
  finish(): MapOutput;
  /** Removes what it left on disk. */
  discard(): void;
}

/** Makes a task's buffers, and the loop that runs a chunk into them. */
type Begin = (task: TaskRun) => { readonly buffers: Buffers; readonly accept: (chunk: Chunk) => unknown };

export function compileShuffleWrite(
  id: number,
  sink: ShuffleWriteSink,
  steps: readonly FusedStep[],
  functions: (id: FnId) => Fn,
): (chunks: Chunks, task: TaskRun) => Maybe<{ readonly output: MapOutput }> {
  const begin = compileBuffers(id, sink, steps, functions);
  return (chunks, task) => {
    const { buffers, accept } = begin(task);
    task.onEnd(() => buffers.discard());
    const read = drain(chunks, chunk => {
      accept(chunk);
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
  return task => {
    const buffers = new MapCombine(task.store, { n, place, absorb, absorbBytes });
    const accept = (chunk: Chunk): boolean => {
      if (buffers.lanes === undefined) return direct(chunk, buffers);
      dealOut ??= makeLoop(id, steps, laneTail<MapCombine>(merging.site));
      return dealOut(chunk, buffers);
    };
    return { buffers, accept };
  };
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
