/**
 * One connection of an executor, from its first byte to its last. A process serves one and then ends.
 *
 *     worker                                     executor
 *       process id        ──────────────────▶
 *                         ◀──────────────────    secret
 *       "ok"              ──────────────────▶
 *     ┌                   ◀──────────────────    header, command                 again and again while
 *     │                   ◀──────────────────    frames … -1 -4                  workers are reused
 *     │ frames … -1       ──────────────────▶                                    (both at the same time)
 *     └ updates, -4       ──────────────────▶
 *
 * A task that fails answers -2 and a text instead. A worker that cannot be used again, because a task failed or stopped in the
 * middle of its input, reads on until the executor closes: to close with something unread would reset the connection and destroy
 * what the executor has not read. An executor closes when it likes, in the middle of a task that it has given up; that is no error.
 */
import { timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import { resolve } from "node:path";
import { stackOf } from "../../../base/error-text.ts";
import { Broadcasts } from "./broadcasts.ts";
import type { ReadHeader, TaskHeader } from "./header.ts";
import { type RunTask, TaskFailed, type TaskOutcome } from "./task.ts";
import { EndOfWire, marks, WireReader, WireWriter } from "./wire.ts";

export interface ServeOptions {
  readonly secret: string;
  /** Which side proves that it knows the secret: the executor when a daemon listens, the worker when the executor does. */
  readonly prover: "executor" | "worker";
  /** Whether the executor may send another task after one that ended well. */
  readonly reuse: boolean;
  readonly readHeader: ReadHeader;
  /** How many numbers the times of a task are; without it none are sent. */
  readonly times?: number | undefined;
  readonly runTask: RunTask;
}

/** What is left of a task's input when the task is done: so much is read to be able to go on, and waited for so long. */
const leftover = { bytes: 1 << 20, milliseconds: 100 };

const longestSecret = 1024;

/** A connection; `serve` it once. */
export class Connection {
  readonly #socket: Socket;
  readonly #reader: WireReader;
  readonly #writer: WireWriter;
  readonly #options: ServeOptions;
  readonly #broadcasts = new Broadcasts();
  /** Settles, by rejection, when the socket is closed. */
  readonly #closed: Promise<never>;
  #failTask: ((error: unknown) => void) | undefined;

  constructor(socket: Socket, options: ServeOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.setNoDelay(true);
    // "close" follows, and says all there is to say.
    socket.on("error", () => {});
    this.#closed = new Promise((_, reject) => {
      socket.on("close", () => reject(new EndOfWire("The connection was closed.")));
    });
    this.#closed.catch(() => {});
    this.#reader = WireReader.on(socket);
    this.#writer = new WireWriter(socket);
  }

  /** Serves until the connection ends. The exit code for the process: 0, or 1 after a task that failed. */
  async serve(): Promise<number> {
    try {
      if (!(await this.#handshake())) return 1;
      while (await this.#task());
      await this.#finish();
      return 0;
    } catch (error) {
      if (error instanceof EndOfWire) return 0;
      await this.#fail(error);
      return 1;
    } finally {
      this.#socket.destroy();
    }
  }

  /** A task runs. */
  get isBusy(): boolean {
    return this.#failTask !== undefined;
  }

  /** Fails the task that runs, for an error that nobody awaited. False when none does. */
  abort(error: unknown): boolean {
    this.#failTask?.(error);
    return this.#failTask !== undefined;
  }

  async #handshake(): Promise<boolean> {
    const { secret, prover } = this.#options;
    if (prover === "worker") {
      this.#writer.utf(secret);
      this.#writer.flush();
      if ((await this.#reader.utf(longestSecret)) !== "ok") return false;
      this.#writer.i32(process.pid);
      this.#writer.flush();
      return true;
    }
    this.#writer.i32(process.pid);
    this.#writer.flush();
    const isRight = sameSecret(await this.#reader.bytes(longestSecret), secret);
    this.#writer.utf(isRight ? "ok" : "err");
    this.#writer.flush();
    if (!isRight) await this.#finish();
    return isRight;
  }

  /** One task. True when another one may follow. */
  async #task(): Promise<boolean> {
    const header = await this.#options.readHeader(this.#reader);
    this.#broadcasts.apply(header.broadcasts);
    this.#beginToAnswer();
    const input = new TaskInput(this.#reader);
    const failed = new Promise<never>((_, reject) => {
      this.#failTask = reject;
    });
    try {
      await Promise.race([this.#compute(header, input), failed, this.#closed]);
    } finally {
      this.#failTask = undefined;
    }
    const canGoOn = this.#options.reuse && (await input.isDrained());
    this.#writer.i32(canGoOn ? marks.endOfStream : marks.endOfData);
    this.#writer.flush();
    return canGoOn;
  }

  /**
   * The executor sends the head of a task, and then its input; that one its system holds back until the head has been acknowledged, and
   * ours waits 40 ms with that for something to send along. So something is sent: the times of the task, which may come at any
   * moment. Spark does no more with them than log them.
   */
  #beginToAnswer(): void {
    const { times } = this.#options;
    if (times === undefined) return;
    const now = BigInt(Date.now());
    const block = Buffer.alloc(4 + 8 * times);
    block.writeInt32BE(marks.times, 0);
    for (let i = 0; i < 3; i++) block.writeBigInt64BE(now, 4 + 8 * i);
    this.#socket.write(block);
  }

  async #compute(header: TaskHeader, input: TaskInput): Promise<void> {
    const { partition, command, context } = header;
    const outcome = await this.#options.runTask({
      partition,
      command,
      input,
      stageId: context.stageId,
      attempt: context.attemptNumber,
      taskAttemptId: context.taskAttemptId,
      localProperties: context.localProperties,
      filesDirectory: resolve(header.filesDirectory),
      broadcasts: this.#broadcasts,
    });
    await this.#output(outcome);
  }

  async #output(outcome: TaskOutcome): Promise<void> {
    const writer = this.#writer;
    const { frames } = outcome;
    // Not one loop for both: `for await` over what is synchronous would cost a turn of the loop a frame.
    if (Symbol.iterator in frames) {
      for (const frame of frames) {
        writer.frame(frame);
        if (writer.isFull) await writer.drained();
      }
    } else {
      for await (const frame of frames) {
        writer.frame(frame);
        if (writer.isFull) await writer.drained();
      }
    }
    writer.i32(marks.endOfData);
    const { updates } = outcome; // not before: they may come with the last frame
    writer.i32(updates.length);
    for (const update of updates) writer.bytes(update);
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#socket.destroyed) return;
    this.#writer.i32(marks.exception);
    this.#writer.utf(error instanceof TaskFailed ? error.message : stackOf(error));
    this.#writer.close(); // the task may not know yet that it has failed
    await this.#finish();
  }

  /** Lets the executor read what was sent, and close. */
  async #finish(): Promise<void> {
    await this.#reader.discard();
  }
}

/** The input of one task. Breaking off a loop over it does not close it: the next loop goes on where the last one stopped. */
class TaskInput implements AsyncIterable<Buffer[]> {
  readonly #frames: AsyncGenerator<Buffer[], void>;
  readonly #reader: WireReader;

  constructor(reader: WireReader) {
    this.#reader = reader;
    this.#frames = reader.frames();
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer[], void> {
    return { next: () => this.#frames.next() };
  }

  /** Reads the little that may be left; false when it is more than that, or slow to come. */
  async isDrained(): Promise<boolean> {
    const { promise: isLate, resolve: late } = Promise.withResolvers<false>();
    const timer = setTimeout(() => late(false), leftover.milliseconds);
    try {
      return await Promise.race([this.#drain(), isLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #drain(): Promise<boolean> {
    let read = 0;
    for (let next = await this.#frames.next(); next.done !== true; next = await this.#frames.next()) {
      for (const frame of next.value) read += frame.length + 4;
      if (read > leftover.bytes) return false;
    }
    return (await this.#reader.i32()) === marks.endOfStream;
  }
}

function sameSecret(given: Buffer, expected: string): boolean {
  const bytes = Buffer.from(expected, "utf8");
  return given.length === bytes.length && timingSafeEqual(given, bytes);
}
