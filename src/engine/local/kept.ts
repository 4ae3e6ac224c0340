/**
 * Which partitions of persisted nodes are kept, and where: in a worker's heap, as bytes that all workers share, or (known
 * to be empty) nowhere at all. The driver never holds records itself.
 */
import type { PlanNode } from "../../plan/plan.ts";
import type { StorageLevel } from "../storage-level.ts";
import type { Kept, Place } from "../stages/holdings.ts";
import type { BlockRef } from "../stages/protocol.ts";

interface Node {
  readonly level: StorageLevel;
  readonly places: Map<number, Place>;
}

export class KeptPartitions implements Kept {
  readonly #nodes = new Map<number, Node>();
  readonly #free: (block: BlockRef) => void;

  /** @param free gives back the memory or the file of a block that is no longer kept */
  constructor(free: (block: BlockRef) => void) {
    this.#free = free;
  }

  /** Asks for the node's partitions to be kept from now on. */
  persist(nodeId: number, level: StorageLevel): void {
    const places = this.#nodes.get(nodeId)?.places ?? new Map<number, Place>();
    this.#nodes.set(nodeId, { level, places });
  }

  unpersist(nodeId: number): void {
    for (const place of this.#nodes.get(nodeId)?.places.values() ?? []) this.#release(place);
    this.#nodes.delete(nodeId);
  }

  /** Undefined unless the node is persisted. */
  levelOf(nodeId: number): StorageLevel | undefined {
    return this.#nodes.get(nodeId)?.level;
  }

  placeOf(nodeId: number, partition: number): Place | undefined {
    return this.#nodes.get(nodeId)?.places.get(partition);
  }

  /** True when none of the node's `count` partitions has to be computed. */
  hasAll(nodeId: number, count: number): boolean {
    return this.#nodes.get(nodeId)?.places.size === count;
  }

  /** A worker reports that it keeps a partition. What it replaces is freed. False: nobody wants it any more. */
  add(nodeId: number, partition: number, place: Place): boolean {
    const node = this.#nodes.get(nodeId);
    if (node === undefined) {
      this.#release(place);
      return false;
    }
    const old = node.places.get(partition);
    if (old !== undefined && old.block !== place.block) this.#release(old);
    node.places.set(partition, place);
    return true;
  }

  place({ id }: PlanNode, partition: number): Place | undefined {
    return this.placeOf(id, partition);
  }

  addEmpty({ id }: PlanNode, partition: number): void {
    this.add(id, partition, {});
  }

  /** Gives the bytes that are kept of `from` to `to`, whose partition is in some heap only, and forgets `from`. */
  moveBlock(from: number, to: number, partition: number): void {
    const block = this.placeOf(from, partition)?.block;
    const place = this.placeOf(to, partition);
    if (block !== undefined && place !== undefined && place.block === undefined) {
      this.#nodes.get(to)?.places.set(partition, { ...place, block });
      this.#nodes.get(from)?.places.delete(partition);
    }
    this.unpersist(from);
  }

  /** The worker has no longer got the partition in its heap. */
  drop(nodeId: number, partition: number, worker: number): void {
    const node = this.#nodes.get(nodeId);
    const place = node?.places.get(partition);
    if (node === undefined || place === undefined || place.worker !== worker) return;
    if (place.block === undefined) node.places.delete(partition);
    else node.places.set(partition, { block: place.block });
  }

  /** Forgets what was in the heap of a worker that is no more. */
  dropWorker(worker: number): void {
    for (const [nodeId, node] of this.#nodes) {
      for (const partition of [...node.places.keys()]) this.drop(nodeId, partition, worker);
    }
  }

  /** Ids of all persisted nodes. */
  nodeIds(): number[] {
    return [...this.#nodes.keys()];
  }

  #release(place: Place): void {
    if (place.block !== undefined) this.#free(place.block);
  }
}
