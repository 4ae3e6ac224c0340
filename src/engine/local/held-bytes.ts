/**
 * Counts the bytes that the engine holds, in shared memory and in files, for objects of the program: map outputs, blocks of
 * kept partitions, broadcasts.
 *
 * Where nobody says `unpersist` or `destroy`, they go when the program lets go of the object, and only a garbage collection
 * finds that out. V8 sees neither shared memory nor files, so while the driver's own heap hardly grows it has no reason for
 * one: a stream that shuffles in `foreachRDD` would fill the memory, and then the disk, with what nobody can reach. So it is
 * asked for one when what is held has become more than twice the least since it was last asked.
 */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Less is not worth a collection, which takes about 10 ms. */
const muchBytes = 64 << 20;

export class HeldBytes {
  readonly #halfBudget: number;
  readonly #collect: () => unknown;
  #bytes = 0;
  #least = 0;

  /** @param budget bytes that may be in memory; half of it is always much. `collect` begins a collection of garbage. */
  constructor(budget: number, collect: () => unknown = collectGarbage) {
    this.#halfBudget = budget / 2;
    this.#collect = collect;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    const much = Math.max(Math.min(this.#halfBudget, muchBytes), 2 * this.#least);
    // In a large heap a collection takes longer, so there must be more to be had.
    if (this.#bytes <= much || this.#bytes <= Math.min(this.#halfBudget, getHeapStatistics().used_heap_size)) return;
    this.collect();
  }

  /** Begins a collection at once, because there is no room. */
  collect(): void {
    this.#least = this.#bytes;
    this.#collect();
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
    this.#least = Math.min(this.#least, this.#bytes);
  }
}

type Gc = (options: { type: "major"; execution: "async" }) => unknown;

let gc: Gc | undefined;

/** Behind what runs now. */
function collectGarbage(): void {
  gc ??= globalThis.gc ?? exposedGc();
  gc({ type: "major", execution: "async" });
}

/** V8's own, which contexts are given that are made while the flag is set. */
function exposedGc(): Gc {
  setFlagsFromString("--expose-gc");
  try {
    return runInNewContext("gc") as Gc;
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}
