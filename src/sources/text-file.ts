/** Runs in the driver: which parts of which text files are read by which partition. `text-reader.ts` reads them. */
import type { FileStatus } from "../storage/storage.ts";
import { isCompressed } from "./compression.ts";
import { type FileSplit, splitsByBlock, splitsByGoal } from "./file-split.ts";
import { inputFiles, newFiles } from "./input-files.ts";

/**
 * The splits of `textFile(paths, minPartitions)`: at least about `minPartitions` of them, one a block if that is more, one a
 * file where it is compressed, none for empty files. See `inputFiles` for what paths may be.
 */
export async function textFileSplits(paths: string, minPartitions: number): Promise<FileSplit[]> {
  return splitsByGoal(await inputFiles(paths), minPartitions, canSplit);
}

/**
 * The splits of files that a file stream has found: one a block. A directory among them stands for its files. Hidden files
 * have none.
 */
export async function newFileSplits(files: readonly FileStatus[]): Promise<FileSplit[]> {
  return splitsByBlock(await newFiles(files), canSplit);
}

function canSplit(path: string): boolean {
  return !isCompressed(path);
}
