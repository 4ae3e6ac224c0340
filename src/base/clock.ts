/** Time as the batch layer sees it. The system's in production; `dstreams/testing` has one that a test moves by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /**
   * Resolves at or after `time` (ms since the epoch), or rejects with the signal's reason when it aborts first.
   * A time in the past resolves in a later microtask, never synchronously.
   */
  until(time: number, signal?: AbortSignal): Promise<void>;
  /**
   * Tells of work that was begun because its time had come. A virtual clock lets it end before it moves on; the system's
   * does not care and leaves this out.
   */
  track?(work: Promise<unknown>): void;
}
