/**
 * Text files out, as Hadoop's committer does it: nothing is visible below the directory before all of it is.
 *
 *     driver   beginSave     out/_temporary/<job>/
 *     workers  savePartition out/_temporary/<job>/part-00000       each written under a hidden name, then renamed
 *     driver   commitSave    out/part-00000 … out/_SUCCESS         _temporary removed
 *              abortSave     _temporary removed
 *
 * An attempt that is repeated, or runs twice at a time, writes a file of its own and renames it to the same name in the end:
 * the last complete one stays, and all are equal. Unlike Hadoop on local disks we write no `.crc` files beside the parts:
 * nothing here would check them, and Spark reads files without them.
 */
import { randomBytes } from "node:crypto";
import { DStreamsError } from "../base/errors.ts";
import { storageFor } from "../storage/registry.ts";
import type { Storage } from "../storage/storage.ts";
import { partName } from "./save-partition.ts";

/** `none`, or gzip with `.gz` behind the names. */
export type Compression = "none" | "gzip";

/** A running save: plain data, known to the driver and to its tasks. */
export interface SaveJob {
  /** Qualified, without a slash at its end. */
  readonly directory: string;
  /** Where tasks put their parts. */
  readonly staging: string;
  readonly compression: Compression;
}

/** How text files are written. */
export interface SaveOptions {
  /** Default `none`. */
  readonly compression?: Compression;
  /** True lets the directory exist, as streaming jobs do since a batch may run again. Its old part files are replaced. Default false. */
  readonly overwrite?: boolean;
}

/** Rejects with DSTREAMS_PATH_EXISTS when the directory exists and may not be overwritten. */
export async function beginSave(directory: string, options: SaveOptions = {}): Promise<SaveJob> {
  const storage = await storageFor(directory);
  const target = storage.qualify(directory).replace(/(?<=[^/:])\/+$/, "");
  const existing = await storage.status(target);
  if (existing && !(options.overwrite && existing.isDirectory)) {
    throw new DStreamsError("DSTREAMS_PATH_EXISTS", `Output directory ${target} already exists`);
  }
  const staging = `${target}/_temporary/${randomBytes(8).toString("hex")}`;
  await storage.mkdirs(staging);
  return { directory: target, staging, compression: options.compression ?? "none" };
}

/** Makes the parts visible and writes `_SUCCESS`. DSTREAMS_JOB_FAILED when a part is missing. */
export async function commitSave(job: SaveJob, numPartitions: number): Promise<void> {
  const storage = await storageFor(job.directory);
  const names = Array.from({ length: numPartitions }, (_, index) => partName(index, job.compression));
  const written = new Set((await storage.list(job.staging)).map(file => file.name));
  const missing = names.find(name => !written.has(name));
  if (missing)
    throw new DStreamsError("DSTREAMS_JOB_FAILED", `Cannot complete ${job.directory}: ${missing} was not written`);
  await storage.remove(`${job.directory}/_SUCCESS`);
  await removeOlderParts(storage, job.directory, new Set(names));
  for (const name of names) await storage.rename(`${job.staging}/${name}`, `${job.directory}/${name}`);
  await storage.remove(`${job.directory}/_temporary`);
  await (await storage.create(`${job.directory}/_SUCCESS`)).close();
}

/** Removes what the job has written so far; the directory too, if there is nothing else in it. */
export async function abortSave(job: SaveJob): Promise<void> {
  const storage = await storageFor(job.directory);
  await storage.remove(job.staging);
  for (const directory of [`${job.directory}/_temporary`, job.directory]) {
    if (!(await storage.status(directory))) continue;
    if ((await storage.list(directory)).length > 0) return; // another job's, or what was there before
    await storage.remove(directory);
  }
}

/** A batch that runs again may have fewer partitions than before; parts that are left over would be read as records of it. */
async function removeOlderParts(storage: Storage, directory: string, current: ReadonlySet<string>): Promise<void> {
  for (const { name, path, isDirectory } of await storage.list(directory)) {
    if (!isDirectory && /^part-\d{5,}(\.gz)?$/.test(name) && !current.has(name)) await storage.remove(path);
  }
}
