/**
 * Starts Spark's driver JVM, and sees it end.
 *
 *     this process                                              spark-submit … pyspark-shell, which becomes the JVM
 *       stdin, a pipe that nobody writes to ──────────────────▶ reads until its end, then exits: also when we are killed
 *       a private directory       ── configuration ───────────▶ reads it
 *                                 ◀── port, secret ──────────── writes there when it is ready
 *       lines of the log          ◀── stdout, stderr ────────── Spark's own log
 *
 * It is a process group of its own, so that Ctrl-C in a terminal is for us alone. It does not keep this process alive.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { DStreamsError } from "../../../base/errors.ts";
import { PrivateDirectory } from "../../../base/private-directory.ts";
import type { GatewayAddress } from "./connection.ts";
import { loopback } from "./loopback.ts";
import { configurationOptions, submitEnvironment } from "./submit.ts";

export interface LaunchOptions {
  /** Spark's home folder. */
  readonly home: string;
  /** Options for spark-submit: `["--master", "local[2]"]`. */
  readonly args: readonly string[];
  /** Keys of Spark's configuration. */
  readonly settings?: readonly (readonly [key: string, value: string])[] | undefined;
  /** Put over our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes every line that Spark prints. */
  onLine?(line: string): void;
}

/** A driver JVM that is ready for connections. */
export interface DriverJvm {
  readonly address: GatewayAddress;
  /** Also the id of its process group. */
  readonly pid: number;
  /** How it ended, in words: `exit code 1`. */
  readonly ended: Promise<string>;
  /** The first lines that it printed, and the last. */
  said(): string;
  /** Ends it and waits for that; kills it, and what it has started, when that takes longer than `patience`, ms. */
  stop(patience: number): Promise<void>;
}

/**
 * Starts it, and waits until it is ready: a matter of seconds, or of minutes when it fetches packages.
 *
 * @throws DSTREAMS_SPARK_START when it ends before that
 */
export async function launch(options: LaunchOptions): Promise<DriverJvm> {
  const directory = new PrivateDirectory(tmpdir(), "gateway");
  const folder = directory.make();
  const addressFile = join(folder, "address");
  let pid: number | undefined;
  // A JVM that finds its directory gone, because we have ended meanwhile, would stay for ever: it is not as far as to read its stdin.
  const onExit = (): void => killGroup(pid);
  process.on("exit", onExit);
  try {
    const jvm = begin(options, folder, addressFile);
    pid = jvm.pid;
    let how: string | undefined;
    void jvm.ended.then(words => (how = words));
    while (!existsSync(addressFile)) {
      if (how !== undefined) throw startFailure(how, jvm.said());
      await sleep(20);
    }
    return { ...jvm, address: readAddress(readFileSync(addressFile)) };
  } finally {
    process.off("exit", onExit);
    await directory.remove();
  }
}

function begin(options: LaunchOptions, folder: string, addressFile: string): Omit<DriverJvm, "address"> {
  const { home, args, settings, env, onLine } = options;
  const configuration = settings === undefined ? [] : configurationOptions(home, folder, settings);
  const child = spawn(join(home, "bin", "spark-submit"), [...args, ...configuration, "pyspark-shell"], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
    env: {
      ...submitEnvironment(home, { ...process.env, ...env }),
      PYSPARK_PIN_THREAD: "true",
      _PYSPARK_DRIVER_CONN_INFO_PATH: addressFile,
    },
  });
  const said = new KeptLines();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", line => {
      said.add(line);
      onLine?.(line);
    });
  }
  child.stdin.on("error", () => undefined); // it is gone, which "exit" tells
  const ended = endOf(child);
  letGo(child);
  return {
    pid: child.pid ?? 0,
    ended,
    said: () => said.toString(),
    stop: patience => stop(child, ended, patience),
  };
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Resolves, in words, when the process has ended and its last lines are read. */
function endOf(child: Child): Promise<string> {
  return new Promise(resolve => {
    child.once("error", error => resolve(error.message));
    child.once("exit", (code, signal) => {
      const words = code === null ? `signal ${signal}` : `exit code ${code}`;
      // What it has started may hold on to its streams.
      const timer = setTimeout(() => resolve(words), 500);
      child.once("close", () => {
        clearTimeout(timer);
        resolve(words);
      });
    });
  });
}

async function stop(child: Child, ended: Promise<string>, patience: number): Promise<void> {
  child.ref();
  child.stdin.end();
  const timer = setTimeout(() => killGroup(child.pid), patience);
  await ended;
  clearTimeout(timer);
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid) process.kill(-pid, "SIGKILL");
  } catch {
    // it has just ended
  }
}

/** The process and its pipes do not keep ours alive. */
function letGo(child: Child): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as { unref(): void }).unref();
}

/** `i32 port | i32 length | secret`; the file is whole when it is there. */
function readAddress(bytes: Buffer): GatewayAddress {
  const length = bytes.readInt32BE(4);
  return { host: loopback(), port: bytes.readInt32BE(0), secret: bytes.toString("utf8", 8, 8 + length) };
}

/** What error messages show of all the lines: a wrong option is named in the first ones, a failure in the last. */
class KeptLines {
  readonly #first: string[] = [];
  readonly #last: string[] = [];
  #left = 0;

  add(line: string): void {
    if (this.#first.length < 10) this.#first.push(line);
    else if (this.#last.push(line) > 50) {
      this.#last.shift();
      this.#left++;
    }
  }

  toString(): string {
    const gap = this.#left === 0 ? [] : [`… ${this.#left} more lines …`];
    return [...this.#first, ...gap, ...this.#last].join("\n");
  }
}

function startFailure(how: string, said: string): DStreamsError {
  const advice = advices.find(({ sign }) => sign.test(`${how}\n${said}`))?.advice ?? "What it printed may say why.";
  return new DStreamsError(
    "DSTREAMS_SPARK_START",
    `Spark's driver JVM ended (${how}) before it was ready. ${advice}${quote(said)}`,
  );
}

/** For the end of a message; undefined is what was printed by a JVM that has started us. */
export function quote(said: string | undefined): string {
  if (said === undefined) return " Its log, which this program's output is in, too, may say why.";
  return said === "" ? " It printed nothing." : `\n\nIt printed:\n${said}`;
}

const advices = [
  {
    sign: /JAVA_HOME is not set|\/bin\/java: (?:No such file|not found|Permission denied|cannot execute)/,
    advice:
      "There is no Java where Spark looks for it: install a JDK (17 for Spark 4 and 3.5), and set JAVA_HOME, or have `java` on the PATH.",
  },
  {
    sign: /UnsupportedClassVersionError|class file version|Unrecognized option: --add-opens/,
    advice: "Its Java is too old: Spark 4 needs Java 17 or newer. JAVA_HOME says which one is taken.",
  },
  { sign: /Unrecognized option|Error: Unrecognized/, advice: "spark-submit does not know one of its options." },
  { sign: /EACCES|ENOENT/, advice: "bin/spark-submit of Spark's home cannot be run." },
];
