/** Runs in the workers: the lines of one split of a text file. */
import { portable } from "../closure/portable.ts";
import type { Chunk, Reader, TextLines } from "../plan/plan.ts";
import { loadedStorage, storageFor } from "../storage/registry.ts";
import { decompress, isCompressed } from "./compression.ts";
import { type FileSplit, shortened } from "./file-split.ts";
import { LineSplitter } from "./line-splitter.ts";

/** Yields the lines of a `FileSplit`, chunk by chunk; synchronously where nothing needs waiting for. */
export const textReader = portable(import.meta.url, "textReader", () => readText);

/** Asks a splitter for the lines that end in these bytes: as strings, or as bytes where it may. */
type Push<C> = (splitter: LineSplitter, bytes: Uint8Array) => C;

const strings: Push<string[]> = (splitter, bytes) => splitter.push(bytes);
const texts: Push<string[] | TextLines> = (splitter, bytes) => splitter.pushText(bytes);

const readText: Reader = Object.assign((split: unknown) => readLines(split as FileSplit, strings), {
  lines: (split: unknown) => readLines(split as FileSplit, texts),
});

function readLines<C extends Chunk | TextLines>(
  split: FileSplit,
  push: Push<C>,
): Iterable<C | Chunk> | AsyncIterable<C | Chunk> {
  if (isCompressed(split.path)) return compressedLines(split, push);
  // to Infinity: the last line may end far behind the split; the splitter says when it is complete
  const bytes = loadedStorage(split.path)?.read(split.path, split.start, Number.POSITIVE_INFINITY);
  return bytes && Symbol.iterator in bytes ? linesNow(split, bytes, push) : lines(split, push);
}

function* linesNow<C extends Chunk | TextLines>(
  split: FileSplit,
  bytes: Iterable<Uint8Array>,
  push: Push<C>,
): Generator<C | Chunk> {
  const splitter = new LineSplitter(split.path, split.start, split.end);
  for (const chunk of bytes) {
    const found = push(splitter, chunk);
    if (isSome(found)) yield found;
    if (splitter.done) return;
  }
  yield lastLines(split, splitter);
}

async function* lines<C extends Chunk | TextLines>(split: FileSplit, push: Push<C>): AsyncGenerator<C | Chunk> {
  const storage = await storageFor(split.path);
  const splitter = new LineSplitter(split.path, split.start, split.end);
  for await (const chunk of storage.read(split.path, split.start, Number.POSITIVE_INFINITY)) {
    const found = push(splitter, chunk);
    if (isSome(found)) yield found;
    if (splitter.done) return;
  }
  yield lastLines(split, splitter);
}

async function* compressedLines<C extends Chunk | TextLines>(
  split: FileSplit,
  push: Push<C>,
): AsyncGenerator<C | Chunk> {
  const storage = await storageFor(split.path);
  const splitter = new LineSplitter(split.path, 0, Number.POSITIVE_INFINITY);
  for await (const chunk of decompress(split.path, storage.read(split.path, 0, Number.POSITIVE_INFINITY))) {
    const found = push(splitter, chunk);
    if (isSome(found)) yield found;
  }
  yield splitter.finish();
}

function isSome(found: Chunk | TextLines): boolean {
  return !("length" in found) || found.length > 0;
}

function lastLines(split: FileSplit, splitter: LineSplitter): Chunk {
  if (splitter.position < split.end) throw shortened(split.path, split.end, splitter.position);
  return splitter.finish();
}
