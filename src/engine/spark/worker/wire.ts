/**
 * The bytes of a connection, both ways. Integers are big-endian; `bytes` and `utf` have an i32 length before them.
 *
 *     socket ──"data"──▶ chunks ──▶ i32, i64, bytes, utf       one at a time
 *                          │  └───▶ frames                     all that a chunk holds at once, as views of it
 *                          └ 1 MiB waiting: the socket is paused until somebody reads
 *
 *     i32, bytes, frame ──▶ 64 KiB of small pieces ──▶ socket  large parts go by themselves, uncopied
 *                                                    └ full: `drained` must be awaited
 */
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { TaskFailed } from "./task.ts";

/** The connection ended where more was expected. Not a fault of anybody: Spark closes connections of tasks that it gave up. */
export class EndOfWire extends Error {
  override readonly name = "EndOfWire";
}

/** Negative numbers in place of a length. */
export const marks = {
  endOfData: -1,
  exception: -2,
  times: -3,
  endOfStream: -4,
  null: -5,
} as const;

/** As much as waits to be read before the socket is paused. */
const readAhead = 1 << 20;

const nothing = Buffer.alloc(0);

/** Reads from chunks that somebody pushes: those of a socket (`WireReader.on`) or of a message (`WireReader.of`). */
export class WireReader {
  /** What is being read, and how far. The chunks behind it wait in `#chunks`. */
  #head: Buffer = nothing;
  #at = 0;
  #chunks: Buffer[] = [];
  #waiting: PromiseWithResolvers<void> | undefined;
  #queued = 0;
  #ended = false;
  #socket: Readable | undefined;
  #discarding = false;

