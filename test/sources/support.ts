import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { DStreamsError, type ErrorCode } from "../../src/base/errors.ts";
import type { PartitionRecords, Reader, Split } from "../../src/plan/plan.ts";

/** A directory that goes when the test file ends. */
export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "dstreams-sources-"));
  after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Writes files below a directory; returns the directory. */
export async function place(root: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  return root;
}

/** What a reader yields, split by split. */
export async function readAll(reader: Reader, splits: readonly Split[]): Promise<unknown[][]> {
  const partitions: unknown[][] = [];
  for (const split of splits) {
    const records: unknown[] = [];
    for await (const chunk of reader(split)) records.push(...chunk);
    partitions.push(records);
  }
  return partitions;
}

/** A partition's records as engines hand them over. */
export function partition(records: readonly unknown[]): PartitionRecords<unknown> {
  return {
    [Symbol.iterator]: () => records[Symbol.iterator](),
    [Symbol.asyncIterator]: async function* () {
      yield* records;
    },
  } as PartitionRecords<unknown>;
}

/** For `assert.rejects`. */
export function coded(code: ErrorCode, message: RegExp): (error: unknown) => boolean {
  return error => {
    if (error instanceof DStreamsError && error.code === code && message.test(error.message)) return true;
    throw new Error(`expected ${code} ${String(message)}`, { cause: error });
  };
}
