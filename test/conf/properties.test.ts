import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatProperties, parseProperties } from "../../src/conf/properties.ts";

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

test("entries that were written come back", () => {
  const word = fc.string({ unit: "binary", minLength: 1 }).filter(s => s === s.trimEnd());
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(word, word), { selector: ([key]) => key }), entries => {
      const text = formatProperties(entries);
      assert.match(text, /^[\x20-\x7e\n]*$/);
      assert.deepEqual([...parseProperties(text)], entries);
    }),
  );
});
