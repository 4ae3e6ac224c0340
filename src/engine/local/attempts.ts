/** How often a stage's tasks have gone wrong, by partition, and how often they may. */
export class Attempts {
  readonly #failures = new Map<number, number>();
  readonly #losses = new Map<number, number>();
  readonly #misses = new Map<number, number>();
  readonly #maxFailures: number;

  constructor(maxFailures: number) {
    this.#maxFailures = maxFailures;
  }

  /** How many attempts there have been: the number of the next one, from 0. */
  count(partition: number): number {
    return (this.#failures.get(partition) ?? 0) + (this.#losses.get(partition) ?? 0);
  }

  /** The task failed. True: it may not be tried again. */
  failed(partition: number): boolean {
    return increase(this.#failures, partition) >= this.#maxFailures;
  }

  /** The task lost its worker, once at least without consequence: that need not be its own fault. True: it may not be tried again. */
  lost(partition: number): boolean {
    return increase(this.#losses, partition) >= Math.max(2, this.#maxFailures);
  }

  /** A partition that was planned as kept was not found. True: so often that it will not be found the next time. */
  missed(partition: number): boolean {
    return increase(this.#misses, partition) >= 20;
  }
}

function increase(counts: Map<number, number>, partition: number): number {
  const count = (counts.get(partition) ?? 0) + 1;
  counts.set(partition, count);
  return count;
}
