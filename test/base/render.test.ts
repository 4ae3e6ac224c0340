import assert from "node:assert/strict";
import { test } from "node:test";
import { renderRecord } from "../../src/base/render.ts";

class Point {
  readonly x = 1;
  readonly y = "two";
}

class Named {
  toString(): string {
    return "<named>";
  }
}

const cycle: unknown[] = [1];
cycle.push(cycle);
const loop: Record<string, unknown> = { a: 1 };
loop["self"] = loop;

const cases: readonly [record: unknown, text: string][] = [
  ["plain 'text'\n", "plain 'text'\n"],
  [["a", 1], "('a', 1)"],
  [[["a", "b"], 1.5], "(('a', 'b'), 1.5)"],
  [["a"], "('a',)"],
  [[], "()"],
  [["it's", 'say "x"', `both ' and "`], `("it's", 'say "x"', 'both \\' and "')`],
  [["\n\t\r\\\u0000\u007f\u00a0é日😀\u2028\ud800"], "('\\n\\t\\r\\\\\\x00\\x7f\\xa0é日😀\\u2028\\ud800',)"],
  [{ a: 1 }, '{"a": 1}'],
  [{ a: ["x", { b: null }], "it's": true }, '{"a": ["x", {"b": null}], "it\'s": true}'],
  [["k", { a: "b" }], `('k', {"a": "b"})`],
  [42, "42"],
  [-0, "-0"],
  [Number.NaN, "NaN"],
  [1e21, "1e+21"],
  [12n, "12"],
  [true, "true"],
  [null, "null"],
  [undefined, "undefined"],
  [[undefined, null, false], "(undefined, null, false)"],
  [new Date(0), "1970-01-01T00:00:00.000Z"],
  [new Date(Number.NaN), "Invalid Date"],
  [new Map<unknown, unknown>([["a", 1]]), "{'a': 1}"],
  [new Set(["a", 1]), "{'a', 1}"],
  [new Uint8Array([1, 255]), "Uint8Array(1, 255)"],
  [/a+/g, "/a+/g"],
  [new Error("bad"), "Error: bad"],
  [new Point(), 'Point{"x": 1, "y": "two"}'],
  [new Named(), "<named>"],
  [{ toString: "a field" }, '{"toString": "a field"}'],
  [Object.assign(Object.create(null), { a: 1 }), '{"a": 1}'],
  [[1, , 3], "(1, undefined, 3)"],
  [cycle, "(1, (...))"],
  [loop, '{"a": 1, "self": {...}}'],
];

for (const [record, text] of cases) test(text, () => assert.equal(renderRecord(record), text));

test("an object is a line of JSON", () => {
  const record = { name: 'O\'Neil \u2028 "x"\n', values: [1, "a", null, { deep: [] }] };
  assert.deepEqual(JSON.parse(renderRecord(record)), record);
});
