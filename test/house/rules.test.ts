/** What a reader of any file may rely on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { code, files, linesThat, read, sources } from "./project.ts";

/** The public doors; the only files that may re-export. */
const doors = ["src/index.ts", "src/kafka.ts", "src/testing.ts"];

const texts = files.filter(path => !/\.(png|gz|bz2|zst|bin|ico)$/.test(path) && !path.startsWith("examples/data/"));

test("no file of code is longer than 500 lines", () => {
  const long = code.map(path => [path, read(path).split("\n").length - 1] as const).filter(([, lines]) => lines > 500);
  assert.deepEqual(long, []);
});

test("no default exports", () => {
  assert.deepEqual(linesThat(/^\s*export\s+default\b|^\s*export\s*\{[^}]*\bas default\b/, sources), []);
});

test("no barrels but the doors: a file that re-exports has something of its own", () => {
  const reexport = /^export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s*(?:as \w+\s*)?from\b/m;
  const own = /^export\s+(?:declare\s+|abstract\s+|async\s+)*(?:const|let|function|class|interface|type\s+\w+)\b/m;
  const inner = sources.filter(path => !doors.includes(path));
  assert.deepEqual(
    inner.filter(path => reexport.test(read(path)) && !own.test(read(path))),
    [],
  );
  assert.deepEqual(linesThat(/^export\s+(?:type\s+)?\*/, inner), []);
});

test("only erasable syntax, types imported as types, relative imports with their extension", () => {
  assert.deepEqual(linesThat(/^\s*(?:export\s+)?(?:const\s+)?(?:enum|namespace)\s+\w+\s*\{/, code), []);
  assert.deepEqual(linesThat(/\bfrom\s+"\.{1,2}\/[^"]*(?<!\.(?:ts|mts|js|mjs|cjs|json))"/, sources), []);
});

test("Node's modules are imported as node:", () => {
  const names =
    "assert|buffer|child_process|crypto|events|fs|fs/promises|http|module|net|os|path|process|stream|url|util|v8|vm|worker_threads|zlib";
  assert.deepEqual(linesThat(new RegExp(`\\bfrom\\s+"(?:${names})"`), code), []);
});

test("who switches a lint rule off says why", () => {
  assert.deepEqual(linesThat(/(?:ox|es)lint-disabl[e](?!.* -- \S)|@ts-ignor[e]/, code), []);
});

test("no machine paths, no registry hosts, no notes to self", () => {
  // The patterns are written so that they do not match this file.
  assert.deepEqual(linesThat(/(?:^|[\s"'`(=:])\/(?:work|root|home\/\w+|Users\/\w+)\/[\w.]/, texts), []);
  assert.deepEqual(linesThat(/registry[.](?:npmjs|yarnpkg|npmmirror)|["']resolved["']\s*:/, texts), []);
  assert.deepEqual(linesThat(/\b(?:TO[D]O|FIX[M]E|X[X]X)\b/, texts), []);
});
