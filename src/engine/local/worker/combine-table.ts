/**
 * Keys and what their values have been combined to: the heart of `reduceByKey` and its kin, on both sides of a shuffle.
 *
 *     slots (open addressing)             entries, from 1, in order of first appearance
 *     ┌──────┬───┬──────┬───┬──────┬─     hashes [ –, h1, h2, … ]   hashKey, which also decides the reduce partition
 *     │ hash │ e │ hash │ 0 │ hash │      keys   [ –, k1, k2, … ]
 *     └──────┴───┴──────┴───┴──────┴─     values [ –, v1, v2, … ]
 *
 * A key is hashed once in its life: the hash travels with it. Hash and entry number share a cache line, so that a probe that
 * misses touches nothing else. Generated loops search the table themselves, by the text in `probeText`; all that is rare
 * (a new key, growing) is a method here.
 */
import { hashKey } from "../../../codec/hash.ts";
import { keysEqual } from "../../../codec/equality.ts";
import { spread } from "../../../codec/string-hash.ts";

const smallest = 16;

export class CombineTable {
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

  /** Merges a value in; for code that is not generated. */
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
    for (let entry = 1; entry < keys.length; entry++) visit(keys[entry], hashes[entry] as number, values[entry]);
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
    for (let entry = 1; entry < this.hashes.length; entry++) this.#deal(entry, hashes[entry] as number);
    this.hashes = hashes;
  }
}

/** Computes `h`, the hash of the key `k`, and `m`, the same with its bits mixed. */
export function hashText(k: string): string[] {
  return [
    "let h = 0;",
    `if (typeof ${k} === "string") {`,
    `  for (let c = 0; c < ${k}.length; c++) h = (imul(h, 31) + ${k}.charCodeAt(c)) | 0;`,
    `} else if (typeof ${k} !== "number" || (h = ${k} | 0) !== ${k}) h = hashKey(${k});`,
    ...mixText,
  ];
}

/** `m` from `h`: `spread`, written out. */
export const mixText: readonly string[] = ["let m = imul(h ^ (h >>> 16), 0x45d9f3b);", "m ^= m >>> 15;"];

/** Searches the table `t` (its fields in variables) for `k` with `h` and `m`, and merges `v` or inserts it. */
export function probeText(k: string, v: string): string[] {
  return [
    "let p = m & mask, e;",
    `while ((e = slots[2 * p + 1]) !== 0 && (slots[2 * p] !== h || (keys[e] !== ${k} && (typeof ${k} === "string" || !keysEqual(keys[e], ${k}))))) p = (p + 1) & mask;`,
    `if (e !== 0) values[e] = merge(values[e], ${v});`,
    "else {",
    `  t.insert(${k}, h, create(${v}));`,
    "  slots = t.slots; mask = t.mask;",
    "}",
  ];
}

/** The variables `probeText` uses. */
export const tableVariables = "const keys = t.keys, values = t.values; let slots = t.slots, mask = t.mask;";

/** What the texts above refer to by name. */
export const tableNames = { imul: Math.imul, hashKey, keysEqual };
