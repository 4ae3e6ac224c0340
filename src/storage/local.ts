/**
 * The local file system: plain paths (relative ones to the working directory) and `file:/x`, `file:///x`.
 *
 * As in Hadoop, a URI is the scheme and then the path letter by letter: `%`, `#`, `?` and spaces stand for themselves.
 *
 * Listing and reading are synchronous on purpose: looking at a quiet directory in every batch costs tens of microseconds
 * that way, several hundred by promises, and a worker that reads has nothing else to do. Long listings let the event loop
 * run in between.
 */
import { closeSync, constants, fstatSync, openSync, readSync, readdirSync, statSync, type Stats } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { DStreamsError } from "../base/errors.ts";
import { errnoOf, notFound, storageError } from "./errors.ts";
import { createLocalFile } from "./local-writer.ts";
import type { FileStatus, FileWriter, Storage } from "./storage.ts";

/** What decodes and splits fastest: larger chunks leave the processor's cache (64 KB 1.4 GB/s, 256 KB and more 0.7). */
const chunkBytes = 64 * 1024;

/** Hadoop's block size for local files, and so the largest split. */
const blockSize = 32 * 1024 * 1024;

/** Opening a pipe that nobody writes to would otherwise hold the thread for ever. */
const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** How long a listing may keep the event loop waiting, ms. */
const listingSlice = 5;

export const localStorage: Storage = { list, status, read, create, mkdirs, rename: move, remove, qualify };

async function list(directory: string): Promise<FileStatus[]> {
  const parent = localPath(directory);
  const found: FileStatus[] = [];
  let pause = performance.now() + listingSlice;
  for (const name of namesIn(parent)) {
    const entry = statusOf(join(parent, name));
    if (entry) found.push(entry);
    if (performance.now() < pause) continue;
    await new Promise(proceed => setImmediate(proceed));
    pause = performance.now() + listingSlice;
  }
  return found;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    throw storageError("list", qualify(directory), error);
  }
}

async function status(path: string): Promise<FileStatus | undefined> {
  return statusOf(localPath(path));
}

/** Undefined for what is not there (any more), and for links that lead nowhere. */
function statusOf(path: string): FileStatus | undefined {
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(errnoOf(error) ?? "")) return undefined;
    throw storageError("look at", qualify(path), error);
  }
  if (!stats) return undefined;
  const isDirectory = stats.isDirectory();
  const size = isDirectory ? 0 : stats.size;
  return { path: qualify(path), name: basename(path), size, modified: stats.mtimeMs, isDirectory, blockSize };
}

function* read(path: string, start: number, end: number): Generator<Uint8Array> {
  const file = localPath(path);
  let fd: number | undefined;
  try {
    fd = openSync(file, readFlags);
    // no larger than need be, as there may be thousands of small files; one byte more, since files grow
    const likely = Math.min(end, fstatSync(fd).size + 1) - start;
    const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, Math.max(1, likely)));
    for (let at = start; at < end; ) {
      const count = readSync(fd, buffer, 0, Math.min(buffer.length, end - at), at);
      if (count === 0) return;
      at += count;
      yield buffer.subarray(0, count);
    }
  } catch (error) {
    throw storageError("read", qualify(path), error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

async function create(path: string): Promise<FileWriter> {
  return createLocalFile(localPath(path), qualify(path));
}

async function mkdirs(path: string): Promise<void> {
  try {
    await mkdir(localPath(path), { recursive: true });
  } catch (error) {
    throw storageError("make directory", qualify(path), error);
  }
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(localPath(from), localPath(to));
  } catch (error) {
    if (errnoOf(error) === "ENOENT" && !statusOf(localPath(from))) throw notFound("rename", qualify(from), error);
    throw storageError(`rename ${qualify(from)} to`, qualify(to), error);
  }
}

async function remove(path: string): Promise<void> {
  const target = removable(path);
  try {
    await rm(target, { recursive: true, force: true });
  } catch (error) {
    throw storageError("remove", qualify(path), error);
  }
}

/** The local path, which must not be the root. Apart from `remove`, so that its test removes nothing should it fail. */
export function removable(path: string): string {
  const target = localPath(path);
  if (target !== dirname(target)) return target;
  throw new DStreamsError("DSTREAMS_STORAGE", `Cannot remove ${qualify(path)}: it is the root`);
}

/** `file:/data/x`, as Spark prints local paths. */
function qualify(path: string): string {
  return `file:${localPath(path)}`;
}

/** Absolute, without scheme: of `file:/x`, `file:///x`, `file://localhost/x`, `/x`, `x`. */
export function localPath(path: string): string {
  if (path === "") throw new DStreamsError("DSTREAMS_ILLEGAL_ARGUMENT", "Can not create a Path from an empty string");
  if (path.includes("\0"))
    throw new DStreamsError("DSTREAMS_ILLEGAL_ARGUMENT", "A path cannot contain the character U+0000");
  const match = /^file:(?:\/\/(?:localhost)?(?=\/))?(?=\/)/i.exec(path);
  return resolve(match ? path.slice(match[0].length) : path);
}
