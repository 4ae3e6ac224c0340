import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { HeldBytes } from "../../../src/engine/local/held-bytes.ts";

const mega = 2 ** 20;

test("garbage is collected when much is held, and again when it is twice what was left", () => {
  let collections = 0;
  const held = new HeldBytes(1000 * mega, () => collections++);
  const grow = (megabytes: number) => {
    for (let i = 0; i < megabytes; i++) held.add(mega);
    return collections;
  };
  assert.equal(grow(64), 0);
  assert.equal(grow(1), 1);
  assert.equal(grow(65), 1);
  assert.equal(grow(1), 2);
  held.remove(31 * mega);
  assert.equal(grow(100), 2);
  assert.equal(grow(1), 3);
  held.remove(201 * mega);
  assert.equal(grow(64), 3);
  assert.equal(grow(1), 4);
});

test("half of a small budget is much", () => {
  let collections = 0;
  const held = new HeldBytes(1000, () => collections++);
  held.add(500);
  assert.equal(collections, 0);
  held.add(1);
  assert.equal(collections, 1);
});

test("a collection finds what nobody can reach", async () => {
  const held = new HeldBytes(1000);
  let found = false;
  const registry = new FinalizationRegistry(() => {
    found = true;
  });
  (() => registry.register({}, undefined))();
  await setImmediate();
  held.add(1000);
  for (let turn = 0; turn < 1000 && !found; turn++) await setImmediate();
  assert.ok(found);
});
