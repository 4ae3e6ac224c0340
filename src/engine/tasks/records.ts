/**
 * A partition's records as user functions see them: lazily, one by one, from a stream of chunks.
 *
 * Leaving a loop early does not end the records: a second loop goes on where the first stopped, so none is lost by looking
 * at the first one. What is left at the end of the task is closed by the engine.
 */
import { types } from "node:util";
import type { Chunk, PartitionRecords } from "../../plan/plan.ts";
import { DStreamsError } from "../../base/errors.ts";
import { type Chunks, type Maybe, fromArray, isPromise, noChunks, readAll, then } from "./chunks.ts";

/**
 * The stream as `fn` may read it: for a plain function an asynchronous stream is read to its end first. Functions written
 * `async` (generators too) read with `for await`.
 */
export function readableBy(fn: (...args: never[]) => unknown, chunks: Chunks): Maybe<Chunks> {
  return chunks.async && !types.isAsyncFunction(fn) ? then(readAll(chunks), fromArray) : chunks;
}

/** An iterator over the records of a stream, with the helpers that iterators have (`map`, `filter`, `take`, `toArray`, …). */
export class Records extends Iterator<unknown> implements PartitionRecords<never> {
  readonly #chunks: Chunks;
  #chunk: Chunk = [];
  #at = 0;

  constructor(chunks: Chunks) {
    super();
    this.#chunks = chunks;
  }

  override [Symbol.iterator](): IteratorObject<never, undefined, unknown> {
    return this as unknown as IteratorObject<never, undefined, unknown>;
  }

  override next(): IteratorResult<unknown, undefined> {
    while (this.#at >= this.#chunk.length) {
      const chunk = this.#chunks.next();
      if (isPromise(chunk)) throw mustAwait();
      if (chunk === undefined) return this.#end();
      this.#chunk = chunk;
      this.#at = 0;
    }
    return { done: false, value: this.#chunk[this.#at++] };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<never, undefined, unknown> {
    for (;;) {
      while (this.#at < this.#chunk.length) yield this.#chunk[this.#at++] as never;
      const chunk = await this.#chunks.next();
      if (chunk === undefined) return void this.#end();
      this.#chunk = chunk;
      this.#at = 0;
    }
  }

  #end(): IteratorReturnResult<undefined> {
    this.#chunk = [];
    this.#at = 0;
    return { done: true, value: undefined };
  }
}

/** No records. */
export function noRecords(): Records {
  return new Records(noChunks);
}

function mustAwait(): DStreamsError {
  return new DStreamsError(
    "DSTREAMS_ILLEGAL_STATE",
    "These records come from an asynchronous source: an async function reads them with `for await (const record of records)`.",
  );
}

/**
 * Records that can be iterated any number of times, each time from the first: chunks that were read are remembered.
 */
export class ReplayableRecords implements PartitionRecords<never> {
  readonly #chunks: Chunks;
  readonly #read: Chunk[] = [];
  #ended = false;

  constructor(chunks: Chunks) {
    this.#chunks = chunks;
  }

  [Symbol.iterator](): Iterator<never> {
    return new Records(this.#replay()) as unknown as Iterator<never>;
  }

  [Symbol.asyncIterator](): AsyncIterator<never> {
    return new Records(this.#replay())[Symbol.asyncIterator]();
  }

  #replay(): Chunks {
    let at = 0;
    const next = (): Maybe<Chunk | undefined> => {
      if (at < this.#read.length) return this.#read[at++];
      return this.#ended ? undefined : then(this.#advance(), () => next());
    };
    return { async: this.#chunks.async, next, close: () => undefined };
  }

  #pending: Promise<void> | undefined;

  /** Reads one more chunk; readers that wait at the same time wait for the same one. */
  #advance(): Maybe<void> {
    if (this.#pending !== undefined) return this.#pending;
    const chunk = this.#chunks.next();
    if (!isPromise(chunk)) return this.#keep(chunk);
    this.#pending = chunk
      .then(value => this.#keep(value))
      .finally(() => {
        this.#pending = undefined;
      });
    return this.#pending;
  }

  #keep(chunk: Chunk | undefined): void {
    if (chunk === undefined) this.#ended = true;
    else this.#read.push(chunk);
  }
}
