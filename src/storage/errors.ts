import { DStreamsError } from "../base/errors.ts";

/** What the errors of an operating system mean to the person who reads them. */
const meanings: Readonly<Record<string, string>> = {
  EACCES: "permission denied; check who owns it and its mode",
  EPERM: "the operation is not permitted; check who owns it and its mode",
  EISDIR: "it is a directory, not a file",
  ENOTDIR: "a part of the path is a file, not a directory",
  ENOSPC: "no space is left on the device; free some, or write elsewhere",
  EDQUOT: "the disk quota is used up; free some space, or write elsewhere",
  EFBIG: "the file would become larger than this system allows",
  EROFS: "the file system is read-only",
  EMFILE: "too many files are open in this process; raise `ulimit -n`",
  ENFILE: "too many files are open on this machine",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its symbolic links form a loop",
  ENOTEMPTY: "the directory is not empty",
  EEXIST: "it already exists",
  EIO: "the device reported an error",
  EXDEV: "the two are on different file systems",
};

/** Wraps an operating system's error: `Cannot read file:/x: permission denied; … (EACCES)`. */
export function storageError(action: string, uri: string, cause: unknown): DStreamsError {
  if (cause instanceof DStreamsError) return cause;
  const errno = errnoOf(cause);
  if (errno === "ENOENT") return notFound(action, uri, cause);
  const reason = (errno && meanings[errno]) ?? (cause instanceof Error ? cause.message : String(cause));
  return new DStreamsError("DSTREAMS_STORAGE", `Cannot ${action} ${uri}: ${reason}${errno ? ` (${errno})` : ""}`, {
    cause,
  });
}

export function notFound(action: string, uri: string, cause?: unknown): DStreamsError {
  return new DStreamsError("DSTREAMS_PATH_NOT_FOUND", `Cannot ${action} ${uri}: it does not exist`, { cause });
}

/** `ENOENT` and its like; undefined for errors that are not a system's. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
