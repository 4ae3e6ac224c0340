import { hashKey } from "./hash.ts";
import { KeyTable } from "./key-table.ts";

/**
 * A map by value: what `Map` would be if two equal arrays were one key. Keys are in the order in which they first came, and the
 * one that came first is kept and handed out.
 *
 * @throws DStreamsError DSTREAMS_KEY (from every method that takes a key) when the key cannot be one.
 * @example
 * ```ts
 * const counts = new KeyMap<[string, number], number>();
 * const keys: [string, number][] = [["a", 1], ["b", 1], ["a", 1]];
 * for (const key of keys) counts.merge(key, 1, one => one, (a, b) => a + b);
 * console.log(counts.get(["a", 1]));
 * ```
 * ```text
 * 2
 * ```
 */
export class KeyMap<K, V> {
  readonly #table = new KeyTable();

  /** How many keys there are. */
  get size(): number {
    return this.#table.size;
  }

  get(key: K): V | undefined {
    return this.#table.values[this.#table.find(key, hashKey(key))] as V | undefined;
  }

  has(key: K): boolean {
    return this.#table.find(key, hashKey(key)) !== 0;
  }

  set(key: K, value: V): this {
    const hash = hashKey(key);
    const entry = this.#table.find(key, hash);
    if (entry === 0) this.#table.insert(key, hash, value);
    else this.#table.values[entry] = value;
    return this;
  }

  /** Sets a new key to what `create` makes of the value, another one to what `merge` makes of its own and this. One search. */
  merge<W>(key: K, value: W, create: (value: W) => V, merge: (a: V, b: W) => V): void {
    this.#table.merge(key, value, create as (value: unknown) => unknown, merge as (a: unknown, b: unknown) => unknown);
  }

  /** Keys that are added meanwhile come too. */
  *entries(): IterableIterator<[K, V]> {
    const { keys, values } = this.#table;
    for (let entry = 1; entry < keys.length; entry++) yield [keys[entry] as K, values[entry] as V];
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }
}
