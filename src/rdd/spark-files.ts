/**
 * Files that a program gives its tasks: `sc.addFile(path)` on the driver, `SparkFiles.get(name)` wherever it runs.
 *
 * Workers are threads of this process, so a file is copied once, into a private directory. The directory's name is settled when a
 * context is made, before its workers start: that is how they know it.
 */
import { copyFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { DStreamsError } from "../base/errors.ts";
import { PrivateDirectory } from "../base/private-directory.ts";
import { filesDirectory, setFilesDirectory } from "../engine/files-directory.ts";
import { localPath } from "../storage/local.ts";

/**
 * Finds the files that `sc.addFile` gave to the tasks.
 *
 * @example
 * ```ts
 * import { readFileSync, writeFileSync } from "node:fs";
 * import { SparkContext, SparkFiles } from "dstreams";
 * await using sc = new SparkContext("local[2]", "Files");
 * writeFileSync("rates.txt", "2");
 * await sc.addFile("rates.txt");
 * const doubled = sc.parallelize([1, 2]).map(n => n * Number(readFileSync(SparkFiles.get("rates.txt"), "utf8")));
 * console.log(await doubled.collect());
 * ```
 * ```text
 * [ 2, 4 ]
 * ```
 */
export class SparkFiles {
  /** The path of a file that was added, in a task or on the driver. */
  static get(fileName: string): string {
    return join(SparkFiles.getRootDirectory(), basename(fileName));
  }

  /** The directory that added files are in. */
  static getRootDirectory(): string {
    const directory = filesDirectory();
    if (directory !== undefined) return directory;
    throw new DStreamsError("DSTREAMS_ILLEGAL_STATE", "SparkFiles needs a SparkContext: create one first.");
  }
}

/** The driver's side: where files are put, and that they are removed. */
export class AddedFiles {
  readonly #directory = new PrivateDirectory(tmpdir(), "files");
  readonly #names = new Set<string>();

  /** @param submitted what `--files` named (`spark.files`), with commas; copied at once, to be there for the first task */
  constructor(submitted = "") {
    setFilesDirectory(this.#directory.path);
    for (const path of submitted.split(",").filter(part => part.trim() !== "")) {
      const { source, name, copy } = this.#place(path.trim());
      try {
        copyFileSync(source, copy);
      } catch (cause) {
        throw unreadable("spark.files (--files)", path, cause);
      }
      this.#names.add(name);
    }
  }

  /** Copies the file in, and says where to; a file of that name that is there already is an error, as in Spark. */
  async add(path: string): Promise<string> {
    const { source, name, copy } = this.#place(path);
    try {
      await copyFile(source, copy);
    } catch (cause) {
      throw unreadable("addFile", path, cause);
    }
    this.#names.add(name);
    return copy;
  }

  #place(path: string): { source: string; name: string; copy: string } {
    const source = localPath(path);
    const name = basename(source);
    if (this.#names.has(name)) {
      throw new DStreamsError("DSTREAMS_ILLEGAL_ARGUMENT", `requirement failed: File ${name} was already registered.`);
    }
    return { source, name, copy: join(this.#directory.make(), name) };
  }

  list(): string[] {
    return [...this.#names].map(name => join(this.#directory.path, name));
  }

  clear(): Promise<void> {
    return this.#directory.remove();
  }
}

function unreadable(who: string, path: string, cause: unknown): DStreamsError {
  return new DStreamsError("DSTREAMS_PATH_NOT_FOUND", `${who} cannot read ${path}: ${(cause as Error).message}`, {
    cause,
  });
}
