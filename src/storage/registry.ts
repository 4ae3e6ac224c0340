/**
 * Who serves which scheme. A further file system is one file that implements `Storage`, and one line in `loaders`; its
 * module, with whatever client it needs, is loaded when a path of its scheme is first used, in the driver and in each worker.
 */
import { DStreamsError } from "../base/errors.ts";
import { hadoopConf } from "./hadoop-conf.ts";
import { localStorage } from "./local.ts";
import type { Storage } from "./storage.ts";

const hdfs = async (): Promise<Storage> => (await import("./hdfs/hdfs.ts")).hdfsStorage;
const s3 = async (): Promise<Storage> => (await import("./s3/s3.ts")).s3Storage;

const loaders: Readonly<Record<string, () => Promise<Storage>>> = {
  file: () => Promise.resolve(localStorage),
  hdfs,
  webhdfs: hdfs,
  s3,
  s3a: s3,
};

/** Storages by scheme, as they were loaded in this thread. */
const loaded = new Map<string, Storage>([["file", localStorage]]);

/**
 * The file system that serves a path or URI; a path without a scheme is in that of `fs.defaultFS`, or else local. Works alike in the
 * driver and in workers.
 *
 * Rejects with DSTREAMS_STORAGE when nobody serves the scheme.
 */
export async function storageFor(uri: string): Promise<Storage> {
  const scheme = schemeOf(uri);
  const known = loaded.get(scheme);
  if (known) return known;
  const load = Object.hasOwn(loaders, scheme) ? loaders[scheme] : undefined;
  if (!load) throw unknownScheme(scheme, uri);
  const storage = await load();
  loaded.set(scheme, storage);
  return storage;
}

/** The same without waiting, for readers that are synchronous where they can be: undefined when it is not loaded yet. */
export function loadedStorage(uri: string): Storage | undefined {
  return loaded.get(schemeOf(uri));
}

/** `hdfs` of `hdfs://host/x`; that of `fs.defaultFS`, mostly `file`, of a path without a scheme, colons in its names notwithstanding. */
export function schemeOf(uri: string): string {
  return ownScheme(uri) ?? ownScheme(hadoopConf().get("fs.defaultFS") ?? "") ?? "file";
}

function ownScheme(uri: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):(?=\/)/i.exec(uri)?.[1]?.toLowerCase();
}

function unknownScheme(scheme: string, uri: string): DStreamsError {
  const known = Object.keys(loaders).map(name => `${name}:`);
  return new DStreamsError(
    "DSTREAMS_STORAGE",
    `No file system for scheme "${scheme}" (${uri}). Use a path without a scheme or one of: ${known.join(", ")}`,
  );
}
