import type { Clock } from "../../base/clock.ts";

/** What awaitTermination() waits for: that the context stops, or that an error is reported. */
export class ContextWaiter {
  readonly #ended = Promise.withResolvers<void>();
  #failure: { readonly error: unknown } | undefined;

  /** The first error is the one that is thrown; those that follow are in the log. */
  notifyError(error: unknown): void {
    this.#failure ??= { error };
    this.#ended.resolve();
  }

  notifyStop(): void {
    this.#ended.resolve();
  }

  /** Resolves when stopped; rejects with the reported error itself. */
  async wait(): Promise<void> {
    await this.#ended.promise;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** True when stopped within `ms` of the clock, false when the time is over; rejects with the reported error. */
  async waitFor(ms: number, clock: Clock): Promise<boolean> {
    const done = new AbortController();
    const over = clock.until(clock.now() + ms, done.signal).then(
      () => false,
      () => false,
    );
    try {
      return await Promise.race([this.wait().then(() => true), over]);
    } finally {
      done.abort();
    }
  }
}