  /** Reads a socket, which must be paused or fresh. */
  static on(socket: Readable): WireReader {
    const reader = new WireReader();
    reader.#socket = socket;
    socket.on("data", (chunk: Buffer) => reader.#push(chunk));
    socket.on("end", () => reader.#end());
    socket.on("close", () => reader.#end());
    return reader;
  }

  /** Reads bytes that are there already. */
  static of(bytes: Buffer): WireReader {
    const reader = new WireReader();
    reader.#push(bytes);
    reader.#end();
    return reader;
  }

  async i32(): Promise<number> {
    if (this.#here < 4) return (await this.take(4)).readInt32BE();
    this.#at += 4;
    return this.#head.readInt32BE(this.#at - 4);
  }

  /** An i64 that is a safe integer: an id. */
  async i64(): Promise<number> {
    return Number((await this.take(8)).readBigInt64BE());
  }

  async bool(): Promise<boolean> {
    return (await this.take(1))[0] !== 0;
  }

  /** Bytes with their length before them. They may be a view of a larger buffer. */
  async bytes(limit = 0x7fff_ffff): Promise<Buffer> {
    const length = await this.i32();
    if (length < 0 || length > limit)
      throw new TaskFailed(`A length of ${length} is not what Spark's protocol has here.`);
    return this.take(length);
  }

  async utf(limit?: number): Promise<string> {
    return (await this.bytes(limit)).toString("utf8");
  }

  /** The elements of a task's input up to its end, which is read, too. */
  async *frames(): AsyncGenerator<Buffer[], void> {
    for (;;) {
      const length = await this.i32();
      if (length === marks.endOfData) return;
      const batch = [await this.#frame(length)];
      this.#cut(batch);
      yield batch;
    }
  }

  /** Waits for the other side to close, and lets go of all it sends until then. */
  async discard(): Promise<void> {
    this.#discarding = true;
    this.#chunks = [];
    this.#head = nothing;
    this.#at = this.#queued = 0;
    this.#socket?.resume();
    while (!this.#ended) await this.#arrival();
  }

  get #here(): number {
    return this.#head.length - this.#at;
  }

  #frame(length: number): Promise<Buffer> {
    if (length >= 0) return this.take(length);
    const what = length === marks.null ? "a null element" : `an element with a length of ${length}`;
    throw new TaskFailed(`The input has ${what}: only byte arrays and strings can be read.`);
  }

  /** The frames that are whole in the chunk at hand. */
  #cut(batch: Buffer[]): void {
    const head = this.#head;
    let at = this.#at;
    while (head.length - at >= 4) {
      const length = head.readInt32BE(at);
      if (length < 0 || head.length - at - 4 < length) break;
      batch.push(head.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    this.#at = at;
  }

  /** So many bytes: a view where they lie together, else a copy made of as many chunks as it takes. */
  async take(length: number): Promise<Buffer> {
    if (this.#here >= length) {
      this.#at += length;
      return this.#head.subarray(this.#at - length, this.#at);
    }
    const whole = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length; ) {
      if (this.#here === 0) await this.#next();
      const copied = this.#head.copy(whole, filled, this.#at, this.#at + length - filled);
      this.#at += copied;
      filled += copied;
    }
    return whole;
  }

  async #next(): Promise<void> {
    while (this.#chunks.length === 0) {
      if (this.#ended) throw new EndOfWire("The connection was closed.");
      await this.#arrival();
    }
    this.#head = this.#chunks.shift() as Buffer;
    this.#at = 0;
    this.#queued -= this.#head.length;
    if (this.#queued < readAhead) this.#socket?.resume();
  }

  /** The next chunk, or the end. Several may wait: a task that has failed is not stopped. */
  #arrival(): Promise<void> {
    this.#waiting ??= Promise.withResolvers<void>();
    return this.#waiting.promise;
  }

  #push(chunk: Buffer): void {
    if (this.#discarding) return;
    this.#chunks.push(chunk);
    this.#queued += chunk.length;
    if (this.#queued >= readAhead) this.#socket?.pause();
    this.#wake();
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve();
  }
}

/** Pieces smaller than this are copied together, so that a small frame is not a system call. */
const smallPiece = 8 << 10;
const pieceBuffer = 64 << 10;

/** Writes to a socket. What it is given may lie in memory until `drained`, so a writer of much awaits that whenever `isFull`. */
export class WireWriter {
  readonly #socket: Socket;
  #buffer: Buffer = nothing;
  #used = 0;
  #isClosed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** The socket has more than it can pass on at once, or is closed: `drained` has to be awaited. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain || this.#socket.destroyed;
  }

  i32(value: number): void {
    if (this.#isClosed) throw new EndOfWire("Nothing more can be written.");
    this.#room(4);
    this.#used = this.#buffer.writeInt32BE(value, this.#used);
  }

  /** Length and bytes. */
  bytes(bytes: Uint8Array): void {
    this.i32(bytes.length);
    this.#raw(bytes);
  }

  utf(text: string): void {
    this.bytes(Buffer.from(text, "utf8"));
  }

  /** One frame made of parts: their length together, then one after the other. */
  frame(parts: readonly Uint8Array[]): void {
    let length = 0;
    for (const part of parts) length += part.length;
    if (length > 0x7fff_ffff) throw new TaskFailed(`A frame of ${length} bytes: Spark takes 2 GiB at most.`);
    this.i32(length);
    for (const part of parts) this.#raw(part);
  }

  /** Hands everything to the socket. */
  flush(): void {
    if (this.#used === 0) return;
    this.#socket.write(this.#buffer.subarray(0, this.#used));
    // The socket may still have it: the rest of this buffer is free, what was written is not.
    this.#buffer = this.#buffer.subarray(this.#used);
    this.#used = 0;
  }

  /** Hands everything to the socket; whoever writes more gets an `EndOfWire`. */
  close(): void {
    this.flush();
    this.#isClosed = true;
  }

  /** Waits until the socket takes more. Throws `EndOfWire` when it is closed. */
  async drained(): Promise<void> {
    const socket = this.#socket;
    if (socket.writableNeedDrain) {
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.on("drain", resolve).on("close", resolve);
      await promise;
      socket.off("drain", resolve).off("close", resolve);
    }
    if (socket.destroyed) throw new EndOfWire("The connection was closed.");
  }

  #raw(bytes: Uint8Array): void {
    if (bytes.length >= smallPiece) {
      this.flush();
      this.#socket.write(bytes);
      return;
    }
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  #room(length: number): void {
    if (this.#buffer.length - this.#used >= length) return;
    this.flush();
    this.#buffer = Buffer.allocUnsafeSlow(pieceBuffer);
  }
}
