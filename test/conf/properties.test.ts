import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseProperties } from "../../src/conf/properties.ts";

test("separators, comments, escapes and continuation lines", () => {
  const text = [
    "# a comment \\",
    "! another",
    "",
    "spark.master local[4]",
    "  spark.a=1",
    "spark.b : 2  ",
    "spark.c\t=\t3",
    "spark.d = x = y",
    "spark\\ key\\:with\\=all value",
    "spark.e \\u0041\\t\\z\\\\",
    "spark.f one,\\",
    "        two,\\",
    "    # three",
    "spark.g",
    "spark.a=last",
    "spark.h end\\",
  ].join("\r\n");
  assert.deepEqual(Object.fromEntries(parseProperties(text)), {
    "spark.master": "local[4]",
    "spark.a": "last",
    "spark.b": "2",
    "spark.c": "3",
    "spark.d": "x = y",
    "spark key:with=all": "value",
    "spark.e": "A\tz\\",
    "spark.f": "one,two,# three",
    "spark.g": "",
    "spark.h": "end",
  });
});

test("a value that is escaped as Java escapes it comes back", () => {
  const unicode = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const escape = (text: string) => text.replace(/[^A-Za-z0-9]/g, unicode);
  const word = fc.string({ unit: "binary", minLength: 1 }).filter(s => s === s.trimEnd());
  fc.assert(
    fc.property(word, word, (key, value) => {
      assert.deepEqual([...parseProperties(`${escape(key)}=${escape(value)}`)], [[key, value]]);
    }),
  );
});
