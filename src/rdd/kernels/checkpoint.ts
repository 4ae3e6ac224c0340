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
  let held = Buffer.alloc(0);
  for await (const bytes of storage.read(path as string, 0, Number.MAX_SAFE_INTEGER)) {
    held = held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes]);
    while (held.length >= 4 && held.length >= 4 + held.readUInt32LE(0)) {
      const end = 4 + held.readUInt32LE(0);
      yield decodeBlock(held.subarray(4, end));
      held = held.subarray(end);
    }
  }
  if (held.length > 0) {
    throw new DStreamsError("DSTREAMS_DATA", `The checkpoint file ${String(path)} ends in the middle of a block.`);
  }
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
