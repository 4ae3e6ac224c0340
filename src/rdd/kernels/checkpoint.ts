/** Partitions in files: a four-byte length and a block of records, again and again. */
import { DStreamsError } from "../../base/errors.ts";
import { portable } from "../../closure/portable.ts";
import { decodeBlock, encodeBlock } from "../../codec/block.ts";
import { storageFor } from "../../storage/registry.ts";
import type { Chunk, PartitionRecords, Reader } from "../../plan/plan.ts";

const recordsPerBlock = 4096;
const here = import.meta.url;

/** Writes a partition below the directory and answers the path of its file. */
export const checkpointWriter = portable(
  here,
  "checkpointWriter",
  (directory: string) =>
    async (index: number, records: PartitionRecords<unknown>): Promise<string> => {
      const path = partPath(directory, index);
      await writeChunks(path, chunksOf(records));
      return path;
    },
);

/** The file of a partition. */
export function partPath(directory: string, partition: number): string {
  return `${directory}/part-${String(partition).padStart(5, "0")}`;
}

/** Writes a whole file or none. */
export async function writeChunks(path: string, chunks: Iterable<Chunk> | AsyncIterable<Chunk>): Promise<void> {
  const writer = await (await storageFor(path)).create(path);
  try {
    for await (const chunk of chunks) if (chunk.length > 0) await writer.write(framed(chunk));
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** Reads what `checkpointWriter` wrote. */
export const checkpointReader = portable(here, "checkpointReader", () => readChunks as Reader);

/** The chunks of a file that `writeChunks` wrote. */
export async function* readChunks(path: string): AsyncGenerator<Chunk> {
  const storage = await storageFor(path);
  // Joined only when a block is complete: a large one comes in many parts.
  let parts: Uint8Array[] = [];
  let size = 0;
  let needed = 4;
  for await (const bytes of storage.read(path, 0, Number.POSITIVE_INFINITY)) {
    parts.push(Uint8Array.from(bytes));
    size += bytes.length;
    if (size < needed) continue;
    let held = Buffer.concat(parts, size);
    for (needed = endOfBlock(held); held.length >= needed; needed = endOfBlock(held)) {
      yield decodeBlock(held.subarray(4, needed));
      held = held.subarray(needed);
    }
    parts = [held];
    size = held.length;
  }
  if (size > 0) {
    throw new DStreamsError("DSTREAMS_DATA", `The checkpoint file ${path} ends in the middle of a block.`);
  }
}

/** How many bytes the block that begins here takes, as far as can be told. */
function endOfBlock(held: Buffer): number {
  return held.length < 4 ? 4 : 4 + held.readUInt32LE(0);
}

async function* chunksOf(records: PartitionRecords<unknown>): AsyncGenerator<Chunk> {
  let chunk: unknown[] = [];
  for await (const record of records) {
    if (chunk.push(record) < recordsPerBlock) continue;
    yield chunk;
    chunk = [];
  }
  yield chunk;
}

function framed(records: readonly unknown[]): Uint8Array {
  const block = encodeBlock(records);
  const bytes = Buffer.allocUnsafe(4 + block.length);
  bytes.writeUInt32LE(block.length, 0);
  bytes.set(block, 4);
  return bytes;
}
