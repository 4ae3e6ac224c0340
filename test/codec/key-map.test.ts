import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { keysEqual } from "../../src/codec/equality.ts";
import { hashKey } from "../../src/codec/hash.ts";
import { KeyMap } from "../../src/codec/key-map.ts";
import { anyKey } from "./arbitrary.ts";

/** The same map, by trying every key. */
class Model {
  entries: [unknown, number][] = [];
  find(key: unknown): [unknown, number] | undefined {
    return this.entries.find(([other]) => keysEqual(other, key));
  }
  set(key: unknown, value: number): void {
    const entry = this.find(key);
    if (entry) entry[1] = value;
    else this.entries.push([key, value]);
  }
  delete(key: unknown): boolean {
    const entry = this.find(key);
    this.entries = this.entries.filter(other => other !== entry);
    return entry !== undefined;
  }
}

test("does what a search through all keys would do", () => {
  const step = fc.tuple(fc.constantFrom("set", "set", "set", "delete", "update", "get"), anyKey, fc.nat());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: "max" }), steps => {
      const map = new KeyMap<unknown, number>();
      const model = new Model();
      for (const [what, key, value] of steps) {
        if (what === "set") {
          map.set(key, value);
          model.set(key, value);
        } else if (what === "delete") assert.equal(map.delete(key), model.delete(key));
        else if (what === "update") {
          assert.equal(
            map.update(key, old => (old ?? 0) + value),
            (model.find(key)?.[1] ?? 0) + value,
          );
          model.set(key, (model.find(key)?.[1] ?? 0) + value);
        } else {
          assert.equal(map.get(key), model.find(key)?.[1]);
          assert.equal(map.has(key), model.find(key) !== undefined);
          assert.equal(map.getHashed(key, hashKey(key)), model.find(key)?.[1]);
        }
        assert.equal(map.size, model.entries.length);
      }
      const entries = map.toArray();
      assert.equal(entries.length, model.entries.length);
      // The very keys that came first, in the order in which they came.
      entries.forEach(([key, value], i) =>
        assert.ok(Object.is(key, model.entries[i]?.[0]) && value === model.entries[i]?.[1]),
      );
      assert.deepEqual([...map], entries);
      assert.deepEqual(
        [...map.keys()],
        entries.map(([key]) => key),
      );
      assert.deepEqual(
        [...map.values()],
        entries.map(([, value]) => value),
      );
    }),
    { numRuns: 300 },
  );
});

test("many keys, many deleted, many again", () => {
  const map = new KeyMap<string | number, number>();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 20_000; i++) map.set(i % 2 ? i : `key ${i}`, i + round);
    for (let i = 0; i < 20_000; i += 3) assert.ok(map.delete(i % 2 ? i : `key ${i}`));
    assert.equal(map.size, 20_000 - 6667);
    for (let i = 0; i < 20_000; i++) assert.equal(map.get(i % 2 ? i : `key ${i}`), i % 3 === 0 ? undefined : i + round);
  }
  map.clear();
  assert.deepEqual([map.size, map.get(1), [...map]], [0, undefined, []]);
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

test("after long churn the map is what it should be", () => {
  const map = new KeyMap<number, number>();
  for (let i = 0; i < 200_000; i++) {
    map.set(i, i);
    if (i >= 10) map.delete(i - 10);
  }
  assert.equal(map.size, 10);
  assert.deepEqual(
    [...map.keys()],
    [199_990, 199_991, 199_992, 199_993, 199_994, 199_995, 199_996, 199_997, 199_998, 199_999],
  );
});

test("deleting and replacing while iterating is fine, adding is not", () => {
  const map = new KeyMap<number, number>();
  for (let i = 0; i < 10; i++) map.set(i, i);
  for (const [key] of map) {
    if (key % 2) map.delete(key);
    else map.set(key, -key);
  }
  assert.deepEqual(map.toArray(), [
    [0, -0],
    [2, -2],
    [4, -4],
    [6, -6],
    [8, -8],
  ]);
  assert.throws(
    () => {
      for (const [key] of map) map.set(key + 100, 0);
    },
    { code: "DSTREAMS_ILLEGAL_STATE" },
  );
});

test("an update whose function changes the map itself", () => {
  const map = new KeyMap<string, number>();
  map.update("a", () => {
    for (let i = 0; i < 100; i++) map.set(`other ${i}`, i);
    map.set("a", 5);
    return 1;
  });
  assert.deepEqual([map.get("a"), map.size, map.get("other 7")], [1, 101, 7]);
  map.update("a", old => {
    map.delete("a");
    return (old ?? 0) + 1;
  });
  assert.deepEqual([map.get("a"), map.size, [...map.keys()].at(-1)], [2, 101, "a"]);
});

test("what cannot be a key is refused by every method", () => {
  const map = new KeyMap<unknown, number>();
  const methods = [
    () => map.get(map),
    () => map.set(map, 1),
    () => map.has(map),
    () => map.delete(map),
    () => map.update(map, () => 1),
  ];
  for (const method of methods) assert.throws(method, { code: "DSTREAMS_KEY", message: /^a KeyMap cannot be a key/ });
  assert.equal(map.size, 0);
});
