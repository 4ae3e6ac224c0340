/** The table of a state against a Map, which keeps keys in the same order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ResidentLost } from "../../src/plan/resident.ts";
import { StateTable } from "../../src/streaming/state/state-table.ts";
import { Version, versionOf } from "../../src/streaming/state/version.ts";

const key = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.string({ maxLength: 2 }),
  fc.constantFrom(null, undefined, [1], [1, "a"]),
);
const commands = fc.array(fc.tuple(fc.constantFrom("set", "set", "remove", "compact"), key, fc.nat(9)), {
  maxLength: 300,
});

function entriesOf(table: StateTable): unknown[] {
  return [...new Version(table).read((each, entry) => [each.key(entry), each.state(entry), each.stamp(entry)])];
}

test("sets, removes and closes its holes as a map would, in the map's order", () => {
  fc.assert(
    fc.property(commands, all => {
      const table = new StateTable();
      const map = new Map<string, [unknown, unknown, number]>();
      for (const [command, k, n] of all) {
        const name = JSON.stringify(k) ?? "undefined";
        if (command === "set") {
          table.set(table.findOrAdd(k, n, 0), n, n);
          map.set(name, [k, n, n]);
        } else if (command === "remove") {
          const entry = table.find(k);
          assert.equal(entry !== 0, map.delete(name));
          if (entry !== 0) table.remove(entry);
        } else table.compact();
      }
      assert.equal(table.size, map.size);
      assert.deepEqual(entriesOf(table), [...map.values()]);
      assert.deepEqual(entriesOf(table.copy()), [...map.values()]);
      assert.deepEqual(entriesOf(versionOf([...new Version(table, ["out"]).toChunks()].flat()).table), [
        ...map.values(),
      ]);
    }),
  );
});

test("many keys that come and go leave no holes behind", () => {
  const table = new StateTable();
  for (let i = 0; i < 100_000; i++) {
    table.findOrAdd(`key ${i}`, i, i);
    if (i >= 100) table.remove(table.find(`key ${i - 100}`));
    if (i % 10 === 0) table.compact();
  }
  assert.equal(table.size, 100);
  assert.ok(table.end < 400, `${table.end} entries`);
});

test("removals are remembered until they have been saved", () => {
  const table = new StateTable();
  for (const time of [1, 2, 3]) {
    table.findOrAdd(time, time, time);
    table.remove(table.find(time), time);
  }
  table.remove(table.findOrAdd("unlogged", 0, 0));
  assert.deepEqual(table.removalsAfter(1), [
    [2, 2],
    [3, 3],
  ]);
  table.forgetRemovals(2);
  assert.deepEqual(table.removalsAfter(0), [[3, 3]]);
});

test("a version that is being read is copied and not taken; else it is over", () => {
  const table = new StateTable();
  for (const k of ["a", "b", "c"]) table.findOrAdd(k, { of: k }, 1);
  const version = new Version(table);
  const reading = version.read((each, entry) => each.key(entry));
  assert.equal(reading.next().value, "a");
  const copy = version.take();
  copy.remove(copy.find("b"));
  (copy.state(copy.find("c")) as { of: string }).of = "changed";
  assert.deepEqual([...reading], ["b", "c"]);
  assert.deepEqual(table.state(table.find("c")), { of: "c" });
  const closed = version.read(() => 0);
  closed.return?.();
  assert.throws(() => [...version.read(() => assert.fail("see"))], /see/);
  assert.equal(version.take(), table);
  assert.equal(version.isValid, false);
  assert.throws(() => version.table, ResidentLost);
});

test("a version that has been bytes still knows what was removed, for the next save of changes", () => {
  const table = new StateTable();
  for (const k of ["a", "b", "c"]) table.findOrAdd(k, 1, 1000);
  table.remove(table.find("b"), 2000);
  const records = [...new Version(table).toChunks()].flat();
  const { table: back } = versionOf(records);
  assert.deepEqual(entriesOf(back), [
    ["a", 1, 1000],
    ["c", 1, 1000],
  ]);
  assert.deepEqual(back.removalsAfter(1000), [["b", 2000]]);
  assert.deepEqual([...new Version(back).toChunks(1000)].flat(), [["b", 2000]], "what has changed since 1000");
});
