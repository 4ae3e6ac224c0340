/**
 * A stream of chunks: what flows between the fused loops of a task.
 *
 * One interface serves synchronous and asynchronous streams, so that every stage of a pipeline is written once: `next` gives
 * a chunk or, in a stream that says `async`, possibly a promise of one. There is one await a chunk at most, never one a
 * record. Most streams (files, ranges, shuffle blocks) are synchronous from end to end and see no promise at all.
 */
import type { Chunk, NumberRange, TextLines } from "../../plan/plan.ts";

export type Maybe<T> = T | Promise<T>;

export interface Chunks<C = Chunk> {
  /** False: `next` never gives a promise. Asking may start the stream, where a user's function decides. */
  readonly async: boolean;
  /** The next chunk (possibly empty); undefined at the end, and ever after. */
  next(): Maybe<C | undefined>;
  /** Set when the stream is nothing but these numbers: then whoever likes may count instead of calling `next`. */
  readonly numbers?: NumberRange;
  /** Set when the stream is nothing but lines of text: opens them as bytes, for whoever can count in these. */
  readonly lines?: () => Chunks<Chunk | TextLines>;
  /** Ends the stream early: iterators below are returned, files closed. Harmless when called again or at the end. */
  close(): Maybe<void>;
}

export const noChunks: Chunks = { async: false, next: () => undefined, close: () => undefined };

export function isPromise<T>(value: Maybe<T>): value is Promise<T> {
  return value instanceof Promise;
}

/** Goes on with a value now, or when it is there. */
export function then<T, R>(value: Maybe<T>, go: (value: T) => Maybe<R>): Maybe<R> {
  return isPromise(value) ? value.then(go) : go(value);
}

/** Gives every chunk to `each` until it returns false. The stream is left open. */
export function drain<C>(chunks: Chunks<C>, each: (chunk: C) => unknown): Maybe<void> {
  for (;;) {
    const chunk = chunks.next();
    if (isPromise(chunk)) return drainAsync(chunks, chunk, each);
    if (chunk === undefined || each(chunk) === false) return;
  }
}

async function drainAsync<C>(
  chunks: Chunks<C>,
  first: Promise<C | undefined>,
  each: (chunk: C) => unknown,
): Promise<void> {
  let chunk = await first;
  while (chunk !== undefined && each(chunk) !== false) chunk = await chunks.next();
}

/** The chunks a reader's iterable yields. */
export function fromIterable<C>(source: Iterable<C> | AsyncIterable<C>): Chunks<C> {
  return Symbol.asyncIterator in source
    ? fromAsyncIterator(source[Symbol.asyncIterator]())
    : fromIterator(source[Symbol.iterator]());
}

function fromIterator<C>(iterator: Iterator<C>): Chunks<C> {
  let ended = false;
  return {
    async: false,
    next() {
      if (ended) return undefined;
      const step = iterator.next();
      if (step.done !== true) return step.value;
      ended = true;
      return undefined;
    },
    close() {
      if (ended) return;
      ended = true;
      iterator.return?.();
    },
  };
}

function fromAsyncIterator<C>(iterator: AsyncIterator<C>): Chunks<C> {
  let ended = false;
  return {
    async: true,
    async next() {
      if (ended) return undefined;
      const step = await iterator.next();
      if (step.done !== true) return step.value;
      ended = true;
      return undefined;
    },
    async close() {
      if (ended) return;
      ended = true;
      await iterator.return?.();
    },
  };
}

/** One stream after the other. */
export function concatChunks(streams: readonly Chunks[]): Chunks {
  let at = 0;
  const next = (): Maybe<Chunk | undefined> => {
    for (;;) {
      const stream = streams[at];
      if (stream === undefined) return undefined;
      const chunk = stream.next();
      if (isPromise(chunk)) return chunk.then(value => value ?? skip());
      if (chunk !== undefined) return chunk;
      at++;
    }
  };
  const skip = (): Maybe<Chunk | undefined> => {
    at++;
    return next();
  };
  return {
    get async() {
      return streams.some(stream => stream.async);
    },
    next,
    async close() {
      const open = streams.slice(at);
      at = streams.length;
      for (const stream of open) await stream.close();
    },
  };
}

/** All chunks of a stream, read to its end. */
export function readAll(chunks: Chunks): Maybe<Chunk[]> {
  const all: Chunk[] = [];
  return then(
    drain(chunks, chunk => void all.push(chunk)),
    () => all,
  );
}

/** A stream over chunks that are there already. */
export function fromArray(chunks: readonly Chunk[]): Chunks {
  let at = 0;
  return { async: false, next: () => chunks[at++], close: () => void (at = chunks.length) };
}

/** A stream that is made when it is first asked for something. `parents` are closed after it. */
export function lazyChunks(start: () => Maybe<Chunks>, parents: readonly Chunks[]): Chunks {
  let started: Maybe<Chunks> | undefined;
  let closed = false;
  const begin = (): Maybe<Chunks> => {
    if (started !== undefined) return started;
    started = start();
    if (isPromise(started)) {
      // whoever waits for a chunk is told; nobody else needs to be
      started.catch(() => undefined);
    }
    return started;
  };
  return {
    get async() {
      const chunks = begin();
      return isPromise(chunks) || chunks.async;
    },
    next: () => (closed ? undefined : then(begin(), chunks => chunks.next())),
    async close() {
      if (closed) return;
      closed = true;
      if (started !== undefined) await (await started).close();
      for (const parent of parents) await parent.close();
    },
  };
}

/** What an emitter makes of each chunk of a stream. */
export function throughEmitter(source: Chunks, emit: (chunk: Chunk) => Iterable<Chunk>): Chunks {
  let inner: Iterator<Chunk> | undefined;
  const next = (): Maybe<Chunk | undefined> => {
    for (;;) {
      if (inner !== undefined) {
        const step = inner.next();
        if (step.done !== true) return step.value;
        inner = undefined;
      }
      const chunk = source.next();
      if (isPromise(chunk)) return chunk.then(feed);
      if (chunk === undefined) return undefined;
      inner = emit(chunk)[Symbol.iterator]();
    }
  };
  const feed = (chunk: Chunk | undefined): Maybe<Chunk | undefined> => {
    if (chunk === undefined) return undefined;
    inner = emit(chunk)[Symbol.iterator]();
    return next();
  };
  return {
    get async() {
      return source.async;
    },
    next,
    close() {
      inner?.return?.();
      inner = undefined;
      return source.close();
    },
  };
}
