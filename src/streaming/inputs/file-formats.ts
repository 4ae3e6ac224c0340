/** How the files of a batch become partitions: splits, and the reader that turns them into records in the workers. */
import type { Reader, Split } from "../../plan/plan.ts";
import { newRecordSplits, recordReader } from "../../sources/binary-records.ts";
import { newFileSplits } from "../../sources/text-file.ts";
import { textReader } from "../../sources/text-reader.ts";
import { binaryFileReader, wholeTextReader } from "../../sources/whole-files.ts";
import type { FileStatus } from "../../storage/storage.ts";

export interface FileFormat {
  /** Each file's splits, in the order of the files. */
  splits(files: readonly FileStatus[]): Promise<readonly Split[]>;
  readonly reader: Reader;
}

/** Lines, UTF-8; a partition for each block of a file. */
export const lines: FileFormat = { splits: newFileSplits, reader: textReader() };

/** `[path, text]`; a partition for each file. */
export const wholeText: FileFormat = { splits: onePerFile, reader: wholeTextReader() };

/** `[path, bytes]`; a partition for each file. */
export const wholeBinary: FileFormat = { splits: onePerFile, reader: binaryFileReader() };

/** Records of a fixed number of bytes. */
export function binaryRecords(recordLength: number): FileFormat {
  return { splits: files => newRecordSplits(files, recordLength), reader: recordReader(recordLength) };
}

async function onePerFile(files: readonly FileStatus[]): Promise<readonly Split[]> {
  return files.filter(file => !file.isDirectory).map(({ path, size }) => ({ files: [{ path, size }] }));
}
