/**
 * Partitions kept as JavaScript values in this worker's heap (deserialized storage levels), the least recently used leaving first.
 * The chunks are shared with whoever reads them and never changed.
 */
import type { Chunk } from "../../plan/plan.ts";
import { Resident } from "../../plan/resident.ts";
import type { PlainLevel } from "../stages/protocol.ts";

export interface KeptPartition {
  readonly nodeId: number;
  readonly partition: number;
  readonly level: PlainLevel;
  readonly chunks: readonly Chunk[];
  /** Estimated. That of a resident is asked for again, since it changes. */
  readonly bytes: number;
}

/** The name of a partition. */
export type PartitionName = Pick<KeptPartition, "nodeId" | "partition">;

export class PartitionCache {
  /** Estimated bytes that may be kept. */
  readonly budget: number;
  /** In order of last use. */
  readonly #kept = new Map<string, KeptPartition>();
  readonly #homes = new WeakMap<Resident, PartitionName>();

  constructor(budget: number) {
    this.budget = budget;
  }

  /** A state that has been taken over is no longer here. */
  get(nodeId: number, partition: number): readonly Chunk[] | undefined {
    const key = keyOf(nodeId, partition);
    const kept = this.#kept.get(key);
    if (kept === undefined || isGone(kept)) return undefined;
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
      free += bytesOf(kept);
    }
    if (free < entry.bytes) return undefined;
    for (const kept of leaving) this.drop(kept.nodeId, kept.partition);
    this.#kept.set(keyOf(entry.nodeId, entry.partition), entry);
    const resident = residentOf(entry.chunks);
    if (resident !== undefined) this.#homes.set(resident, { nodeId: entry.nodeId, partition: entry.partition });
    return leaving;
  }

  /** Drops the states that have been taken over, and says which partitions they were. */
  sweep(): PartitionName[] {
    const gone = [...this.#kept.values()].filter(isGone);
    for (const { nodeId, partition } of gone) this.drop(nodeId, partition);
    return gone.map(({ nodeId, partition }) => ({ nodeId, partition }));
  }

  /** The partition that a resident was kept as. */
  homeOf(resident: Resident): PartitionName | undefined {
    return this.#homes.get(resident);
  }

  drop(nodeId: number, partition: number): void {
    this.#kept.delete(keyOf(nodeId, partition));
  }

  /** Forgets all partitions of a node. */
  forget(nodeId: number): void {
    for (const kept of [...this.#kept.values()]) if (kept.nodeId === nodeId) this.drop(nodeId, kept.partition);
  }

  get #bytes(): number {
    let bytes = 0;
    for (const kept of this.#kept.values()) bytes += bytesOf(kept);
    return bytes;
  }
}

/** The resident that a partition consists of, if it is one. */
export function residentOf(chunks: readonly Chunk[]): Resident | undefined {
  const record = chunks[0]?.[0];
  return record instanceof Resident ? record : undefined;
}

/** True for a state that has been taken over. */
export function isGone({ chunks }: Pick<KeptPartition, "chunks">): boolean {
  return residentOf(chunks)?.isValid === false;
}

function bytesOf({ chunks, bytes }: KeptPartition): number {
  return residentOf(chunks)?.bytes ?? bytes;
}

function keyOf(nodeId: number, partition: number): string {
  return `${nodeId}:${partition}`;
}
