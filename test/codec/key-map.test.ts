import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { keysEqual } from "../../src/codec/equality.ts";
import { hashKey } from "../../src/codec/hash.ts";
import { KeyMap } from "../../src/codec/key-map.ts";
import { anyKey } from "./arbitrary.ts";

/** The same map, by trying every key. */
class Model {
  readonly entries: [unknown, number][] = [];
  find(key: unknown): [unknown, number] | undefined {
    return this.entries.find(([other]) => keysEqual(other, key));
  }
  set(key: unknown, value: number): void {
    const entry = this.find(key);
    if (entry) entry[1] = value;
    else this.entries.push([key, value]);
  }
}

test("does what a search through all keys would do", () => {
  const step = fc.tuple(fc.constantFrom("set", "merge", "get"), anyKey, fc.nat());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: "max" }), steps => {
      const map = new KeyMap<unknown, number>();
      const model = new Model();
      for (const [what, key, value] of steps) {
        const before = model.find(key)?.[1];
        if (what === "set") {
          map.set(key, value);
          model.set(key, value);
        } else if (what === "merge") {
          map.merge(
            key,
            value,
            first => -first,
            (a, b) => a + b,
          );
          model.set(key, before === undefined ? -value : before + value);
        }
        assert.equal(map.get(key), model.find(key)?.[1]);
        assert.equal(map.has(key), model.find(key) !== undefined);
        assert.equal(map.size, model.entries.length);
      }
      // The very keys that came first, in the order in which they came.
      const entries = [...map];
      assert.equal(entries.length, model.entries.length);
      entries.forEach(([key, value], i) =>
        assert.ok(Object.is(key, model.entries[i]?.[0]) && value === model.entries[i]?.[1]),
      );
    }),
    { numRuns: 300 },
  );
});

test("many keys of two kinds", () => {
  const map = new KeyMap<string | number, number>();
  const keyOf = (i: number): string | number => (i % 2 ? i : `key ${i}`);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 100_000; i++) map.set(keyOf(i), i + round);
    assert.equal(map.size, 100_000);
    for (let i = 0; i < 100_000; i++) assert.equal(map.get(keyOf(i)), i + round);
  }
});

test("keys whose hashes collide", () => {
  const map = new KeyMap<string, number>();
  const keys = Array.from({ length: 1 << 11 }, (_, bits) =>
    Array.from({ length: 11 }, (_, i) => (bits & (1 << i) ? "Aa" : "BB")).join(""),
  );
  assert.equal(new Set(keys.map(hashKey)).size, 1);
  keys.forEach((key, i) => map.set(key, i));
  keys.forEach((key, i) => assert.equal(map.get(key), i));
});

test("values may change, and keys be added, while it is iterated", () => {
  const map = new KeyMap<number, number>().set(0, 0).set(1, 1);
  for (const [key] of map) {
    map.set(key, -key);
    if (key < 100) map.set(key + 2, 0);
  }
  assert.equal(map.size, 102);
  assert.ok([...map].every(([key, value], i) => key === i && value === -key));
});

test("what cannot be a key is refused by every method", () => {
  const map = new KeyMap<unknown, number>();
  const methods = [
    () => map.get(map),
    () => map.set(map, 1),
    () => map.has(map),
    () => map.merge(map, 1, Number, Math.max),
  ];
  for (const method of methods) assert.throws(method, { code: "DSTREAMS_KEY", message: /^a KeyMap cannot be a key/ });
  assert.equal(map.size, 0);
});
