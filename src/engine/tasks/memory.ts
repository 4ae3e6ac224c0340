/**
 * The ledger of block memory: how many bytes of shared blocks (shuffle outputs, serialized caches) exist, over all threads.
 *
 *     reserve ─▶ true:  allocate the block, the bytes are booked
 *            └─▶ false: the budget is used up, write the block to the spill directory instead
 *     release ◀─ by whoever frees the block (the driver)
 *
 * Two 64-bit counters in shared memory, `used` and `limit`, changed with atomic operations only.
 */
const USED = 0;
const LIMIT = 1;

export class MemoryLedger {
  /** What workers are handed, to open the same ledger. */
  readonly buffer: SharedArrayBuffer;
  readonly #counters: BigInt64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#counters = new BigInt64Array(buffer);
  }

  /** A new ledger that lets `limitBytes` of blocks live in memory at once. */
  static create(limitBytes: number): MemoryLedger {
    const ledger = new MemoryLedger(new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT));
    Atomics.store(ledger.#counters, LIMIT, BigInt(Math.max(0, Math.floor(limitBytes))));
    return ledger;
  }

  /** Books `bytes` and returns true, or books nothing and returns false when they do not fit. */
  reserve(bytes: number): boolean {
    const wanted = BigInt(bytes);
    const before = Atomics.add(this.#counters, USED, wanted);
    if (before + wanted <= Atomics.load(this.#counters, LIMIT)) return true;
    Atomics.sub(this.#counters, USED, wanted);
    return false;
  }

  /** Gives back what `reserve` booked. */
  release(bytes: number): void {
    Atomics.sub(this.#counters, USED, BigInt(bytes));
  }

  /** Bytes booked now. */
  get used(): number {
    return Number(Atomics.load(this.#counters, USED));
  }

  get limit(): number {
    return Number(Atomics.load(this.#counters, LIMIT));
  }
}
