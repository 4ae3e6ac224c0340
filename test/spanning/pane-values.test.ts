/** The queue of a key's panes against an array, with functions that change their first argument. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Reduce, kept, noPanes, push, reduced, shift, timesOf } from "../../src/streaming/windows/pane-values.ts";

/** Associative, not commutative; of arrays it changes the first. */
const joins: Record<string, Reduce> = {
  strings: (a, b) => `${a as string}${b as string}`,
  "arrays, in place": (a, b) => ((a as unknown[]).push(...(b as unknown[])), a),
  "objects, in place": (a, b) => {
    (a as { all: unknown[] }).all.push(...(b as { all: unknown[] }).all);
    return a;
  },
  "the later one, as it is": (_, b) => b,
};
const values: Record<string, (i: number) => unknown> = {
  strings: i => `<${i}>`,
  "arrays, in place": i => [i],
  "objects, in place": i => ({ all: [i] }),
  "the later one, as it is": i => ({ all: [i] }),
};
/** What who gets a value may do with it. */
const spoil = (value: unknown): void => {
  if (Array.isArray(value)) value.push("spoilt");
  else if (typeof value === "object") (value as { all: unknown[] }).all.push("spoilt");
};

const steps = fc.array(fc.constantFrom("push", "push", "shift", "read", "read"), { maxLength: 60, size: "max" });

for (const [name, join] of Object.entries(joins)) {
  test(`${name}: always what the panes that are there come to, in order, however often it is read`, () => {
    fc.assert(
      fc.property(steps, all => {
        const make = values[name] as (i: number) => unknown;
        const panes = noPanes();
        const plain: number[] = [];
        for (const [i, step] of all.entries()) {
          if (step === "push") {
            push(panes, i, make(i), join);
            plain.push(i);
          } else if (step === "shift" && plain.length > 0) {
            plain.shift();
            assert.equal(shift(panes, join), plain.length > 0);
          } else if (step === "read" && plain.length > 0) {
            const expected = plain.map(make).reduce(join);
            const found = reduced(panes, join);
            assert.deepEqual(found, expected);
            spoil(found);
            assert.deepEqual(timesOf(panes), plain);
          }
        }
      }),
    );
  });
}

test("without a function values are kept, and those that have left are let go of", () => {
  const panes = noPanes();
  for (let i = 0; i < 1000; i++) {
    push(panes, i, i, undefined);
    if (i >= 3) shift(panes, undefined);
    assert.ok(panes.values.length <= 10);
  }
  assert.deepEqual(kept(panes), [997, 998, 999]);
});

test("each value is reduced a constant number of times, however long the window", () => {
  for (const window of [10, 1000]) {
    let calls = 0;
    const add: Reduce = (a, b) => (calls++, (a as number) + (b as number));
    const panes = noPanes();
    for (let i = 0; i < 20 * window; i++) {
      push(panes, i, i, add);
      if (i >= window) shift(panes, add);
      reduced(panes, add);
    }
    assert.ok(calls <= 3 * 20 * window, `${calls} calls for ${20 * window} panes`);
  }
});
