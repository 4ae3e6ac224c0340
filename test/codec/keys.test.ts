/** Equality, hash and order of keys, and that they agree. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { keysEqual } from "../../src/codec/equality.ts";
import { hashKey } from "../../src/codec/hash.ts";
import { compare } from "../../src/codec/order.ts";
import { hashString } from "../../src/codec/string-hash.ts";
import { decodeBlock, encodeBlock } from "../../src/codec/block.ts";
import { anyKey, anyString } from "./arbitrary.ts";

const runs = { numRuns: 3000 };

test("hashes are those of Java", () => {
  const expected: [unknown, number][] = [
    // from `jshell`: Objects.hashCode of String, Integer, Long, Double, Boolean, null, java.util.Date, List.of(…)
    ["", 0],
    ["spark", 109638365],
    ["hello world", 1794106052],
    ["日本", 835047],
    ["\ud83d\ude00", 1772899],
    ["Aa", 2112],
    ["BB", 2112],
    [0, 0],
    [-0, 0],
    [42, 42],
    [-42, -42],
    [2147483647, 2147483647],
    [-2147483648, -2147483648],
    [2147483648, -2147483648],
    [4294967296, 1],
    [-2147483649, -2147483648],
    [1e15, -1530589826],
    [0.5, 1071644672],
    [1.5, 1073217536],
    [Number.NaN, 2146959360],
    [Number.POSITIVE_INFINITY, 2146435072],
    [true, 1231],
    [false, 1237],
    [null, 0],
    [undefined, 0],
    [[], 1],
    [["a", 1], 3969],
    [[1, 2, 3], 30817],
    [new Date(1e12), -727379736],
    [1n, 1],
    [2n ** 32n, 1],
  ];
  for (const [key, hash] of expected) assert.equal(hashKey(key), hash, String(key));
});

test("hashString is Java's, over UTF-16 units", () => {
  fc.assert(
    fc.property(anyString, text => {
      let hash = 0n;
      for (let i = 0; i < text.length; i++) hash = BigInt.asIntN(32, hash * 31n + BigInt(text.charCodeAt(i)));
      assert.equal(hashString(text), Number(hash));
    }),
  );
});

test("equality by value", () => {
  const same: [unknown, unknown][] = [
    [0, -0],
    [Number.NaN, Number.NaN],
    [10n ** 30n, 10n ** 30n],
    [new Date(5), new Date(5)],
    [new Date(Number.NaN), new Date(Number.NaN)],
    [
      [1, ["a", null]],
      [1, ["a", null]],
    ],
    [
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [[-0], [0]],
  ];
  for (const [a, b] of same)
    assert.ok(keysEqual(a, b) && keysEqual(b, a) && hashKey(a) === hashKey(b) && compare(a, b) === 0);
  const different: [unknown, unknown][] = [
    [1, 1n],
    [1, "1"],
    [null, undefined],
    [true, 1],
    ["", null],
    [[], {}],
    [[1], 1],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, undefined]],
    [{ a: undefined }, {}],
    [{ a: 1 }, { b: 1 }],
    [new Date(5), 5],
    [new Date(5), new Date(6)],
    ["a", "A"],
    ["é", "e\u0301"],
    [{ a: 1 }, JSON.parse('{"__proto__": 1}')],
  ];
  for (const [a, b] of different)
    assert.ok(!keysEqual(a, b) && !keysEqual(b, a) && compare(a, b) !== 0, JSON.stringify([String(a), String(b)]));
});

test("equal keys have equal hashes, and compare as equal; others do not", () => {
  fc.assert(
    fc.property(anyKey, anyKey, (a, b) => {
      const equal = keysEqual(a, b);
      assert.equal(equal, keysEqual(b, a));
      assert.equal(compare(a, b) === 0, equal);
      if (equal) assert.equal(hashKey(a), hashKey(b));
    }),
    runs,
  );
});

test("a key that has travelled is the same key", () => {
  fc.assert(
    fc.property(fc.array(anyKey, { minLength: 1, maxLength: 8 }), keys => {
      const back = decodeBlock(encodeBlock(keys));
      keys.forEach((key, i) => assert.ok(keysEqual(back[i], key) && hashKey(back[i]) === hashKey(key)));
    }),
  );
});

test("compare is a total order", () => {
  fc.assert(
    fc.property(anyKey, anyKey, anyKey, (a, b, c) => {
      assert.equal(Math.sign(compare(a, b)) + Math.sign(compare(b, a)), 0);
      assert.equal(compare(a, a), 0);
      if (compare(a, b) <= 0 && compare(b, c) <= 0) assert.ok(compare(a, c) <= 0);
    }),
    { numRuns: 10_000 },
  );
});

test("the order of types and values", () => {
  const ascending = [
    null,
    undefined,
    false,
    true,
    Number.NEGATIVE_INFINITY,
    -(10n ** 30n),
    -1,
    0,
    0n,
    0.5,
    1,
    1n,
    2 ** 53,
    2n ** 53n,
    2n ** 53n + 1n,
    Number.POSITIVE_INFINITY,
    Number.NaN,
    "",
    "10",
    "9",
    "Z",
    "a",
    "é",
    "\ud83d\ude00",
    "\uffff",
    new Date(-1),
    new Date(0),
    new Date(Number.NaN),
    [],
    [null],
    [1],
    [1, 0],
    [2],
    {},
    { a: 1 },
    { a: 1, b: 0 },
    { a: 2 },
    { b: 0 },
  ];
  for (let i = 0; i < ascending.length; i++) {
    for (let j = 0; j < ascending.length; j++) {
      assert.equal(
        Math.sign(compare(ascending[i], ascending[j])),
        Math.sign(i - j),
        inspect([ascending[i], ascending[j]]),
      );
    }
  }
});

test("what cannot be a key is refused by name, in each of the three", () => {
  class Point {
    x = 1;
  }
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const things: [unknown, RegExp][] = [
    [() => 1, /^a function cannot be a key\. Keys are compared by value: use a string/],
    [Symbol("s"), /^a symbol cannot be a key/],
    [new Point(), /^a Point cannot be a key/],
    [new Map(), /^a Map cannot be a key/],
    [new Set(), /^a Set cannot be a key/],
    [new Uint8Array(1), /^a Uint8Array cannot be a key/],
    [Object(1), /^a Number cannot be a key/],
    [/x/, /^a RegExp cannot be a key/],
    [new Error("e"), /^an Error cannot be a key/],
    [cyclic, /contains itself, or is nested more than 500 levels deep/],
  ];
  for (const [thing, message] of things) {
    const expected = { code: "DSTREAMS_KEY", message };
    assert.throws(() => hashKey(thing), expected);
    assert.throws(() => hashKey([1, { a: thing }]), expected);
    const like = thing === cyclic ? [[cyclic]] : thing;
    assert.throws(
      () => keysEqual([thing], [like === thing && typeof thing === "object" ? Object.create(thing as object) : like]),
      { code: "DSTREAMS_KEY" },
    );
    assert.throws(() => compare([thing], [like]), expected);
  }
});
