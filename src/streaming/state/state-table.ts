/**
 * The state of one partition: keys by value, and for each what is remembered of it.
 *
 *     keys   [ –, "a", "b",  ·,  "d" ]      entries keep their numbers during a batch; a removed key leaves a hole
 *     states [ –, s₁,  s₂,   ·,  s₄  ]
 *     stamps [ –, t₁,  t₂,   ·,  t₄  ]      time of the batch that last touched the key, in ms
 *
 * A batch changes the table in place, so that its cost follows the keys it touches. The order is that in which keys came (again,
 * if they had been removed), whatever has been removed in between: it is the same after a table has been read back.
 */
import { hashKey } from "../../codec/hash.ts";
import { KeyTable } from "../../codec/key-table.ts";
import { copyOf } from "../../rdd/kernels/fresh.ts";

/** Bytes of an entry besides key and state: its places in the columns and in the hash table. */
const entryBytes = 48;

/** A key that was removed, and when. */
export type Removal = readonly [key: unknown, time: number];

export class StateTable {
  #table = new KeyTable();
  #stamps = new Float64Array(16);
  #holes = new Uint8Array(16);
  #removed = 0;
  #removals: Removal[] = [];

  /** How many keys there are. */
  get size(): number {
    return this.#table.size - this.#removed;
  }

  /** One more than the last entry; entries begin at 1. Only those that are `used` count. */
  get end(): number {
    return this.#table.keys.length;
  }

  isUsed(entry: number): boolean {
    return this.#holes[entry] === 0;
  }

  key(entry: number): unknown {
    return this.#table.keys[entry];
  }

  state(entry: number): unknown {
    return this.#table.values[entry];
  }

  stamp(entry: number): number {
    return this.#stamps[entry] as number;
  }

  /** The entry of a key; 0 when there is none. */
  find(key: unknown): number {
    return this.#table.find(key, hashKey(key));
  }

  /** The entry of a key, which is made with this state when there is none. */
  findOrAdd(key: unknown, state: unknown, stamp: number): number {
    const hash = hashKey(key);
    return this.#table.find(key, hash) || this.#add(key, hash, state, stamp);
  }

  set(entry: number, state: unknown, stamp: number): void {
    this.#table.values[entry] = state;
    this.#stamps[entry] = stamp;
  }

  /** @param logged the time to note the removal under, for who saves only what has changed */
  remove(entry: number, logged?: number): void {
    if (logged !== undefined) this.noteRemoval(this.key(entry), logged);
    this.#table.remove(entry);
    this.#holes[entry] = 1;
    this.#removed++;
  }

  /** Notes the removal of a key that is not here any more. */
  noteRemoval(key: unknown, time: number): void {
    this.#removals.push([key, time]);
  }

  /** The removals that were noted after this time. */
  removalsAfter(time: number): Removal[] {
    return this.#removals.filter(([, removed]) => removed > time);
  }

  /** Forgets the removals up to this time, which have been saved. */
  forgetRemovals(time: number): void {
    if ((this.#removals[0]?.[1] ?? Number.POSITIVE_INFINITY) <= time) this.#removals = this.removalsAfter(time);
  }

  /** Closes the holes when there are more of them than keys. Entries get new numbers. */
  compact(): void {
    if (this.#removed < 64 || this.#removed <= this.size) return;
    const { keys, values, hashes } = this.#table;
    const [stamps, holes] = [this.#stamps, this.#holes];
    this.#table = new KeyTable();
    this.#stamps = new Float64Array(16);
    this.#holes = new Uint8Array(16);
    this.#removed = 0;
    for (let entry = 1; entry < keys.length; entry++) {
      if (holes[entry] === 0) this.#add(keys[entry], hashes[entry] as number, values[entry], stamps[entry] as number);
    }
  }

  /** Another table with the same content; states that are objects are copied. */
  copy(): StateTable {
    const copy = new StateTable();
    for (let entry = 1; entry < this.end; entry++) {
      if (this.isUsed(entry)) copy.findOrAdd(this.key(entry), copyOf(this.state(entry)), this.stamp(entry));
    }
    copy.#removals = this.#removals.slice();
    return copy;
  }

  /** Heap that it takes, from a sample of keys and states. */
  bytes(sizeOf: (value: unknown) => number): number {
    const step = Math.max(1, Math.floor(this.end / 32));
    let sampled = 0;
    let bytes = 0;
    for (let entry = 1; entry < this.end; entry += step) {
      if (!this.isUsed(entry)) continue;
      sampled++;
      bytes += sizeOf(this.key(entry)) + sizeOf(this.state(entry));
    }
    return this.end * entryBytes + (sampled === 0 ? 0 : (bytes / sampled) * this.size);
  }

  #add(key: unknown, hash: number, state: unknown, stamp: number): number {
    this.#table.insert(key, hash, state);
    const entry = this.#table.size;
    if (entry >= this.#stamps.length) {
      this.#stamps = grown(this.#stamps, new Float64Array(2 * entry));
      this.#holes = grown(this.#holes, new Uint8Array(2 * entry));
    }
    this.#stamps[entry] = stamp;
    return entry;
  }
}

function grown<A extends Float64Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
