/** The executor's side of the worker's protocol, as Spark 4.3 speaks it, over real sockets with real processes. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { marks, WireReader, WireWriter } from "../../../src/engine/spark/worker/wire.ts";

export const entry = fileURLToPath(new URL("entry.ts", import.meta.url));
const secret = "a secret of the executor";

/** What the executor puts into the environment of a worker. */
export const environment = {
  DSTREAMS_SPARK_VERSION: "4.3.0",
  PYTHON_WORKER_FACTORY_SECRET: secret,
  SPARK_REUSE_WORKER: "1",
};

export class Daemon implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly #port: Promise<number>;
  /** What came on stdout after the port, and on stderr. */
  output = "";

  constructor(env: Record<string, string | undefined> = {}) {
    this.process = spawn(process.execPath, [entry, "-m", "dstreams.daemon", "dstreams.worker"], {
      env: { ...process.env, ...environment, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#port = promise;
    this.process.stdout?.once("data", (bytes: Buffer) => {
      resolve(bytes.readInt32BE());
      this.output += bytes.toString("utf8", 4);
      this.process.stdout?.on("data", (more: Buffer) => (this.output += more));
    });
    this.process.stderr?.on("data", (more: Buffer) => (this.output += more));
    this.process.once("close", () => reject(new Error(`The daemon ended: ${this.output}`)));
    promise.catch(() => {});
  }

  /** A connection to a worker, with the secret answered. */
  async connect(given = secret): Promise<Executor> {
    const socket = connect(await this.#port, "127.0.0.1");
    await once(socket, "connect");
    const executor = new Executor(socket);
    executor.pid = await executor.reader.i32();
    if (executor.pid < 0) return executor;
    executor.writer.utf(given);
    executor.writer.flush();
    executor.answer = await executor.reader.utf();
    return executor;
  }

  kill(pid: number): void {
    const request = Buffer.alloc(4);
    request.writeInt32BE(pid);
    this.process.stdin?.write(request);
  }

  /** The ids of its workers. */
  workers(): number[] {
    return this.children().filter(pid => readFileSync(`/proc/${pid}/comm`, "utf8") !== "sh\n");
  }

  /** Workers, and the shell that watches over them. */
  children(): number[] {
    const { pid } = this.process;
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { process: daemon } = this;
    if (daemon.exitCode !== null || daemon.signalCode !== null) return;
    daemon.stdin?.end();
    await once(daemon, "exit");
  }
}

export interface TaskOptions {
  readonly broadcasts?: { readonly removed?: number[]; readonly added?: { id: number; path: string }[] };
  readonly context?: Record<string, unknown>;
}

/** One connection. */
export class Executor implements Disposable {
  readonly socket: Socket;
  readonly reader: WireReader;
  readonly writer: WireWriter;
  pid = 0;
  answer = "";

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.setNoDelay(true);
    this.reader = WireReader.on(socket);
    this.writer = new WireWriter(socket);
  }

  /** The head of a task. */
  begin(command: string, { broadcasts = {}, context = {} }: TaskOptions = {}): void {
    const { removed = [], added = [] } = broadcasts;
    const parts = [i32(7), utf("ours"), utf(JSON.stringify({ ...defaults, ...context })), utf("files"), i32(0)];
    parts.push(Buffer.of(0), i32(removed.length + added.length));
    for (const id of removed) parts.push(i64(-id - 1));
    for (const { id, path } of added) parts.push(i64(id), utf(path));
    parts.push(i32(0), i32(0), i32(0), utf(command));
    this.writer.i32(-8);
    this.writer.frame(parts);
    this.writer.flush();
  }

  input(...frames: readonly (string | Buffer)[]): void {
    for (const frame of frames) this.writer.bytes(Buffer.from(frame as string));
    this.writer.flush();
  }

  /** Writes bytes, more than a connection holds, and waits until the worker has taken them. */
  taken(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.write(bytes, error => (error == null ? resolve() : reject(error)));
    });
  }

  end(): void {
    this.writer.i32(marks.endOfData);
    this.writer.i32(marks.endOfStream);
    this.writer.flush();
  }

  /** A whole task: what came back, and whether the worker takes another. */
  async run(command: string, input: readonly (string | Buffer)[] = [], options: TaskOptions = {}): Promise<Result> {
    this.begin(command, options);
    this.input(...input);
    this.end();
    return this.result();
  }

  async result(): Promise<Result> {
    const frames: Buffer[] = [];
    for (;;) {
      const length = await this.reader.i32();
      if (length === marks.times) {
        await this.reader.take(timesBytes);
        continue;
      }
      if (length === marks.exception) return { frames, updates: [], failure: await this.reader.utf(), reusable: false };
      if (length === marks.endOfData) break;
      frames.push(await this.reader.take(length));
    }
    const updates: Buffer[] = [];
    for (let left = await this.reader.i32(); left > 0; left--) updates.push(await this.reader.bytes());
    const mark = await this.reader.i32();
    assert.ok(mark === marks.endOfStream || mark === marks.endOfData, `a mark ${mark} at the end`);
    return { frames, updates, failure: undefined, reusable: mark === marks.endOfStream };
  }

  /** The times of a task, which a worker sends as soon as it has its head. */
  async times(): Promise<void> {
    assert.equal(await this.reader.i32(), marks.times);
    await this.reader.take(timesBytes);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Six numbers, as Spark 4.2 and 4.3 read them. */
const timesBytes = 48;

export interface Result {
  readonly frames: readonly Buffer[];
  readonly updates: readonly Buffer[];
  readonly failure: string | undefined;
  readonly reusable: boolean;
}

/** Waits until no such process runs. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await delay(5);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const defaults = { stageId: 3, partitionId: 7, attemptNumber: 1, taskAttemptId: 2 ** 40, localProperties: {} };

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function i64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function utf(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([i32(bytes.length), bytes]);
}
