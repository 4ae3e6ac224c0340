import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TextLines } from "../../src/plan/plan.ts";
import { LineSplitter } from "../../src/sources/line-splitter.ts";

/** Lines of one split, the bytes from its start on coming in chunks of the given sizes (used over and over). */
function linesOf(file: Buffer, start: number, end: number, sizes: readonly number[]): string[] {
  const splitter = new LineSplitter("text", start, end);
  const lines: string[] = [];
  let at = start;
  for (let i = 0; at < file.length && !splitter.done; i++) {
    const chunk = Buffer.from(file.subarray(at, at + (sizes[i % sizes.length] ?? 1)));
    at += chunk.length;
    lines.push(...splitter.push(chunk));
    chunk.fill(0x58); // as a storage that reuses its buffer
  }
  return lines.concat(splitter.finish());
}

/** The meaning, letter by letter. */
function model(file: Buffer): string[] {
  const text = file.toString("utf8").replace(/^\uFEFF/, "");
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "" && (file.length === 0 || /[\r\n]$/.test(text))) lines.pop();
  return lines;
}

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("\n", "\r", "\r\n", "a", "word", " ", "\n\n", "\r\r") },
  { weight: 1, arbitrary: fc.constantFrom("é", "日本", "😀", "\uFEFF", "\u0000", "\u2028", "\u0085", "\uD7FF") },
);
const text = fc.array(piece, { maxLength: 40 }).map(parts => Buffer.from(parts.join("")));
const noise = fc
  .array(fc.constantFrom(10, 13, 65, 0xc3, 0xa9, 0xf0, 0x9f, 0xef, 0xbb, 0xbf, 0xff), { maxLength: 40 })
  .map(bytes => Buffer.from(bytes));
const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });

test("every line is read exactly once, wherever splits and chunks begin", () => {
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 });
  fc.assert(
    fc.property(fc.oneof(text, noise), cuts, sizes, (file, fractions, chunkSizes) => {
      const points = [0, ...fractions.map(f => Math.floor(f * file.length)), file.length].sort((a, b) => a - b);
      const borders = points.filter((point, i) => point !== points[i - 1]);
      const lines = borders.slice(1).flatMap((end, i) => linesOf(file, borders[i] ?? 0, end, chunkSizes));
      assert.deepEqual(lines, model(file));
    }),
    { numRuns: 4000 },
  );
});

test("lines handed out as bytes are the same, chunk for chunk", () => {
  let asBytes = 0;
  const ascii = fc
    .array(fc.constantFrom("a", "word", " ", "\n", "\n"), { maxLength: 60 })
    .map(parts => Buffer.from(parts.join("")));
  fc.assert(
    fc.property(
      fc.oneof(ascii, ascii, text, noise),
      fc.nat(20),
      fc.nat(80),
      sizes,
      (file, start, length, chunkSizes) => {
        const end = start + length;
        const [strings, bytes] = [new LineSplitter("text", start, end), new LineSplitter("text", start, end)];
        for (let at = start, i = 0; at < file.length && !strings.done; i++) {
          const chunk = Buffer.from(file.subarray(at, at + 5 * (chunkSizes[i % chunkSizes.length] ?? 1)));
          at += chunk.length;
          const found = bytes.pushText(chunk);
          if ("bytes" in found) asBytes++;
          assert.deepEqual("bytes" in found ? linesIn(found) : found, strings.push(chunk));
          assert.equal(bytes.done, strings.done);
          chunk.fill(0x58);
        }
        assert.deepEqual(bytes.finish(), strings.finish());
      },
    ),
    { numRuns: 4000 },
  );
  assert.ok(asBytes > 100, `${asBytes} chunks were bytes`);
});

function linesIn({ first, bytes, start, end }: TextLines): string[] {
  const rest = bytes.toString("latin1", start, end).split("\n");
  assert.equal(rest.pop(), "");
  return [...first, ...rest];
}

test("any two borders, any chunk size, a text with every line end", () => {
  const file = Buffer.from("ab\ncd\r\nef\rgh\r\r\n\n\r\n\rij");
  for (let first = 0; first <= file.length; first++) {
    for (let second = first; second <= file.length; second++) {
      for (const size of [1, 2, 3, 7, 100]) {
        const borders = [0, first, second, file.length].filter((point, i, all) => point !== all[i - 1]);
        const lines = borders.slice(1).flatMap((end, i) => linesOf(file, borders[i] ?? 0, end, [size]));
        assert.deepEqual(lines, model(file), `split at ${first} and ${second}, chunks of ${size}`);
      }
    }
  }
});

test("a byte order mark is dropped at the beginning of the file only", () => {
  assert.deepEqual(linesOf(Buffer.from("\uFEFFa\n\uFEFFb\n"), 0, 12, [1]), ["a", "\uFEFFb"]);
  assert.deepEqual(linesOf(Buffer.from("\uFEFF"), 0, 3, [1]), [""]);
});

test("invalid UTF-8 becomes U+FFFD and harms no neighbour", () => {
  const file = Buffer.concat([Buffer.from("good\nb"), Buffer.from([0xff, 0xc3]), Buffer.from("\nna\u00efve\n")]);
  assert.deepEqual(linesOf(file, 0, file.length, [4]), ["good", "b\uFFFD\uFFFD", "na\u00efve"]);
});

test("reads no further than the line that crosses the end of its split", () => {
  const splitter = new LineSplitter("text", 0, 3);
  assert.deepEqual(splitter.push(Buffer.from("ab\ncd\nef\n")), ["ab", "cd"]);
  assert.equal(splitter.done, true);
  const inside = new LineSplitter("text", 2, 4);
  assert.deepEqual(inside.push(Buffer.from("long line")), []);
  assert.equal(inside.done, true);
});

test("a line of 50 MB costs about what 50 MB of short lines cost", () => {
  const chunk = Buffer.alloc(64 * 1024, "x");
  const splitter = new LineSplitter("text", 0, 800 * chunk.length + 1);
  for (let i = 0; i < 800; i++) assert.equal(splitter.push(chunk).length, 0);
  assert.equal(splitter.push(Buffer.from("\n"))[0]?.length, 800 * chunk.length);
});

test("a line longer than any string can be is refused by name, before memory runs out", () => {
  const chunk = Buffer.alloc(2 ** 26, "x");
  const splitter = new LineSplitter("file:/x", 0, Number.POSITIVE_INFINITY);
  const push = (): void => {
    for (let i = 0; i < 9; i++) splitter.push(chunk);
  };
  assert.throws(push, { code: "DSTREAMS_DATA", message: /^A line of file:\/x is longer than 511 MB/ });
});
