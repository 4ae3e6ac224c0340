import { DStreamsError } from "../base/errors.ts";

/** Part of a file, as a reader in a worker is told of it. Plain data. */
export interface FileSplit {
  readonly path: string;
  /** First byte. */
  readonly start: number;
  /** The byte after the last. */
  readonly end: number;
}

/** What splitting needs to know of a file; `FileStatus` has it. */
export interface SplittableFile {
  readonly path: string;
  readonly size: number;
  readonly blockSize: number;
}

/** The last split of a file may be this much larger than the others, rather than leave a tiny one behind. */
const slop = 1.1;

/**
 * Splits as Hadoop's older API makes them (`textFile`): as many as asked for, or more where a block is smaller than that.
 * A file that cannot be split (compressed) is one split; an empty one is none, since no record can come of it.
 */
export function splitsByGoal(
  files: readonly SplittableFile[],
  minSplits: number,
  canSplit: (path: string) => boolean,
): FileSplit[] {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const goal = Math.floor(total / Math.max(1, minSplits));
  return files.flatMap(file =>
    cut(file, canSplit(file.path) ? Math.max(1, Math.min(goal, file.blockSize)) : file.size),
  );
}

/** Splits as Hadoop's newer API makes them (file streams, binary records): one a block. */
export function splitsByBlock(files: readonly SplittableFile[], canSplit: (path: string) => boolean): FileSplit[] {
  return files.flatMap(file => cut(file, canSplit(file.path) ? file.blockSize : file.size));
}

/** One file in splits of `size` bytes. */
export function cut(file: SplittableFile, size: number): FileSplit[] {
  const splits: FileSplit[] = [];
  let start = 0;
  for (; (file.size - start) / size > slop; start += size) splits.push({ path: file.path, start, end: start + size });
  if (start < file.size) splits.push({ path: file.path, start, end: file.size });
  return splits;
}

/** A file that is shorter than when it was listed has lost records; that must not pass as a smaller result. */
export function shortened(path: string, expected: number, found: number): DStreamsError {
  const advice = "files must not change once they can be seen; write them elsewhere and move them into place";
  return new DStreamsError(
    "DSTREAMS_STORAGE",
    `${path} was shortened while it was read: it had ${expected} bytes, now it has ${found} (${advice})`,
  );
}
