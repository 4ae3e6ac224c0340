import type { Clock } from "../base/clock.ts";

interface Waiter {
  readonly time: number;
  readonly resolve: () => void;
}

/**
 * A clock that moves when a test says so. What waits for a time is woken in order of time, and what it begins (a batch, with all its
 * output operations) has ended before the clock moves on: an hour of a stream passes in milliseconds, always in the same way.
 *
 * @example
 * ```ts
 * import { SparkContext, StreamingContext } from "dstreams";
 * import { VirtualClock } from "dstreams/testing";
 * const clock = new VirtualClock();
 * const ssc = new StreamingContext(new SparkContext("local[1]", "An hour"), 60, { clock });
 * let batches = 0;
 * ssc.queueStream([[1, 2, 3]]).foreachRDD(() => {
 *   batches++;
 * });
 * await ssc.start();
 * await clock.advance(3_600_000);
 * await ssc.stop();
 * console.log(batches);
 * ```
 * ```text
 * 60
 * ```
 */
export class VirtualClock implements Clock {
  #now: number;
  #waiters: Waiter[] = [];
  readonly #work = new Set<Promise<unknown>>();

  /** @param start ms since the epoch (default 0) */
  constructor(start = 0) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  until(time: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      if (time <= this.#now) return queueMicrotask(resolve);
      const waiter: Waiter = {
        time,
        resolve: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#waiters = this.#waiters.filter(each => each !== waiter);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      // Behind those of the same time: first come, first served.
      const later = this.#waiters.findIndex(each => each.time > time);
      this.#waiters.splice(later < 0 ? this.#waiters.length : later, 0, waiter);
    });
  }

  track(work: Promise<unknown>): void {
    const ended: Promise<unknown> = work
      .catch(() => undefined)
      .finally(() => {
        this.#work.delete(ended);
      });
    this.#work.add(ended);
  }

  /**
   * Moves on by `ms`, waking on the way whatever waits for a time, and lets each thing that this begins end first.
   *
   * @param options `settle: false` does not wait for what is begun: for tests in which batches shall pile up, or in which a batch
   *   itself waits for this clock
   */
  async advance(ms: number, options: { readonly settle?: boolean } = {}): Promise<void> {
    const { settle = true } = options;
    const end = this.#now + ms;
    await turn();
    if (settle) await this.settled();
    for (;;) {
      const next = this.#waiters[0];
      if (next === undefined || next.time > end) break;
      this.#waiters.shift();
      this.#now = next.time;
      next.resolve();
      await turn();
      if (settle) await this.settled();
    }
    this.#now = end;
  }

  /** Resolves when all that has been begun has ended. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }
}

/** Lets everything that is ready to run, run: promises, and what has come from sockets and workers. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
