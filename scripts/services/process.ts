/**
 * Server processes: started in a place, waited for, stopped. A process that stays is found again by its file in `run/`; one that
 * does not is given to a guard (`guard.mjs`), which ends it when this process has ended, even by SIGKILL.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { descendantsOf, killAll, startOf } from "./process-table.ts";
import type { Place } from "./service.ts";

/** The machine lacks a program that a service needs: the message says which, and what to do. */
export class MissingProgram extends Error {}

/** How long a server may take to answer after its start, or to end, ms. */
const patience = 120_000;

export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  /** All it has printed. */
  readonly log: string;
  readonly isRunning: boolean;
  /** Ends it (default by SIGTERM, after a while by SIGKILL) and waits until it has ended. What it has started ends with it, at the latest. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a program. Its output goes to `<folder>/logs/<name>.log`. */
export function launch(
  place: Place,
  name: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ServerProcess {
  return begin(place, name, command, args, env).server;
}

/** Runs a program to its end, which must be a good one. */
export async function run(
  place: Place,
  name: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { server, child } = begin({ ...place, stays: false }, name, command, args, env);
  child.ref();
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  if (child.exitCode !== 0) throw new Error(`${name} ended with ${child.exitCode}:\n${tail(server.log)}`);
}

function begin(
  place: Place,
  name: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): { server: ServerProcess; child: ChildProcess } {
  const logPath = join(place.folder, "logs", `${name}.log`);
  mkdirSync(join(place.folder, "logs"), { recursive: true });
  const log = openSync(logPath, "w");
  const child = spawn(command, args, {
    cwd: place.folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", log, log],
    detached: true, // Ctrl-C in a terminal is for us, not for them
  });
  closeSync(log);
  child.on("error", () => undefined); // it has no pid then
  const { pid } = child;
  if (pid === undefined) throw new MissingProgram(`${command} cannot be started: is it installed, and on the PATH?`);
  if (place.stays) remember(place.folder, name, pid);
  else {
    guard(pid);
    child.once("exit", () => release(pid)); // the number may be another process's soon
  }
  child.unref();
  return { server: running(name, pid, logPath, child), child };
}

/** The processes of a place that were started to stay, and still run. */
export function processesIn(folder: string): ServerProcess[] {
  const run = join(folder, "run");
  if (!existsSync(run)) return [];
  return readdirSync(run).flatMap(file => {
    const [pid, started] = readFileSync(join(run, file), "utf8").split("\n");
    // the number may be another process's by now
    if (startOf(Number(pid)) !== started) return [];
    const name = basename(file, ".pid");
    return [running(name, Number(pid), join(folder, "logs", `${name}.log`))];
  });
}

/** Resolves when `ready` does with true; rejects with the end of the log when the process ends before, or nothing comes of it. */
export async function until(
  what: string,
  server: ServerProcess,
  ready: () => Promise<boolean> | boolean,
  milliseconds = patience,
): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!(await ready())) {
    if (!server.isRunning) throw new Error(`${server.name} ended before ${what}:\n${tail(server.log)}`);
    if (Date.now() > end) throw new Error(`${server.name}: no ${what} for ${milliseconds} ms:\n${tail(server.log)}`);
    await sleep(50);
  }
}

function running(name: string, pid: number, logPath: string, child?: ChildProcess): ServerProcess {
  const self: ServerProcess = {
    name,
    pid,
    get log() {
      return readFileSync(logPath, "utf8");
    },
    get isRunning() {
      return child ? child.exitCode === null && child.signalCode === null : startOf(pid) !== undefined;
    },
    stop: async (signal = "SIGTERM") => {
      if (!self.isRunning) return;
      const started = descendantsOf(pid);
      process.kill(pid, signal);
      for (const end = Date.now() + 10_000; self.isRunning; await sleep(20)) {
        if (Date.now() > end) process.kill(pid, "SIGKILL");
      }
      killAll(started);
      while (started.some(each => startOf(each.pid) === each.start)) await sleep(20);
    },
  };
  return self;
}

function remember(folder: string, name: string, pid: number): void {
  mkdirSync(join(folder, "run"), { recursive: true });
  writeFileSync(join(folder, "run", `${name}.pid`), `${pid}\n${startOf(pid)}\n`);
}

/** Forgets the processes that were started to stay. */
export function forget(folder: string): void {
  rmSync(join(folder, "run"), { recursive: true, force: true });
}

let guardian: ChildProcess | undefined;

/** Whatever is guarded ends, or is removed, when this process has ended. */
export function guard(target: number | string): void {
  if (guardian === undefined) {
    const script = fileURLToPath(new URL("guard.mjs", import.meta.url));
    guardian = spawn(process.execPath, [script], { stdio: ["pipe", "ignore", "inherit"], detached: true });
    guardian.unref();
    guardian.stdin?.on("error", () => undefined);
    (guardian.stdin as unknown as { unref?(): void }).unref?.();
  }
  guardian.stdin?.write(`+${target}\n`);
}

function release(pid: number): void {
  guardian?.stdin?.write(`-${pid}\n`);
}

/** The last lines, without those that nobody reads. */
function tail(text: string): string {
  return text
    .split("\n")
    .filter(line => line.length < 1000)
    .slice(-30)
    .join("\n");
}
