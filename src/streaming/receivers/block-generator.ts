import type { Clock } from "../../base/clock.ts";
import { DStreamsError } from "../../base/errors.ts";

/**
 * Gathers single records into blocks: every `intervalMs`, on a grid, what has come since the last time becomes one block, and so
 * one partition of the batch. While nothing comes there is no timer either.
 */
export class BlockGenerator<T> {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  /** `at` is the beginning of the block's interval, ms since the epoch. */
  readonly #push: (records: readonly T[], at: number) => void;
  #buffer: T[] = [];
  #cutting: AbortController | undefined;
  #active = false;

  constructor(clock: Clock, intervalMs: number, push: (records: readonly T[], at: number) => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#push = push;
  }

  start(): void {
    this.#active = true;
  }

  add(record: T): void {
    if (!this.#active) {
      throw new DStreamsError(
        "DSTREAMS_RECEIVER",
        "Cannot add data as BlockGenerator has not been started or has been stopped",
      );
    }
    this.#buffer.push(record);
    if (this.#cutting === undefined) this.#cutLater();
  }

  /** Refuses more, and makes a block of what is left. */
  stop(): void {
    this.#active = false;
    this.#cutting?.abort();
    this.#cut(this.#clock.now());
  }

  #cutLater(): void {
    this.#cutting = new AbortController();
    const tick = (Math.floor(this.#clock.now() / this.#intervalMs) + 1) * this.#intervalMs;
    this.#clock.until(tick, this.#cutting.signal).then(
      () => this.#cut(tick),
      () => undefined,
    );
  }

  #cut(tick: number): void {
    this.#cutting = undefined;
    if (this.#buffer.length === 0) return;
    const records = this.#buffer;
    this.#buffer = [];
    this.#push(records, tick - this.#intervalMs);
  }
}
