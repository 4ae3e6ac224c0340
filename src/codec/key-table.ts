/**
 * Keys by value, each with a value of its own: the one hash table of this package. `KeyMap` is its friendly face; the engine's
 * generated loops search it themselves, which is why all of it is open.
 *
 *     slots (open addressing)             entries, from 1, in order of first appearance
 *     ┌──────┬───┬──────┬───┬──────┬─     hashes [ –, h1, h2, … ]   hashKey, which also decides the reduce partition
 *     │ hash │ e │ hash │ 0 │ hash │      keys   [ –, k1, k2, … ]
 *     └──────┴───┴──────┴───┴──────┴─     values [ –, v1, v2, … ]
 *
 * A key is hashed once in its life: growing deals out the stored hashes, and a shuffle ships them. Hash and entry number share a
 * cache line, so that a probe that misses touches nothing else; that is what makes this faster than `Map`. Nor is there a
 * limit at 2^24 entries, as there is for `Map`. What is taken out leaves a hole among the entries, so that the others keep their
 * numbers; who takes out often makes a new table now and then.
 */
import { keysEqual } from "./equality.ts";
import { hashKey } from "./hash.ts";
import { spread } from "./string-hash.ts";

const smallest = 16;

/** Stands where a key has been taken out. No key is one, since symbols cannot be keys. */
const hole = Symbol("hole");

export class KeyTable {
  /** Pairs of hash and entry number (0: free). */
  slots = new Int32Array(2 * smallest);
  mask = smallest - 1;
  hashes = new Int32Array(smallest >> 1);
  readonly keys: unknown[] = [undefined];
  readonly values: unknown[] = [undefined];

  /** How many keys there are. */
  get size(): number {
    return this.keys.length - 1;
  }

  /** The entry of a key; 0 when it is new. */
  find(key: unknown, hash: number): number {
    const { slots, mask, keys } = this;
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[2 * slot + 1] as number;
      if (entry === 0) return 0;
      if (slots[2 * slot] === hash && (keys[entry] === key || (typeof key !== "string" && keysEqual(keys[entry], key))))
        return entry;
    }
  }

  /** Adds a key that `find` did not find. */
  insert(key: unknown, hash: number, value: unknown): void {
    const entry = this.keys.push(key) - 1;
    this.values.push(value);
    if (entry === this.hashes.length) this.#grow();
    this.hashes[entry] = hash;
    this.#deal(entry, hash);
  }

  /** Takes a key out; its entry becomes a hole. */
  remove(entry: number): void {
    const { slots, mask } = this;
    let free = spread(this.hashes[entry] as number) & mask;
    while (slots[2 * free + 1] !== entry) free = (free + 1) & mask;
    // Those behind that are not where they would like to be move up, so that no search ends too early.
    for (let slot = (free + 1) & mask; slots[2 * slot + 1] !== 0; slot = (slot + 1) & mask) {
      const home = spread(slots[2 * slot] as number) & mask;
      if (((slot - home) & mask) < ((slot - free) & mask)) continue;
      slots[2 * free] = slots[2 * slot] as number;
      slots[2 * free + 1] = slots[2 * slot + 1] as number;
      free = slot;
    }
    slots[2 * free + 1] = 0;
    this.keys[entry] = hole;
    this.values[entry] = undefined;
  }

  /** Merges a value into its key's, or begins with it. */
  merge(
    key: unknown,
    value: unknown,
    create: (value: unknown) => unknown,
    merge: (a: unknown, b: unknown) => unknown,
  ): void {
    const hash = hashKey(key);
    const entry = this.find(key, hash);
    if (entry !== 0) this.values[entry] = merge(this.values[entry], value);
    else this.insert(key, hash, create(value));
  }

  /** Every key, in order of first appearance. */
  forEach(visit: (key: unknown, hash: number, value: unknown) => void): void {
    const { keys, values, hashes } = this;
    for (let entry = 1; entry < keys.length; entry++) {
      if (keys[entry] !== hole) visit(keys[entry], hashes[entry] as number, values[entry]);
    }
  }

  #deal(entry: number, hash: number): void {
    const { slots, mask } = this;
    let slot = spread(hash) & mask;
    while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
    slots[2 * slot] = hash;
    slots[2 * slot + 1] = entry;
  }

  /** Doubles the room for entries, and keeps at least half of the slots free. */
  #grow(): void {
    const hashes = new Int32Array(this.hashes.length * 2);
    hashes.set(this.hashes);
    const slots = hashes.length * 2;
    this.slots = new Int32Array(2 * slots);
    this.mask = slots - 1;
    for (let entry = 1; entry < this.hashes.length; entry++) {
      if (this.keys[entry] !== hole) this.#deal(entry, hashes[entry] as number);
    }
    this.hashes = hashes;
  }
}
