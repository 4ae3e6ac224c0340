/**
 * Partitions kept as JavaScript values in this worker's heap (deserialized storage levels), the least recently used leaving first.
 * The chunks are shared with whoever reads them and never changed.
 */
import type { Chunk } from "../../../plan/plan.ts";
import type { PlainLevel } from "../protocol.ts";

export interface KeptPartition {
  readonly nodeId: number;
  readonly partition: number;
  readonly level: PlainLevel;
  readonly chunks: readonly Chunk[];
  /** Estimated. */
  readonly bytes: number;
}

export class PartitionCache {
  /** Estimated bytes that may be kept. */
  readonly budget: number;
  /** In order of last use. */
  readonly #kept = new Map<string, KeptPartition>();
  #bytes = 0;

  constructor(budget: number) {
    this.budget = budget;
  }

  get(nodeId: number, partition: number): readonly Chunk[] | undefined {
    const key = keyOf(nodeId, partition);
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.chunks;
  }

  /**
   * Keeps a partition; returns those that had to leave for it. Partitions of the same RDD never make room for each other (they would
   * all be recomputed in turn): then it is not kept, and undefined is returned.
   */
  put(entry: KeptPartition): KeptPartition[] | undefined {
    this.drop(entry.nodeId, entry.partition);
    const leaving: KeptPartition[] = [];
    let free = this.budget - this.#bytes;
    for (const kept of this.#kept.values()) {
      if (free >= entry.bytes) break;
      if (kept.nodeId === entry.nodeId) continue;
      leaving.push(kept);
      free += kept.bytes;
    }
    if (free < entry.bytes) return undefined;
    for (const kept of leaving) this.drop(kept.nodeId, kept.partition);
    this.#kept.set(keyOf(entry.nodeId, entry.partition), entry);
    this.#bytes += entry.bytes;
    return leaving;
  }

  drop(nodeId: number, partition: number): void {
    const key = keyOf(nodeId, partition);
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }

  /** Forgets all partitions of a node. */
  forget(nodeId: number): void {
    for (const kept of [...this.#kept.values()]) if (kept.nodeId === nodeId) this.drop(nodeId, kept.partition);
  }
}

function keyOf(nodeId: number, partition: number): string {
  return `${nodeId}:${partition}`;
}
