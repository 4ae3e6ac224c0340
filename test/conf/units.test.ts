import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSize, parseTime } from "../../src/conf/units.ts";

test("every time suffix, any case, white space, negative", () => {
  const cases: [string, number][] = [
    ["250us", 0.25],
    ["200ms", 200],
    ["200", 200],
    [" 3s ", 3000],
    ["2m", 120_000],
    ["2 min", 120_000],
    ["1H", 3_600_000],
    ["1d", 86_400_000],
    ["-1s", -1000],
  ];
  for (const [text, ms] of cases) assert.equal(parseTime(text), ms, text);
  assert.equal(parseTime("30", "s"), 30_000);
});

test("what is no time is refused with what one looks like", () => {
  for (const text of ["", "1.5s", "ten", "1 week", "s", "1s2", "9".repeat(30), "5constructor"]) {
    assert.throws(() => parseTime(text), { code: "DSTREAMS_CONFIGURATION", message: /is not a time.*200ms/ }, text);
  }
});

test("every size suffix is binary", () => {
  const cases: [string, number][] = [
    ["10", 10],
    ["10b", 10],
    ["2k", 2048],
    ["2KB", 2048],
    ["3m", 3 * 1024 ** 2],
    ["3 mb", 3 * 1024 ** 2],
    ["1g", 1024 ** 3],
    ["1t", 1024 ** 4],
  ];
  for (const [text, bytes] of cases) assert.equal(parseSize(text), bytes, text);
  assert.equal(parseSize("512", "m"), 512 * 1024 ** 2);
});

test("what is no size is refused", () => {
  for (const text of ["0.5g", "-1k", "1x", "g"]) {
    assert.throws(() => parseSize(text), { code: "DSTREAMS_CONFIGURATION", message: /is not a size/ }, text);
  }
});
