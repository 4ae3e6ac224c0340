/** The reduce side of a shuffle: the blocks of all map outputs, in their order; combined, sorted, or as they are. */
import { decodeBlock } from "../../codec/block.ts";
import type { Chunk, Fn } from "../../plan/plan.ts";
import type { BlockRef, FnId, PipeNode, TaskInput } from "../stages/protocol.ts";
import { BlockReader } from "./block-store.ts";
import { type Chunks, fromIterable, noChunks } from "./chunks.ts";
import { mergePieces } from "./merge-read.ts";
import { type Absorb, makeAbsorb, mergingOfReads } from "./merging.ts";
import { type PieceRef, piecesOf } from "./pieces.ts";
import { type SortOrder, sorted } from "./sort.ts";
import type { TaskRun } from "./task-run.ts";
import { watchedChunks } from "./watched.ts";

export function compileShuffleRead(
  id: number,
  node: Extract<PipeNode, { readonly kind: "shuffleRead" }>,
  functions: (id: FnId) => Fn,
): (input: TaskInput, task: TaskRun) => Chunks {
  const { combine, sort, site } = node;
  const absorb = combine === undefined ? undefined : makeAbsorb(id, mergingOfReads(combine, functions));
  const order: SortOrder | undefined = sort && {
    ascending: sort.ascending,
    ...(sort.key !== undefined && { keyOf: functions(sort.key) }),
  };
  return (input, task) => {
    if (input.kind !== "blocks") return noChunks;
    return watchedChunks(() => fromIterable(readBlocks(input.blocks, absorb, order, task)), site, task);
  };
}

function* readBlocks(
  blocks: readonly BlockRef[],
  absorb: Absorb | undefined,
  order: SortOrder | undefined,
  task: TaskRun,
): Generator<Chunk> {
  const readers = blocks.map(block => new BlockReader(block));
  try {
    const records = absorb === undefined ? plainChunks(readers) : mergePieces(readers.flatMap(allPieces), absorb);
    yield* order === undefined ? records : sorted(records, order, task.store);
  } finally {
    for (const reader of readers) reader.close();
  }
}

function* plainChunks(readers: readonly BlockReader[]): Generator<Chunk> {
  for (const reader of readers) {
    for (const piece of piecesOf(reader)) yield decodeBlock(piece.read());
    reader.close();
  }
}

function allPieces(reader: BlockReader): PieceRef[] {
  return [...piecesOf(reader)];
}
