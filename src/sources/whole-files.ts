/** Files read as one record each: `[uri, content]`. */
import { constants } from "node:buffer";
import { DStreamsError } from "../base/errors.ts";
import { portable } from "../closure/portable.ts";
import type { Chunk, Reader } from "../plan/plan.ts";
import { storageFor } from "../storage/registry.ts";
import type { FileStatus } from "../storage/storage.ts";
import { decompress, isCompressed } from "./compression.ts";
import { shortened } from "./file-split.ts";
import { inputFiles } from "./input-files.ts";

/** The files of one partition. */
export interface WholeFilesSplit {
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Spark's `spark.files.maxPartitionBytes` and `spark.files.openCostInBytes`. */
const maxPartitionBytes = 128 * 1024 * 1024;
const openCost = 4 * 1024 * 1024;

/** The splits of `wholeTextFiles(paths, minPartitions)`: files in a row until a partition has its share of the bytes. */
export async function wholeTextFileSplits(paths: string, minPartitions: number): Promise<WholeFilesSplit[]> {
  const files = await inputFiles(paths);
  const total = files.reduce((sum, file) => sum + file.size, 0);
  return pack(files, Math.ceil(total / Math.max(1, minPartitions)));
}

/** The splits of `binaryFiles`; `parallelism` is the larger of the default parallelism and the asked-for partitions. */
export async function binaryFileSplits(paths: string, parallelism: number): Promise<WholeFilesSplit[]> {
  const files = await inputFiles(paths);
  const total = files.reduce((sum, file) => sum + file.size + openCost, 0);
  return pack(files, Math.min(maxPartitionBytes, Math.max(openCost, Math.floor(total / Math.max(1, parallelism)))));
}

function pack(files: readonly FileStatus[], share: number): WholeFilesSplit[] {
  const splits: WholeFilesSplit[] = [];
  let current: { path: string; size: number }[] = [];
  let bytes = 0;
  for (const { path, size } of files) {
    current.push({ path, size });
    bytes += size;
    if (bytes < share) continue;
    splits.push({ files: current });
    current = [];
    bytes = 0;
  }
  if (current.length > 0) splits.push({ files: current });
  return splits;
}

/** Yields `[uri, text]` of each file of a `WholeFilesSplit`, decompressed if its name says so. */
export const wholeTextReader = portable(import.meta.url, "wholeTextReader", () => readTexts);

/** Yields `[uri, bytes]` of each file of a `WholeFilesSplit`, as they are. */
export const binaryFileReader = portable(import.meta.url, "binaryFileReader", () => readBytes);

const readTexts: Reader = split => readWhole(split as WholeFilesSplit, true);
const readBytes: Reader = split => readWhole(split as WholeFilesSplit, false);

async function* readWhole(split: WholeFilesSplit, asText: boolean): AsyncGenerator<Chunk> {
  for (const { path, size } of split.files) {
    const bytes = asText && isCompressed(path) ? await unpack(path) : await content(path, size);
    yield [[path, asText ? textOf(path, bytes) : bytes]];
  }
}

async function content(path: string, size: number): Promise<Uint8Array> {
  const storage = await storageFor(path);
  const whole = new Uint8Array(allocatable(path, size));
  let filled = 0;
  for await (const chunk of storage.read(path, 0, size)) {
    whole.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled < size) throw shortened(path, size, filled);
  return whole;
}

async function unpack(path: string): Promise<Uint8Array> {
  const storage = await storageFor(path);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of decompress(path, storage.read(path, 0, Number.POSITIVE_INFINITY))) {
    size = allocatable(path, size + chunk.length);
    chunks.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(chunks, size);
}

/** One record cannot be larger than the codec's blocks, 2 GB; better said here, with a name. */
function allocatable(path: string, size: number): number {
  if (size < 2 ** 31) return size;
  throw new DStreamsError(
    "DSTREAMS_DATA",
    `${path} is too large to be one record (${size} bytes, at most 2 GB). Read it by lines or records`,
  );
}

function textOf(path: string, bytes: Uint8Array): string {
  if (bytes.length <= constants.MAX_STRING_LENGTH)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  throw new DStreamsError(
    "DSTREAMS_DATA",
    `${path} is too large to be one string (${bytes.length} bytes). Read it with textFile`,
  );
}
