/** One attempt at one task, as the parts of a pipeline see it. */
import type { BlockRef } from "../stages/protocol.ts";
import type { BlockStore } from "./block-store.ts";
import { Cancelled } from "./failures.ts";
import type { PartitionCache } from "./partition-cache.ts";

export interface Kept {
  readonly nodeId: number;
  readonly partition: number;
  readonly block?: BlockRef;
}

export class TaskRun {
  readonly partition: number;
  readonly store: BlockStore;
  readonly cache: PartitionCache;
  readonly kept: Kept[] = [];
  readonly dropped: Omit<Kept, "block">[] = [];
  /** Rejects when the task is to end although it waits for something. */
  readonly aborted: Promise<never>;
  readonly #poll: () => void;
  readonly #cleanups: (() => unknown)[] = [];
  #abort: ((reason: unknown) => void) | undefined;
  #reason: unknown;

  /** `poll` looks for messages that came while the thread was busy. */
  constructor(partition: number, store: BlockStore, cache: PartitionCache, poll: () => void) {
    this.partition = partition;
    this.store = store;
    this.cache = cache;
    this.#poll = poll;
    this.aborted = new Promise((_, reject) => {
      this.#abort = reject;
    });
    this.aborted.catch(() => undefined);
  }

  /** Called between chunks: throws when the task has been cancelled, or failed beside its main line. */
  checkpoint(): void {
    this.#poll();
    if (this.#reason !== undefined) throw this.#reason;
  }

  /** Ends the task with this error, now if it waits, else between two chunks. */
  abort(reason: unknown): void {
    this.#reason ??= reason ?? new Error("aborted");
    this.#abort?.(this.#reason);
  }

  cancel(): void {
    this.abort(new Cancelled("cancelled"));
  }

  keep(kept: Kept): void {
    this.kept.push(kept);
  }

  /** To be done when the task is over, however it ends. What an aborted task waits for may never come: nor is it waited for. */
  onEnd(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup);
  }

  async end(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).toReversed()) {
      try {
        const done = cleanup();
        if (this.#reason === undefined) await done;
        else if (done instanceof Promise) done.catch(() => undefined);
      } catch {
        // an iterator that throws when it is closed has had its chance to say something before
      }
    }
  }

  /**
   * Takes back the blocks that the task made, since the driver will not hear of them. What it kept in this heap stays: should
   * the next attempt come here, it goes on from there, and a state that has been taken over need not be made anew.
   */
  rollBack(): void {
    for (const { block } of this.kept) if (block !== undefined) this.store.discard(block);
  }
}
