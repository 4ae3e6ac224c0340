/**
 * A map by value: what `Map` would be if two equal arrays were one key.
 *
 *     slots (open addressing)                   entries (in first-insertion order)
 *     ┌──────┬───┬──────┬───┬──────┬─           hashes  [ h0, h1, h2, … ]
 *     │ hash │ e │ hash │ 0 │ hash │  ────────▶ keys    [ k0, k1, k2, … ]
 *     └──────┴───┴──────┴───┴──────┴─           values  [ v0, v1, v2, … ]
 *       e: entry number + 1; 0 is free
 *
 * A key is hashed once; growing only deals out the stored hashes. A key is looked at only after its stored hash matched, and the
 * hash lies beside the entry number: so a search costs one cache miss until it hits, which is what makes this faster than `Map`. A deleted entry stays as a tombstone (still found by the probe,
 * never equal to anything) until the table is next rebuilt. There is no limit at 2^24 entries, as there is for `Map`.
 */
import { DStreamsError } from "../base/errors.ts";
import { keysEqual } from "./equality.ts";
import { hashKey } from "./hash.ts";
import { spread } from "./string-hash.ts";

/** Stands in for the key of a deleted entry. */
const deleted: unique symbol = Symbol("deleted");

const smallest = 16;

/**
 * Keys by value (`keysEqual`), in first-insertion order. The key that came first is the one kept and handed out.
 * While it is iterated, keys may be deleted and given new values, but not added.
 *
 * @throws DStreamsError DSTREAMS_KEY (from every method that takes a key) when the key cannot be one.
 * @example
 * ```ts
 * const counts = new KeyMap<[string, number], number>();
 * counts.update(["a", 1], n => (n ?? 0) + 1);
 * counts.get(["a", 1]); // 1
 * ```
 */
export class KeyMap<K, V> {
  #slots = new Int32Array(2 * smallest);
  #hashes = new Int32Array(smallest >> 1);
  #keys: (K | typeof deleted)[] = [];
  #values: (V | undefined)[] = [];
  #size = 0;
  /** Counts additions, so that iterators notice them. */
  #additions = 0;

  /** How many keys there are. */
  get size(): number {
    return this.#size;
  }

  get(key: K): V | undefined {
    const entry = this.#find(key, hashKey(key));
    return entry < 0 ? undefined : this.#values[entry];
  }

  has(key: K): boolean {
    return this.#find(key, hashKey(key)) >= 0;
  }

  set(key: K, value: V): this {
    return this.setHashed(key, hashKey(key), value);
  }

  /** `get` for a caller that knows `hashKey(key)` already, as a shuffle that ships a column of hashes does. */
  getHashed(key: K, hash: number): V | undefined {
    const entry = this.#find(key, hash);
    return entry < 0 ? undefined : this.#values[entry];
  }

  /** `set` for a caller that knows `hashKey(key)` already. */
  setHashed(key: K, hash: number, value: V): this {
    const entry = this.#find(key, hash);
    if (entry < 0) this.#add(key, hash, value);
    else this.#values[entry] = value;
    return this;
  }

  /** Sets the key to `fn` of its value, which is undefined when there is none yet; returns the new value. One hash, one search. */
  update(key: K, fn: (value: V | undefined) => V): V {
    const hash = hashKey(key);
    const before = this.#additions;
    const entry = this.#find(key, hash);
    const value = fn(entry < 0 ? undefined : this.#values[entry]);
    // The function may itself have changed this map; then the place found is no longer to be trusted.
    if (this.#additions !== before) this.setHashed(key, hash, value);
    else if (entry < 0) this.#add(key, hash, value);
    else if (this.#keys[entry] === deleted) this.#add(key, hash, value);
    else this.#values[entry] = value;
    return value;
  }

  /** True when the key was there. */
  delete(key: K): boolean {
    const entry = this.#find(key, hashKey(key));
    if (entry < 0) return false;
    this.#keys[entry] = deleted;
    this.#values[entry] = undefined;
    this.#size--;
    return true;
  }

  clear(): void {
    this.#slots = new Int32Array(2 * smallest);
    this.#hashes = new Int32Array(smallest >> 1);
    this.#keys = [];
    this.#values = [];
    this.#size = 0;
    this.#additions++;
  }

  *entries(): IterableIterator<[K, V]> {
    const before = this.#additions;
    for (let entry = 0; entry < this.#keys.length; entry++) {
      const key = this.#keys[entry];
      if (key === deleted) continue;
      yield [key as K, this.#values[entry] as V];
      if (this.#additions !== before) throw changedWhileIterated();
    }
  }

  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /** All entries as pairs; the fastest way to read the whole map. */
  toArray(): [K, V][] {
    const pairs: [K, V][] = [];
    for (let entry = 0; entry < this.#keys.length; entry++) {
      const key = this.#keys[entry];
      if (key !== deleted) pairs.push([key as K, this.#values[entry] as V]);
    }
    return pairs;
  }

  /** The entry of a key, or -1. */
  #find(key: K, hash: number): number {
    const slots = this.#slots;
    const mask = (slots.length >> 1) - 1;
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const entry = (slots[2 * slot + 1] as number) - 1;
      if (entry < 0) return -1;
      if (slots[2 * slot] !== hash) continue;
      const other = this.#keys[entry];
      if (other === key || (typeof key !== "string" && other !== deleted && keysEqual(other, key))) return entry;
    }
  }

  #add(key: K, hash: number, value: V): void {
    if (this.#keys.length === this.#hashes.length) this.#rebuild();
    const entry = this.#keys.length;
    this.#hashes[entry] = hash;
    this.#keys.push(key);
    this.#values.push(value);
    this.#size++;
    this.#additions++;
    this.#deal(entry, hash);
  }

  /** Drops tombstones, and doubles the table unless that freed half of it. */
  #rebuild(): void {
    const keys: (K | typeof deleted)[] = [];
    const values: (V | undefined)[] = [];
    const isFull = this.#size * 2 > this.#hashes.length;
    const hashes = new Int32Array(isFull ? this.#hashes.length * 2 : this.#hashes.length);
    for (let entry = 0; entry < this.#keys.length; entry++) {
      if (this.#keys[entry] === deleted) continue;
      hashes[keys.length] = this.#hashes[entry] as number;
      keys.push(this.#keys[entry] as K);
      values.push(this.#values[entry]);
    }
    this.#keys = keys;
    this.#values = values;
    this.#hashes = hashes;
    this.#slots = new Int32Array(4 * hashes.length);
    for (let entry = 0; entry < keys.length; entry++) this.#deal(entry, hashes[entry] as number);
  }

  #deal(entry: number, hash: number): void {
    const slots = this.#slots;
    const mask = (slots.length >> 1) - 1;
    let slot = spread(hash) & mask;
    while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
    slots[2 * slot] = hash;
    slots[2 * slot + 1] = entry + 1;
  }
}

function changedWhileIterated(): DStreamsError {
  return new DStreamsError("DSTREAMS_ILLEGAL_STATE", "A key was added to a KeyMap while it was being iterated.");
}
