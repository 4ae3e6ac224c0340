/** Runs in the workers: the lines of one split of a text file. */
import { portable } from "../closure/portable.ts";
import type { Chunk, Reader } from "../plan/plan.ts";
import { loadedStorage, storageFor } from "../storage/registry.ts";
import { decompress, isCompressed } from "./compression.ts";
import { type FileSplit, shortened } from "./file-split.ts";
import { LineSplitter } from "./line-splitter.ts";

/** Yields the lines of a `FileSplit`, chunk by chunk; synchronously where nothing needs waiting for. */
export const textReader = portable(import.meta.url, "textReader", () => readText);

const readText: Reader = split => readLines(split as FileSplit);

function readLines(split: FileSplit): Iterable<Chunk> | AsyncIterable<Chunk> {
  if (isCompressed(split.path)) return compressedLines(split);
  // to Infinity: the last line may end far behind the split; the splitter says when it is complete
  const bytes = loadedStorage(split.path)?.read(split.path, split.start, Number.POSITIVE_INFINITY);
  return bytes && Symbol.iterator in bytes ? linesNow(split, bytes) : lines(split);
}

function* linesNow(split: FileSplit, bytes: Iterable<Uint8Array>): Generator<Chunk> {
  const splitter = new LineSplitter(split.path, split.start, split.end);
  for (const chunk of bytes) {
    const found = splitter.push(chunk);
    if (found.length > 0) yield found;
    if (splitter.done) return;
  }
  yield lastLines(split, splitter);
}

async function* lines(split: FileSplit): AsyncGenerator<Chunk> {
  const storage = await storageFor(split.path);
  const splitter = new LineSplitter(split.path, split.start, split.end);
  for await (const chunk of storage.read(split.path, split.start, Number.POSITIVE_INFINITY)) {
    const found = splitter.push(chunk);
    if (found.length > 0) yield found;
    if (splitter.done) return;
  }
  yield lastLines(split, splitter);
}

async function* compressedLines(split: FileSplit): AsyncGenerator<Chunk> {
  const storage = await storageFor(split.path);
  const splitter = new LineSplitter(split.path, 0, Number.POSITIVE_INFINITY);
  for await (const chunk of decompress(split.path, storage.read(split.path, 0, Number.POSITIVE_INFINITY))) {
    const found = splitter.push(chunk);
    if (found.length > 0) yield found;
  }
  yield splitter.finish();
}

function lastLines(split: FileSplit, splitter: LineSplitter): Chunk {
  if (splitter.position < split.end) throw shortened(split.path, split.end, splitter.position);
  return splitter.finish();
}
