/** Windows and states by brute force: everything is computed anew, from all batches there have been. */

export type Pair = readonly [key: string | number, value: number];
/** Records by partition. */
export type Batch = readonly (readonly Pair[])[];
/** `[second, records]`, in order of time. */
export type Output = (readonly [second: number, records: unknown[]])[];

/** Batches are numbered from 1, as their times are in seconds. */
export class Model {
  readonly #batches: readonly Batch[];

  constructor(batches: readonly Batch[]) {
    this.#batches = batches;
  }

  /** How many batches there are. */
  get length(): number {
    return this.#batches.length;
  }

  /** What `records` makes of the window that ends at each multiple of `slide`; undefined: there is no batch. */
  windows(window: number, slide: number, records: (pairs: Pair[], end: number) => unknown[] | undefined): Output {
    return this.#ends(slide).flatMap(end => {
      const found = records(this.between(end - window + 1, end), end);
      return found === undefined ? [] : [[end, found]];
    });
  }

  /** All pairs of the batches from `first` to `last`. */
  between(first: number, last: number): Pair[] {
    return this.#batches.slice(Math.max(0, first - 1), last).flat(2);
  }

  /** What each batch makes of a state that it may change. */
  states<S>(state: S, batch: (state: S, pairs: Pair[], time: number) => unknown[]): Output {
    return this.#ends(1).map(time => [time, batch(state, this.between(time, time), time)]);
  }

  #ends(slide: number): number[] {
    return this.#batches.map((_, i) => i + 1).filter(time => time % slide === 0);
  }
}

/** Values by key, in order. */
export function grouped(pairs: readonly Pair[]): Map<string | number, number[]> {
  const groups = new Map<string | number, number[]>();
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value]);
  return groups;
}

export function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** Records in an order that does not depend on partitions. */
export function inOrder(records: readonly unknown[]): unknown[] {
  return records
    .map(record => JSON.stringify(record))
    .sort()
    .map(text => JSON.parse(text) as unknown);
}

/** An output with its records in order. */
export function ordered(output: Output): Output {
  return output.map(([time, records]) => [time, inOrder(records)]);
}
