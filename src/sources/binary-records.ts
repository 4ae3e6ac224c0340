/** Files that consist of records of one length, without anything between them. */
import { DStreamsError, require } from "../base/errors.ts";
import { portable } from "../closure/portable.ts";
import type { Chunk, Reader } from "../plan/plan.ts";
import { storageFor } from "../storage/registry.ts";
import type { FileStatus } from "../storage/storage.ts";
import { cut, type FileSplit, shortened } from "./file-split.ts";
import { inputFiles, newFiles } from "./input-files.ts";

/** How many bytes of records make a chunk. */
const chunkBytes = 64 * 1024;

/** The splits of `binaryRecords(paths, recordLength)`: one a block, ending between two records. */
export async function binaryRecordSplits(paths: string, recordLength: number): Promise<FileSplit[]> {
  return splitAtRecords(await inputFiles(paths), recordLength);
}

/** The same for files that a file stream has found. */
export async function newRecordSplits(files: readonly FileStatus[], recordLength: number): Promise<FileSplit[]> {
  return splitAtRecords(await newFiles(files), recordLength);
}

function splitAtRecords(files: readonly FileStatus[], recordLength: number): FileSplit[] {
  require(Number.isSafeInteger(recordLength) &&
    recordLength > 0, `recordLength must be a positive integer, got ${recordLength}`);
  return files.flatMap(file => cut(file, Math.max(1, Math.floor(file.blockSize / recordLength)) * recordLength));
}

/**
 * Yields the records of a `FileSplit` as Uint8Arrays of `recordLength` bytes. DSTREAMS_DATA when the file does not consist of
 * whole records.
 */
export const recordReader = portable(
  import.meta.url,
  "recordReader",
  (recordLength: number): Reader =>
    split =>
      readRecords(split as FileSplit, recordLength),
);

async function* readRecords(split: FileSplit, recordLength: number): AsyncGenerator<Chunk> {
  const storage = await storageFor(split.path);
  const perChunk = Math.max(1, Math.floor(chunkBytes / recordLength));
  // a buffer of its own for every chunk, since the records go on being views of it
  let buffer = new Uint8Array(perChunk * recordLength);
  let filled = 0;
  let position = split.start;
  for await (const bytes of storage.read(split.path, split.start, split.end)) {
    position += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + buffer.length - filled);
      buffer.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < buffer.length) continue;
      yield recordsIn(buffer, filled, recordLength);
      buffer = new Uint8Array(perChunk * recordLength);
      filled = 0;
    }
  }
  if (position < split.end) throw shortened(split.path, split.end, position);
  if (filled % recordLength !== 0) throw wrongLength(split.path, filled % recordLength, recordLength);
  yield recordsIn(buffer, filled, recordLength);
}

function recordsIn(buffer: Uint8Array, length: number, recordLength: number): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < length; at += recordLength) records.push(buffer.subarray(at, at + recordLength));
  return records;
}

function wrongLength(path: string, length: number, recordLength: number): DStreamsError {
  const what = `Byte array does not have correct length. ${length} did not equal recordLength: ${recordLength}`;
  return new DStreamsError("DSTREAMS_DATA", `${what} (the last record of ${path})`);
}
