/**
 * File systems, one scheme a file. Everything above speaks URIs; `storageFor(uri)` finds who serves the scheme. A path
 * without a scheme is where `fs.defaultFS` says, which is a local one unless it is set.
 *
 *     textFile("hdfs://…") ─▶ storageFor ─▶ { file: local.ts, hdfs: hdfs/, s3: s3/ }   (loaded when first used)
 *
 * The driver lists and renames; workers read ranges and write files. Both sides find the storage by the URI alone.
 */
export interface FileStatus {
  /** Full path or URI; what `read` and `status` take. */
  readonly path: string;
  /** Last part of the path. */
  readonly name: string;
  /** Bytes; 0 for directories. */
  readonly size: number;
  /** Modification time, ms since the epoch. */
  readonly modified: number;
  readonly isDirectory: boolean;
  /** Bytes per block, the largest sensible split. */
  readonly blockSize: number;
}

export interface Storage {
  /** Entries of a directory, by name, not recursive. DSTREAMS_PATH_NOT_FOUND when there is none. */
  list(directory: string): Promise<FileStatus[]>;
  /** Undefined when there is no such path. */
  status(path: string): Promise<FileStatus | undefined>;
  /**
   * Bytes `[start, end)`, as far as the file goes (`end` may be Infinity). Synchronous chunks where the storage can. A chunk
   * is valid until the next one is asked for: who keeps bytes, copies them. Leaving the loop early closes the file.
   */
  read(path: string, start: number, end: number): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** A new file, replacing an older one; parent directories are made. */
  create(path: string): Promise<FileWriter>;
  mkdirs(path: string): Promise<void>;
  /** Moves a file or directory; an existing file at `to` is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or a whole directory; no error when there is none. */
  remove(path: string): Promise<void>;
  /** The path with its scheme, absolute: `file:/data/x` as Spark prints it. */
  qualify(path: string): string;
}

export interface FileWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the file complete and visible. */
  close(): Promise<void>;
  /** Gives up: nothing of the file stays behind. A write or close that fails has already done this. */
  discard(): Promise<void>;
}
