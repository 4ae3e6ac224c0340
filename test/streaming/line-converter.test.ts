import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LineConverter } from "../../src/streaming/receivers/line-converter.ts";

/** The lines of bytes that come in pieces. */
function linesOf(bytes: Uint8Array, cuts: readonly number[]): string[] {
  const converter = new LineConverter();
  const ends = [...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  let from = 0;
  const lines = ends.flatMap(end => {
    const piece = bytes.subarray(from, end);
    from = end;
    return converter.push(piece);
  });
  return [...lines, ...converter.end()];
}

test("lines are the same however the bytes are cut", () => {
  const text = fc
    .array(fc.constantFrom("a", "é", "😀", "\n", "\r", "\r\n", ""), { maxLength: 30 })
    .map(parts => parts.join(""));
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 10 }), (content, cuts) => {
      const expected = content.split(/\r\n|\n|\r/);
      if (expected.at(-1) === "") expected.pop();
      assert.deepEqual(linesOf(Buffer.from(content), cuts), expected);
    }),
  );
});

test("a line is not kept waiting for the newline behind its carriage return", () => {
  const converter = new LineConverter();
  assert.deepEqual(converter.push(Buffer.from("one\r")), ["one"]);
  assert.deepEqual(converter.push(Buffer.from("\n\ntwo")), [""]);
  assert.deepEqual(converter.end(), ["two"]);
});
