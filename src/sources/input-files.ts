import { DStreamsError } from "../base/errors.ts";
import { expandGlob, hasWildcard, splitAtCommas } from "../storage/glob.ts";
import { storageFor } from "../storage/registry.ts";
import type { FileStatus, Storage } from "../storage/storage.ts";

/**
 * The files that an input path means, as Hadoop reads it: a file, a directory (its files, not those further down), a pattern with
 * wildcards, or several of these with commas between. Names that begin with `_` or `.` are left out.
 *
 * Rejects with DSTREAMS_PATH_NOT_FOUND when a path does not exist or a pattern matches nothing.
 */
export async function inputFiles(paths: string): Promise<FileStatus[]> {
  return (await Promise.all(splitAtCommas(paths).map(filesOf))).flat();
}

/** True for what Hadoop's input formats pass over: `_SUCCESS`, `_temporary`, `.crc` files and the like. */
function isHidden(name: string): boolean {
  return name.startsWith("_") || name.startsWith(".");
}

/** What a file stream has found, without what is hidden; a directory among it stands for its files. */
export async function newFiles(found: readonly FileStatus[]): Promise<FileStatus[]> {
  const visible = found.filter(status => !isHidden(status.name));
  return (await Promise.all(visible.map(async status => filesBelow(await storageFor(status.path), status)))).flat();
}

/** A directory stands for the files in it; any other file for itself. */
async function filesBelow(storage: Storage, status: FileStatus): Promise<FileStatus[]> {
  if (!status.isDirectory) return [status];
  const entries = (await storage.list(status.path)).filter(entry => !isHidden(entry.name));
  const nested = entries.find(entry => entry.isDirectory);
  if (nested) throw notAFile(nested.path);
  return entries;
}

async function filesOf(path: string): Promise<FileStatus[]> {
  const storage = await storageFor(path);
  const matches = await expandGlob(storage, path);
  if (matches.length === 0 && !hasWildcard(path)) throw missing(`Input path does not exist: ${storage.qualify(path)}`);
  const visible = matches.filter(match => !isHidden(match.name));
  if (visible.length === 0) throw missing(`Input Pattern ${storage.qualify(path)} matches 0 files`);
  return (await Promise.all(visible.map(match => filesBelow(storage, match)))).flat();
}

function missing(message: string): DStreamsError {
  return new DStreamsError("DSTREAMS_PATH_NOT_FOUND", message);
}

function notAFile(uri: string): DStreamsError {
  const advice =
    "directories inside an input directory are not read; name them, for instance with a pattern like dir/*";
  return new DStreamsError("DSTREAMS_STORAGE", `Not a file: ${uri} (${advice})`);
}
