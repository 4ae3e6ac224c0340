import { logger } from "../../base/log.ts";
import { RDD } from "../../rdd/rdd.ts";
import { expandGlob } from "../../storage/glob.ts";
import { storageFor } from "../../storage/registry.ts";
import type { FileStatus } from "../../storage/storage.ts";
import { Duration } from "../duration.ts";
import { InputDStream } from "../input-dstream.ts";
import type { StreamingContext } from "../streaming-context.ts";
import type { Time } from "../time.ts";
import type { FileFormat } from "./file-formats.ts";

const log = logger("FileInputDStream");

/** Which files a file stream takes. */
export interface FileInputOptions {
  /** Which paths to take; default those whose names begin with no dot and do not end in `._COPYING_`. */
  readonly filter?: (path: string) => boolean;
  /** True (default): ignore files modified before the stream was created. False: go back as far as the stream remembers. */
  readonly newFilesOnly?: boolean;
}

/**
 * New files of a directory (or of all directories that a pattern matches). Which batch a file belongs to is a matter of its modification
 * time, and of nothing else but what the last batches have taken:
 *
 *     time ─────────────┬──────────────────────────────┬───────▶
 *                   threshold                          T
 *     a file is taken   └──── if modified in here ─────┘        and not yet selected
 *
 *     threshold = max(creation of the stream, T − window), window = minRememberDuration rounded up to whole batches
 *
 * So a file must appear complete, by being moved into the directory with a fresh modification time. Files that appear later than a
 * window after their modification are never seen; what was selected is remembered for as long, and not taken twice.
 */
export class FileInputDStream<T> extends InputDStream<T> {
  readonly #directory: string;
  readonly #format: FileFormat;
  readonly #filter: (path: string) => boolean;
  readonly #initialThreshold: number;
  readonly #windowMs: number;
  readonly #selectedAt = new Map<number, readonly string[]>();
  readonly #recentlySelected = new Set<string>();
  #warnedMissing = false;

  constructor(
    context: StreamingContext,
    operator: string,
    directory: string,
    format: FileFormat,
    options: FileInputOptions,
  ) {
    super(context, operator, "FileInputDStream");
    this.#directory = directory;
    this.#format = format;
    this.#filter = options.filter ?? isComplete;
    this.#initialThreshold = (options.newFilesOnly ?? true) ? context.clock.now() : 0;
    const conf = context.sparkContext.getConf();
    const oldKey = conf.getTimeAsMs("spark.streaming.minRememberDuration", "60s", "s");
    const minRemember = conf.getTimeAsMs("spark.streaming.fileStream.minRememberDuration", oldKey, "s");
    const batch = this.slideDuration.milliseconds;
    this.#windowMs = Math.ceil(minRemember / batch) * batch;
    this.remember(new Duration(this.#windowMs));
  }

  override async compute(time: Time): Promise<RDD<T>> {
    const files = await this.#findNewFiles(time);
    const paths = files.map(file => file.path);
    log.info(() => `New files at time ${time}:\n${paths.join("\n")}`);
    this.#selectedAt.set(time.milliseconds, paths);
    for (const path of paths) this.#recentlySelected.add(path);
    const metadata = { files: paths, Description: paths.join("\n") };
    this.context.inputInfos.report(time, { inputStreamId: this.id, numRecords: 0, metadata });
    return this.#read(files);
  }

  override clearMetadata(time: Time): Promise<RDD<T> | undefined>[] {
    const newestOld = time.milliseconds - (this.rememberDuration?.milliseconds ?? this.#windowMs);
    for (const [at, paths] of this.#selectedAt) {
      if (at >= newestOld) break;
      this.#selectedAt.delete(at);
      for (const path of paths) this.#recentlySelected.delete(path);
    }
    return super.clearMetadata(time);
  }

  async #read(files: readonly FileStatus[]): Promise<RDD<T>> {
    for (const file of files) {
      if (file.size > 0 || file.isDirectory) continue;
      log.error(
        `File ${file.path} has no data in it. Spark Streaming can only ingest files that have been "moved" to the directory ` +
          "assigned to the file stream. Refer to the streaming programming guide for more details.",
      );
    }
    const splits = files.length === 0 ? [] : await this.#format.splits(files);
    const { reader } = this.#format;
    return new RDD<T>(this.context.sparkContext, this.site, [], () => ({
      numPartitions: splits.length,
      spec: { kind: "source", splits, reader },
    }));
  }

  /** The files of this batch. A directory that cannot be read now makes an empty batch; it may come back. */
  async #findNewFiles(time: Time): Promise<FileStatus[]> {
    const { clock } = this.context;
    const begin = clock.now();
    try {
      return await this.#list(time);
    } catch (error) {
      if ((error as { code?: unknown }).code === "DSTREAMS_PATH_NOT_FOUND") this.#warnMissing(error);
      else log.warn(`Error finding new files under ${this.#directory}`, error);
      return [];
    } finally {
      const took = clock.now() - begin;
      if (took > this.slideDuration.milliseconds) {
        log.warn(
          `Time taken to find new files ${took} exceeds the batch size. Consider increasing the batch size or reducing the ` +
            "number of files in the monitored directories.",
        );
      }
    }
  }

  async #list(time: Time): Promise<FileStatus[]> {
    const threshold = Math.max(this.#initialThreshold, time.milliseconds - this.#windowMs);
    const storage = await storageFor(this.#directory);
    const directories = await expandGlob(storage, this.#directory);
    if (directories.length === 0) this.#warnMissing("no such directory");
    else this.#warnedMissing = false;
    const files: FileStatus[] = [];
    for (const directory of directories) {
      if (!directory.isDirectory) continue;
      for (const file of await storage.list(directory.path)) {
        if (this.#isNew(file, threshold, time.milliseconds)) files.push(file);
      }
    }
    return files;
  }

  #isNew(file: FileStatus, threshold: number, time: number): boolean {
    if (!this.#filter(file.path)) return false;
    // Whole milliseconds, as in Spark. A time set to one comes back from the system's nanoseconds a hair below.
    const modified = Math.floor(file.modified + 0.001);
    return modified > threshold && modified <= time && !this.#recentlySelected.has(file.path);
  }

  /** Said once, and again when the directory has been there in between. */
  #warnMissing(reason: unknown): void {
    if (this.#warnedMissing) return;
    this.#warnedMissing = true;
    log.warn(`No directory to scan: ${this.#directory}: ${reason instanceof Error ? reason.message : String(reason)}`);
  }
}

/**
 * Spark takes every name that does not begin with a dot, files half copied by `hdfs dfs -put` too, and then fails when they are renamed.
 * Leaving these out loses nothing: the file has a new path when it is complete.
 */
function isComplete(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return !name.startsWith(".") && !name.endsWith("._COPYING_");
}
