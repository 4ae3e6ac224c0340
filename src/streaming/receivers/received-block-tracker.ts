import type { Split } from "../../plan/plan.ts";
import type { Time } from "../time.ts";

/** Records that a receiver has stored: bytes in shared memory, one partition of a batch. */
export interface ReceivedBlock {
  /** `input-<stream>-<ms>` */
  readonly id: string;
  readonly numRecords: number;
  /** What the reader in the worker needs. */
  readonly split: Split;
}

/**
 * Which block belongs to which batch. A block waits until a batch is generated, then belongs to that one for good:
 *
 *     add ─▶ waiting ──allocate(T)──▶ batch T ──cleanup──▶ forgotten
 */
export class ReceivedBlockTracker {
  readonly #waiting = new Map<number, ReceivedBlock[]>();
  readonly #byTime = new Map<number, ReadonlyMap<number, readonly ReceivedBlock[]>>();
  #drained = Promise.withResolvers<void>();

  constructor() {
    this.#drained.resolve();
  }

  add(streamId: number, block: ReceivedBlock): void {
    if (this.#waiting.size === 0) this.#drained = Promise.withResolvers<void>();
    const blocks = this.#waiting.get(streamId);
    if (blocks === undefined) this.#waiting.set(streamId, [block]);
    else blocks.push(block);
  }

  /** All blocks that wait belong to this batch from now on. */
  allocate(time: Time): void {
    if (this.#waiting.size === 0) return;
    this.#byTime.set(time.milliseconds, new Map(this.#waiting));
    this.#waiting.clear();
    this.#drained.resolve();
  }

  blocksOf(time: Time, streamId: number): readonly ReceivedBlock[] {
    return this.#byTime.get(time.milliseconds)?.get(streamId) ?? [];
  }

  /** Forgets the batches before `threshold` (ms). */
  cleanup(threshold: number): void {
    for (const time of this.#byTime.keys()) {
      if (time >= threshold) break;
      this.#byTime.delete(time);
    }
  }

  /** Resolves when every block has its batch. */
  get drained(): Promise<void> {
    return this.#drained.promise;
  }
}
