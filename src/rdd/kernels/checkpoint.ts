/** Partitions in files: a four-byte length and a block of records, again and again. */
import { DStreamsError } from "../../base/errors.ts";
import { portable } from "../../closure/portable.ts";
import { decodeBlock, encodeBlock } from "../../codec/block.ts";
import { storageFor } from "../../storage/registry.ts";
import type { FileWriter } from "../../storage/storage.ts";
import type { Chunk, PartitionRecords } from "../../plan/plan.ts";

const recordsPerBlock = 4096;
const here = import.meta.url;

/** Writes a partition below the directory and answers the path of its file. */
export const checkpointWriter = portable(
  here,
  "checkpointWriter",
  (directory: string) =>
    async (index: number, records: PartitionRecords<unknown>): Promise<string> => {
      const path = `${directory}/part-${String(index).padStart(5, "0")}`;
      const writer = await (await storageFor(path)).create(path);
      try {
        await writeBlocks(writer, records);
        await writer.close();
      } catch (error) {
        await writer.discard();
        throw error;
      }
      return path;
    },
);

/** Reads what `checkpointWriter` wrote. */
export const checkpointReader = portable(here, "checkpointReader", () => readCheckpoint);

async function* readCheckpoint(path: unknown): AsyncGenerator<Chunk> {
  const storage = await storageFor(path as string);
  // Joined only when a block is complete: a large one comes in many parts.
  let parts: Uint8Array[] = [];
  let size = 0;
  let needed = 4;
  for await (const bytes of storage.read(path as string, 0, Number.POSITIVE_INFINITY)) {
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
    throw new DStreamsError("DSTREAMS_DATA", `The checkpoint file ${String(path)} ends in the middle of a block.`);
  }
}

/** How many bytes the block that begins here takes, as far as can be told. */
function endOfBlock(held: Buffer): number {
  return held.length < 4 ? 4 : 4 + held.readUInt32LE(0);
}

async function writeBlocks(writer: FileWriter, records: PartitionRecords<unknown>): Promise<void> {
  let chunk: unknown[] = [];
  for await (const record of records) {
    if (chunk.push(record) < recordsPerBlock) continue;
    await writer.write(framed(chunk));
    chunk = [];
  }
  if (chunk.length > 0) await writer.write(framed(chunk));
}

function framed(records: readonly unknown[]): Uint8Array {
  const block = encodeBlock(records);
  const bytes = Buffer.allocUnsafe(4 + block.length);
  bytes.writeUInt32LE(block.length, 0);
  bytes.set(block, 4);
  return bytes;
}
