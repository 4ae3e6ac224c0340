/** What a user's `mapPartitions`, `zipPartitions` or generator hands back, as chunks. */
import { inspect } from "node:util";
import type { Chunk } from "../../plan/plan.ts";
import { type Chunks, fromArray } from "./chunks.ts";
import { blame } from "./failures.ts";

const chunkSize = 1024;

/** Any iterable as a stream of chunks; errors it throws are blamed on `site`. */
export function chunksOf(result: unknown, site: string): Chunks {
  if (Array.isArray(result)) return fromArray([result]);
  if (isIterable(result)) return pull(result[Symbol.iterator](), site);
  if (isAsyncIterable(result)) return pullAsync(result[Symbol.asyncIterator](), site);
  throw blame(notIterable(result, "an iterable of records (an array, a generator, …)"), site);
}

/** The error for a function that should have returned records. */
export function notIterable(result: unknown, wanted: string): TypeError {
  const shown = inspect(result, {
    depth: 0,
    customInspect: false,
    maxStringLength: 60,
    breakLength: Number.POSITIVE_INFINITY,
  });
  const hint = result instanceof Promise ? " (is a function async that should not be?)" : "";
  return new TypeError(`The function returned ${shown}${hint}, where ${wanted} is expected.`);
}

export function isIterable(value: unknown): value is Iterable<unknown> {
  return value !== null && value !== undefined && typeof (value as Iterable<unknown>)[Symbol.iterator] === "function";
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    value !== null &&
    value !== undefined &&
    typeof (value as AsyncIterable<unknown>)[Symbol.asyncIterator] === "function"
  );
}

function pull(iterator: Iterator<unknown>, site: string): Chunks {
  let ended = false;
  return {
    async: false,
    next(): Chunk | undefined {
      if (ended) return undefined;
      const chunk: unknown[] = [];
      try {
        while (chunk.length < chunkSize) {
          const step = iterator.next();
          if (step.done === true) {
            ended = true;
            break;
          }
          chunk.push(step.value);
        }
      } catch (error) {
        ended = true;
        throw blame(error, site);
      }
      return ended && chunk.length === 0 ? undefined : chunk;
    },
    close() {
      if (ended) return;
      ended = true;
      iterator.return?.();
    },
  };
}

function pullAsync(iterator: AsyncIterator<unknown>, site: string): Chunks {
  let ended = false;
  const next = async (): Promise<Chunk | undefined> => {
    if (ended) return undefined;
    const chunk: unknown[] = [];
    try {
      while (chunk.length < chunkSize) {
        const step = await iterator.next();
        if (step.done === true) {
          ended = true;
          break;
        }
        chunk.push(step.value);
      }
    } catch (error) {
      ended = true;
      throw blame(error, site);
    }
    return ended && chunk.length === 0 ? undefined : chunk;
  };
  return {
    async: true,
    next,
    async close(): Promise<void> {
      if (ended) return;
      ended = true;
      await iterator.return?.();
    },
  };
}

/** The iterator of a `flatMap` result that is no array, read in growing batches by generated loops. */
export class Batches {
  readonly #iterator: Iterator<unknown>;
  #size = 1;
  #ended = false;

  constructor(result: unknown) {
    if (!isIterable(result)) throw notIterable(result, "an iterable (an array, a string, a generator, …)");
    this.#iterator = result[Symbol.iterator]();
  }

  /** The next records; undefined at the end. Few at first, so that a consumer that stops early pulls little in vain. */
  next(): unknown[] | undefined {
    if (this.#ended) return undefined;
    const batch: unknown[] = [];
    try {
      while (batch.length < this.#size) {
        const step = this.#iterator.next();
        if (step.done === true) {
          this.#ended = true;
          break;
        }
        batch.push(step.value);
      }
    } catch (error) {
      this.#ended = true;
      throw error;
    }
    this.#size = Math.min(this.#size * 2, 256);
    return batch.length > 0 ? batch : undefined;
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#iterator.return?.();
  }
}
