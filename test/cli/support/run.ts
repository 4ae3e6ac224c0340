/** Runs the command, or another program, as a real process. */
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
const main = join(root, "src/cli/main.ts");

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcessWithoutNullStreams;
  /** All that was written to stdout so far. */
  output(): string;
  /** Resolves when stdout or stderr matches, fails when the program ends before. */
  until(pattern: RegExp): Promise<void>;
  readonly ended: Promise<Ended>;
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly input?: string;
}

/** Starts `node` with these arguments. */
export function start(args: readonly string[], options: RunOptions = {}): Running {
  const { MASTER: _, SPARK_MASTER: __, SPARK_CONF_DIR: ___, SPARK_HOME: ____, ...env } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: options.cwd ?? root,
    env: { ...env, DSTREAMS_HISTORY: "", NODE_TEST_CONTEXT: undefined, ...options.env },
  });
  let [stdout, stderr] = ["", ""];
  const listeners = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", text => {
    stdout += text;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding("utf8").on("data", text => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  if (options.input !== undefined) child.stdin.end(options.input);
  const ended = new Promise<Ended>(resolve => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(stdout) && !pattern.test(stderr)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
      void ended.then(({ code }) => reject(new Error(`ended with ${code} before ${pattern}:\n${stdout}\n${stderr}`)));
    });
  return { process: child, output: () => stdout, until, ended };
}

/** `dstreams …`, to its end. */
export function dstreams(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start([main, ...args], options).ended;
}

/** `dstreams …`, to be talked to. */
export function startDstreams(args: readonly string[], options: RunOptions = {}): Running {
  return start([main, ...args], options);
}

/** A directory with these files; `remove` deletes it. */
export function project(files: Record<string, string>): {
  directory: string;
  path(name: string): string;
  remove(): void;
} {
  const directory = mkdtempSync(join(tmpdir(), "dstreams-cli-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return {
    directory,
    path: name => join(directory, name),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
