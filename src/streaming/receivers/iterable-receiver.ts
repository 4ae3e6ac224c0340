import { setImmediate as nextTurn } from "node:timers/promises";
import { Receiver } from "./receiver.ts";

/** Records after which the event loop has a turn, for the sake of iterables that never wait. */
const recordsPerTurn = 1024;

/** What `receiverStream` takes besides a Receiver: something to iterate, or a function that makes it (anew, if it fails). */
export type RecordSource<T> = AsyncIterable<T> | Iterable<T> | (() => AsyncIterable<T> | Iterable<T>);

/** Receives what an async iterable yields: an event stream, a file handle's lines, a web stream, a generator. */
export class IterableReceiver<T> extends Receiver<T> {
  readonly #source: RecordSource<T>;
  #iterator: AsyncIterator<T> | Iterator<T> | undefined;
  #finished = false;

  constructor(source: RecordSource<T>) {
    super();
    this.#source = source;
  }

  /** The end of an iterable is no failure; there is nothing to start again. */
  override get isFinished(): boolean {
    return this.#finished;
  }

  override onStart(): void {
    const iterable = typeof this.#source === "function" ? this.#source() : this.#source;
    const iterator = Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
    this.#iterator = iterator;
    this.#receive(iterator).catch((error: unknown) => {
      if (this.#iterator === iterator) this.#failed(error);
    });
  }

  override async onStop(): Promise<void> {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    // Not awaited: a generator that waits for its next record ends only after it.
    Promise.resolve(iterator?.return?.()).catch(() => undefined);
  }

  async #receive(iterator: AsyncIterator<T> | Iterator<T>): Promise<void> {
    for (let received = 1; ; received++) {
      if (received % recordsPerTurn === 0) await nextTurn();
      const next = await iterator.next();
      if (this.#iterator !== iterator) return;
      if (next.done) break;
      this.store(next.value);
    }
    this.#finished = true;
    this.stop("The iterable has ended");
  }

  #failed(error: unknown): void {
    const message = "The iterable threw an error";
    if (typeof this.#source === "function") return this.restart(message, error);
    // An iterable cannot be iterated again; what it yielded is kept.
    this.#finished = true;
    this.stop(message, error);
  }
}
