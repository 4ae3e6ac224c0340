/**
 * Where blocks go: shared memory while the ledger has room, else a file in the spill directory; and back.
 *
 * Spill files have unique names and mode 0600. A block is either written whole or not at all: when the disk is full the
 * file is removed and the task fails with DSTREAMS_SPILL.
 */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DStreamsError } from "../../base/errors.ts";
import type { MemoryLedger } from "./memory.ts";
import type { BlockRef } from "../stages/protocol.ts";

export class BlockStore {
  readonly #ledger: MemoryLedger;
  readonly #directory: string;
  readonly #prefix: string;
  #files = 0;

  constructor(ledger: MemoryLedger, directory: string, workerId: number) {
    this.#ledger = ledger;
    this.#directory = directory;
    this.#prefix = `worker-${workerId}`;
  }

  /** Shared memory of that size, booked in the ledger; undefined when the budget is used up. */
  allocate(bytes: number): SharedArrayBuffer | undefined {
    if (!this.#ledger.reserve(bytes)) return undefined;
    try {
      return new SharedArrayBuffer(bytes);
    } catch {
      this.#ledger.release(bytes);
      return undefined;
    }
  }

  /** A new, empty spill file. */
  createFile(): SpillFile {
    return new SpillFile(join(this.#directory, `${this.#prefix}-${++this.#files}.block`), this.#directory);
  }

  /** Gives up a block that nobody has been told of. */
  discard(block: { readonly buffer?: SharedArrayBuffer; readonly file?: string }): void {
    if (block.buffer !== undefined) this.#ledger.release(block.buffer.byteLength);
    if (block.file !== undefined) removeFile(block.file);
  }
}

/** A spill file that is being written. */
export class SpillFile {
  readonly path: string;
  size = 0;
  readonly #directory: string;
  #descriptor: number | undefined;

  constructor(path: string, directory: string) {
    this.path = path;
    this.#directory = directory;
  }

  /** Appends bytes; returns where they begin. */
  append(bytes: Uint8Array): number {
    const start = this.size;
    try {
      this.#descriptor ??= openSync(this.path, "wx+", 0o600);
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#descriptor, bytes, done, bytes.length - done, start + done);
      }
    } catch (cause) {
      this.remove();
      throw spillError("write to", this.#directory, cause);
    }
    this.size += bytes.length;
    return start;
  }

  /** Bytes that were written before. */
  read(start: number, end: number): Uint8Array {
    return readRange(this.#descriptor as number, this.path, start, end);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  remove(): void {
    this.close();
    removeFile(this.path);
  }
}

/** A block open for reading, wherever it is. */
export class BlockReader {
  readonly #ref: BlockRef;
  #descriptor: number | undefined;

  constructor(ref: BlockRef) {
    this.#ref = ref;
  }

  get size(): number {
    return this.#ref.end - this.#ref.start;
  }

  /** Bytes `[start, end)` of the block: a view of shared memory, or read from the file. */
  read(start: number, end: number): Uint8Array {
    const { buffer, file = "" } = this.#ref;
    if (buffer !== undefined) return new Uint8Array(buffer, this.#ref.start + start, end - start);
    this.#descriptor ??= openForReading(file);
    return readRange(this.#descriptor, file, this.#ref.start + start, this.#ref.start + end);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function openForReading(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw spillError("read from", path, cause);
  }
}

function readRange(descriptor: number, path: string, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start);
  try {
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(descriptor, bytes, done, bytes.length - done, start + done);
      if (read === 0) throw new Error(`it ends after ${start + done} bytes`);
      done += read;
    }
  } catch (cause) {
    throw spillError("read from", path, cause);
  }
  return bytes;
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it may never have come to be; what is left goes with the directory
  }
}

function spillError(what: string, path: string, cause: unknown): DStreamsError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DStreamsError(
    "DSTREAMS_SPILL",
    `Cannot ${what} the spill directory (${path}): ${reason}. Make room there, or set spark.local.dir to a directory with more.`,
    { cause },
  );
}
