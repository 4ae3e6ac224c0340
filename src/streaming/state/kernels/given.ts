/** What every kernel of a stateful stream is told about its batch. Plain data: it travels with the tasks. */
export interface BatchGiven {
  /** Batch time, in ms. */
  readonly time: number;
  /** Time of the last batch whose state has been saved; what was removed up to then need not be remembered. */
  readonly savedAt?: number | undefined;
}

/** The one record of a kernel's first input. */
export function givenOf<G extends BatchGiven>(input: Iterable<unknown>): G {
  for (const given of input) return given as G;
  throw new RangeError("a kernel was not given its batch");
}
