import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ownModule } from "../../../base/own-module.ts";
import { quoted } from "../shipping/launcher.ts";

/** The program that executors start. */
export const workerEntry = fileURLToPath(ownModule("./main", import.meta.url));

export interface WrapperOptions {
  /** The Node that runs it. Default: the one that runs this program. */
  readonly node?: string;
  /** Options of Node, as `--max-old-space-size=4096`. */
  readonly nodeOptions?: readonly string[];
  /** The program. Default: dstreams's own worker. */
  readonly entry?: string;
}

/**
 * Writes the one file that Spark can start as a worker, for executors that share this machine, or its paths: a script that starts
 * Node. Spark gives the name of the file no arguments of ours, and no shell looks at it.
 * @param directory where to; others must not be able to write there
 * @returns the file's path, for `pythonExec`
 */
export function writeWrapper(directory: string, options: WrapperOptions = {}): string {
  const { node = process.execPath, nodeOptions = [], entry = workerEntry } = options;
  const path = join(directory, "dstreams-worker");
  const command = [node, ...nodeOptions, entry].map(quoted).join(" ");
  writeFileSync(path, `#!/bin/sh\nexec ${command} "$@"\n`, { flag: "wx", mode: 0o700 });
  chmodSync(path, 0o700); // whatever the umask took
  return path;
}
