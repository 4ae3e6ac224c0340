/**
 * Counts words of text from bytes: what `lines.flatMap(line => line.split(" ")).map(word => [word, 1])` into a combine comes to when
 * nobody looks at lines or words in between. A word becomes a string only when it is new to the table.
 *
 *     bytes     … f o r ␣ t h e ␣ l a w \n …      a word ends at the separator or the line's end, an empty one too
 *                         └──┬──┘
 *                    hash of `the` ─▶ slots of the table ─▶ entry ─▶ its bytes (key-bytes.ts) equal? ─▶ merge
 *
 * Hashes of ASCII bytes are those of the string, so words come to the same entries as in the loop of `generate.ts`, which takes
 * the lines that are not plain. Values are merged with the same calls in the same order.
 */
import type { TextLines } from "../../plan/plan.ts";
import { blame } from "./failures.ts";
import { laneWordText } from "./lanes.ts";
import type { MapCombine } from "./map-combine.ts";
import type { Merging } from "./merging.ts";
import { mixText } from "./table-text.ts";
import type { WordPattern } from "./word-pattern.ts";

export type WordLoop = (text: TextLines, state: MapCombine) => void;

/** What becomes of a word: the bytes of `text` from `from` to `at`, `n` of them, with the hash `h`, which mixed is `m`. */
export interface WordText {
  /** Once a chunk. */
  readonly before: readonly string[];
  readonly word: readonly string[];
}

/** A loop into the one table, or one that deals out to lanes. */
export function makeWordLoop(id: number, pattern: WordPattern, merging: Merging, to: "table" | "lanes"): WordLoop {
  const { create, merge, site } = merging;
  const { separator, value } = pattern;
  const tail = to === "table" ? tableText : laneWordText;
  const fail = (error: unknown, word: string): unknown => blame(error, site, [word, value]);
  const names = { imul: Math.imul, create, merge, v: value, fail };
  const body = [
    '"use strict";',
    `return function words${id}({ bytes: text, start, end }, s) {`,
    ...tail.before.map(line => `  ${line}`),
    "  for (let at = start; at < end; at++) {",
    "    const from = at;",
    "    let h = 0, c;",
    `    while ((c = text[at]) !== ${separator} && c !== 10) {`,
    "      h = (imul(h, 31) + c) | 0;",
    "      at++;",
    "    }",
    "    const n = at - from;",
    ...mixText.map(line => `    ${line}`),
    "    try {",
    ...tail.word.map(line => `      ${line}`),
    "    } catch (e) {",
    '      throw fail(e, text.toString("latin1", from, at));',
    "    }",
    "  }",
    "};",
    `//# sourceURL=dstreams-stage-${id}`,
  ].join("\n");
  return new Function(...Object.keys(names), body)(...Object.values(names)) as WordLoop;
}

const tableText: WordText = {
  before: [
    "const t = s.table, known = s.keyBytes, values = t.values;",
    "known.reserve(t.hashes.length);",
    "let slots = t.slots, mask = t.mask, rows = known.rows, arena = known.arena;",
  ],
  word: [
    "let p = m & mask, e, r, j;",
    "while ((e = slots[2 * p + 1]) !== 0) {",
    "  if (slots[2 * p] === h) {",
    "    r = rows[e];",
    "    for (j = 0; j < n && arena[r + j] === text[from + j]; j++);",
    "    if (j === n && arena[r + n] === 10) break;",
    "  }",
    "  p = (p + 1) & mask;",
    "}",
    "if (e === 0) {", // new, or a key whose bytes are not known
    '  const k = text.toString("latin1", from, at);',
    "  if ((e = t.find(k, h)) === 0) {",
    "    t.insert(k, h, create(v));",
    "    slots = t.slots; mask = t.mask;",
    "    known.reserve(t.hashes.length);",
    "    known.learn(t.size, text, from, at);",
    "    rows = known.rows; arena = known.arena;",
    "    continue;",
    "  }",
    "  known.learn(e, text, from, at);",
    "  arena = known.arena;",
    "}",
    "values[e] = merge(values[e], v);",
  ],
};
