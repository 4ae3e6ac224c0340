import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { storageError } from "./errors.ts";
import type { FileWriter } from "./storage.ts";

/**
 * A new local file. It grows under a hidden name beside its own and takes its own name when it is closed, so that nobody
 * — a stream that watches the directory, say — ever sees half of it. `fsync` is left to who needs it: Spark does none either.
 */
export async function createLocalFile(path: string, uri: string): Promise<FileWriter> {
  const hidden = join(dirname(path), `.${basename(path).slice(0, 200)}.${randomBytes(6).toString("hex")}.tmp`);
  let handle: FileHandle;
  try {
    handle = await openNew(hidden);
  } catch (error) {
    throw storageError("create", uri, error);
  }

  async function discard(): Promise<void> {
    await handle.close().catch(() => undefined);
    await rm(hidden, { force: true });
  }

  async function orDiscard(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      await discard();
      throw storageError("write", uri, error);
    }
  }

  return {
    write: bytes => orDiscard(() => writeAll(handle, bytes)),
    close: () =>
      orDiscard(async () => {
        await handle.close();
        await rename(hidden, path);
      }),
    discard,
  };
}

/** Most parents exist already, so they are made only when opening fails. */
async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await mkdir(dirname(path), { recursive: true });
    return open(path, "wx");
  }
}

/** A write may take only part of the bytes, for instance when the disk is nearly full. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
}
