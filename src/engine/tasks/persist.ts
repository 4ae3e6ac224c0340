/**
 * Kept partitions: taken from where they are, or computed and kept on the way.
 *
 *     in this heap ─▶ hand out
 *     as a block   ─▶ decode, piece by piece
 *     neither      ─▶ compute ─▶ memory, deserialized: chunks as they are, while the budget lasts
 *                                memory, serialized:   a block in shared memory
 *                                disk:                 a block in a file, at once or when memory does not suffice
 */
import { decodeBlock, encodeBlock } from "../../codec/block.ts";
import type { Chunk } from "../../plan/plan.ts";
import type { BlockRef, PlainLevel } from "../stages/protocol.ts";
import { BlockReader } from "./block-store.ts";
import { BlockWriter } from "./block-writer.ts";
import { type Chunks, type Maybe, drain, fromArray, lazyChunks, then } from "./chunks.ts";
import { estimateElements } from "../../codec/estimate.ts";
import { MissingPartition } from "./failures.ts";
import { type KeptPartition, isGone, residentOf } from "./partition-cache.ts";
import { piecesOf } from "./pieces.ts";
import type { TaskRun } from "./task-run.ts";

export interface Wanted {
  readonly nodeId: number;
  readonly partition: number;
  readonly level: PlainLevel;
  readonly block: BlockRef | undefined;
  /** Opens what the partition is computed from; undefined when that is not possible. */
  readonly compute: (() => Chunks) | undefined;
}

/**
 * What is in this heap is looked for when the stream begins and not before: until then another part of the task may have computed the
 * partition, or taken over the state that it is.
 */
export function openPersisted(wanted: Wanted, task: TaskRun): Chunks {
  const { nodeId, partition, block, compute, level } = wanted;
  return lazyChunks(() => {
    const kept = task.cache.get(nodeId, partition);
    if (kept !== undefined) return fromArray(kept);
    if (block !== undefined) return blockChunks(block, task);
    if (compute === undefined) throw new MissingPartition(nodeId, partition);
    const source = compute();
    task.onEnd(() => source.close());
    return level.deserialized && level.useMemory
      ? keepValues(wanted, source, task)
      : keepBlock(wanted, [], source, task);
  }, []);
}

/** The records of a block, one chunk per piece. */
export function blockChunks(block: BlockRef, task: TaskRun): Chunks {
  const reader = new BlockReader(block);
  task.onEnd(() => reader.close());
  const pieces = piecesOf(reader);
  return {
    async: false,
    next() {
      const step = pieces.next();
      return step.done === true ? undefined : decodeBlock(step.value.read());
    },
    close: () => void pieces.return(undefined),
  };
}

/** Keeps the chunks themselves; when they are more than the budget, turns to disk or gives up keeping. */
function keepValues(wanted: Wanted, source: Chunks, task: TaskRun): Maybe<Chunks> {
  const { nodeId, partition, level } = wanted;
  const chunks: Chunk[] = [];
  let bytes = 0;
  const read = drain(source, chunk => {
    chunks.push(chunk);
    bytes += residentOf([chunk])?.bytes ?? estimateElements(chunk);
    return bytes <= task.cache.budget;
  });
  return then(read, () => {
    const leaving =
      bytes <= task.cache.budget ? task.cache.put({ nodeId, partition, level, chunks, bytes }) : undefined;
    if (leaving !== undefined) {
      task.keep({ nodeId, partition });
      for (const kept of leaving) leave(kept, task);
      task.dropped.push(...task.cache.sweep());
      return fromArray(chunks);
    }
    if (level.useDisk) return keepBlock(wanted, chunks, source, task);
    task.dropped.push({ nodeId, partition });
    return followedBy(chunks, source);
  });
}

/** Chunks that were read already, then the rest of the stream. */
function followedBy(chunks: readonly Chunk[], rest: Chunks): Chunks {
  let at = 0;
  return {
    async: rest.async,
    next: () => (at < chunks.length ? chunks[at++] : rest.next()),
    close: () => rest.close(),
  };
}

/** A partition that left the heap for another one: to disk, if its level says so. */
function leave(kept: KeptPartition, task: TaskRun): void {
  const { nodeId, partition, level } = kept;
  if (!level.useDisk || isGone(kept)) {
    task.dropped.push({ nodeId, partition });
    return;
  }
  const writer = new BlockWriter(task.store, 1);
  for (const chunk of kept.chunks) addChunk(writer, chunk);
  keepWritten(writer, kept, task);
}

/** Keeps the partition as a block. */
function keepBlock(wanted: Wanted, begun: readonly Chunk[], source: Chunks, task: TaskRun): Maybe<Chunks> {
  const writer = new BlockWriter(task.store, 1);
  task.onEnd(() => writer.discard());
  for (const chunk of begun) addChunk(writer, chunk);
  return then(
    drain(source, chunk => addChunk(writer, chunk)),
    () => blockChunks(keepWritten(writer, wanted, task), task),
  );
}

/** A state goes in as its plain records, since bytes are for other heaps. */
export function addChunk(writer: BlockWriter, chunk: Chunk): void {
  const resident = residentOf([chunk]);
  if (resident !== undefined) {
    for (const records of resident.toChunks()) addChunk(writer, records);
  } else if (chunk.length > 0) {
    writer.add(0, { bits: 0, bucket: 0, rows: chunk.length, payload: encodeBlock(chunk) });
  }
}

/** Reports the block as kept; one that its level does not allow on disk lives only as long as the task. */
function keepWritten(writer: BlockWriter, of: Omit<KeptPartition, "chunks" | "bytes">, task: TaskRun): BlockRef {
  const { nodeId, partition, level } = of;
  const { buffer, file, offsets } = writer.finish(level.useMemory && !level.deserialized);
  const block: BlockRef = {
    ...(buffer !== undefined && { buffer }),
    ...(file !== undefined && { file }),
    start: 0,
    end: offsets[1] ?? 0,
  };
  if (file === undefined || level.useDisk) {
    task.keep({ nodeId, partition, block });
  } else {
    task.dropped.push({ nodeId, partition });
    task.onEnd(() => task.store.discard(block));
  }
  return block;
}
