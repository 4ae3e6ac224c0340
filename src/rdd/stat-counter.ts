import { inspect } from "node:util";
import type { Moments } from "./kernels/statistics.ts";

/** Count, mean, variance and extremes of numbers, as `stats()` yields them; more numbers can be merged in. */
export class StatCounter {
  #count: number;
  #mean: number;
  #m2: number;
  #max: number;
  #min: number;

  /** Over these numbers; without any: of nothing. */
  constructor(numbers: Iterable<number> = []) {
    [this.#count, this.#mean, this.#m2, this.#max, this.#min] = [
      0,
      0,
      0,
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ];
    for (const x of numbers) this.merge(x);
  }

  /** Adds a number. */
  merge(x: number): this {
    return this.mergeMoments([1, x, 0, x, x]);
  }

  /** Adds what another has seen. */
  mergeStats(other: StatCounter): this {
    return this.mergeMoments([other.#count, other.#mean, other.#m2, other.#max, other.#min]);
  }

  /** @internal */
  mergeMoments([count, mean, m2, max, min]: Moments): this {
    if (count === 0) return this;
    const total = this.#count + count;
    const delta = mean - this.#mean;
    this.#mean += (delta * count) / total;
    this.#m2 += m2 + (delta * delta * this.#count * count) / total;
    this.#count = total;
    this.#max = Math.max(this.#max, max);
    this.#min = Math.min(this.#min, min);
    return this;
  }

  /** Another one that has seen the same. */
  copy(): StatCounter {
    return new StatCounter().mergeStats(this);
  }

  /** How many numbers there were. */
  count(): number {
    return this.#count;
  }

  /** 0 for no numbers, as in Spark. */
  mean(): number {
    return this.#mean;
  }

  /** Their sum. */
  sum(): number {
    return this.#count * this.#mean;
  }

  /** -Infinity for no numbers. */
  max(): number {
    return this.#max;
  }

  /** Infinity for no numbers. */
  min(): number {
    return this.#min;
  }

  /** Of the population; NaN for no numbers. */
  variance(): number {
    return this.#count === 0 ? Number.NaN : this.#m2 / this.#count;
  }

  /** Estimated from a sample: divided by one less; NaN for less than two numbers. */
  sampleVariance(): number {
    return this.#count <= 1 ? Number.NaN : this.#m2 / (this.#count - 1);
  }

  /** The square root of `variance()`. */
  stdev(): number {
    return Math.sqrt(this.variance());
  }

  /** The square root of `sampleVariance()`. */
  sampleStdev(): number {
    return Math.sqrt(this.sampleVariance());
  }

  /** `(count: 3, mean: 2, stdev: 0.816496580927726, max: 3, min: 1)`. */
  toString(): string {
    return `(count: ${this.count()}, mean: ${this.mean()}, stdev: ${this.stdev()}, max: ${this.max()}, min: ${this.min()})`;
  }

  /** What console.log shows. */
  [inspect.custom](): string {
    return String(this);
  }
}
