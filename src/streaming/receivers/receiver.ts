import { DStreamsError } from "../../base/errors.ts";
import { StorageLevel } from "../../engine/storage-level.ts";
import type { ReceiverSupervisor } from "./receiver-supervisor.ts";

/**
 * Something that data come from by themselves: a socket, a queue's client, a timer. Extend it, begin to receive in `onStart` (which
 * must not wait for data: set up listeners and return), end in `onStop`, and hand every record to `store`.
 *
 * Receivers run in the driver's thread. So they may hold any object, and what they do delays the batches: keep work on records
 * for `map`. Records are encoded into shared memory once per block interval, and read from there by the workers.
 *
 * @example
 * ```ts no-run
 * import { Receiver } from "dstreams";
 * class Metronome extends Receiver<string> {
 *   #timer: NodeJS.Timeout | undefined;
 *   onStart() {
 *     this.#timer = setInterval(() => this.store("tick"), 100);
 *   }
 *   onStop() {
 *     clearInterval(this.#timer);
 *   }
 * }
 * ```
 */
export abstract class Receiver<T> {
  /** How blocks are kept. On one machine they are kept once, in shared memory, whatever is asked. */
  readonly storageLevel: StorageLevel;
  #supervisor: ReceiverSupervisor<T> | undefined;

  /** @param storageLevel default MEMORY_AND_DISK_2, as in PySpark */
  constructor(storageLevel: StorageLevel = StorageLevel.MEMORY_AND_DISK_2) {
    this.storageLevel = storageLevel;
  }

  /** Begin to receive. What it throws, or a promise it returns rejects with, stops the receiver; it is then started again. */
  abstract onStart(): void | Promise<void>;

  /** Stop receiving, release everything. */
  abstract onStop(): void | Promise<void>;

  /** Hands over one record. It is buffered until the block interval (`spark.streaming.blockInterval`) is over. */
  store(item: T): void {
    this.#attached().store(item);
  }

  /** Hands over many records as one block at once. When it resolves they are stored: only then acknowledge them to the source. */
  storeAll(items: Iterable<T>): Promise<void> {
    return this.#attached().storeAll([...items]);
  }

  /** Tells the listeners of an error; the receiver goes on. */
  reportError(message: string, error?: unknown): void {
    this.#attached().reportError(message, error);
  }

  /** Asks for `onStop`, a pause (default `spark.streaming.receiverRestartDelay`, 2000 ms), and `onStart`. Returns at once. */
  restart(message: string, error?: unknown, delayMs?: number): void {
    this.#attached().restart(message, error, delayMs);
  }

  /**
   * Ends the receiver. It comes back (after the restart delay) as long as the context is active, since a stream without its receiver
   * would go on silently empty.
   */
  stop(message: string, error?: unknown): void {
    this.#attached().stop(message, error);
  }

  /** True between `onStart` and `onStop`. */
  isStarted(): boolean {
    return this.#attached().isStarted;
  }

  /** True when it should cease: long loops in `onStart`'s wake look at it. */
  isStopped(): boolean {
    return !this.#attached().isStarted;
  }

  /** Id of the input stream it belongs to. */
  get streamId(): number {
    return this.#attached().streamId;
  }

  /** True when nothing will follow and it need not be started again. @internal */
  get isFinished(): boolean {
    return false;
  }

  /** @internal */
  attach(supervisor: ReceiverSupervisor<T>): void {
    this.#supervisor = supervisor;
  }

  #attached(): ReceiverSupervisor<T> {
    if (this.#supervisor !== undefined) return this.#supervisor;
    throw new DStreamsError(
      "DSTREAMS_RECEIVER",
      "A ReceiverSupervisor has not been attached to the receiver yet. Maybe you are starting some computation in the receiver " +
        "before the Receiver.onStart() has been called.",
    );
  }
}
