import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { expandGlob, hasWildcard, splitAtCommas } from "../../src/storage/glob.ts";
import { localStorage } from "../../src/storage/local.ts";

const root = await mkdtemp(join(tmpdir(), "dstreams-glob-"));
after(() => rm(root, { recursive: true, force: true }));

const files = [
  "a/1.txt",
  "a/2.txt",
  "a/10.txt",
  "a/.hidden",
  "b/1.txt",
  "b/x/deep.log",
  "c/é.txt",
  "c/😀.txt",
  "c/[x].txt",
  "c/a,b",
  "c/{y}",
  "c/-",
];
for (const file of files) {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), file);
}

async function matches(pattern: string): Promise<string[]> {
  const found = await expandGlob(localStorage, `${root}/${pattern}`);
  return found.map(status => status.path.slice(`file:${root}/`.length));
}

const cases: readonly [pattern: string, expected: readonly string[]][] = [
  ["a/*.txt", ["a/1.txt", "a/10.txt", "a/2.txt"]],
  ["a/?.txt", ["a/1.txt", "a/2.txt"]],
  ["a/[12].txt", ["a/1.txt", "a/2.txt"]],
  ["a/[0-1].txt", ["a/1.txt"]],
  ["a/[^1].txt", ["a/2.txt"]],
  ["a/[!1].txt", ["a/2.txt"]],
  ["a/[^1]*", ["a/.hidden", "a/2.txt"]],
  ["{a,b}/1.txt", ["a/1.txt", "b/1.txt"]],
  ["{b/x/deep.log,a/1.txt}", ["a/1.txt", "b/x/deep.log"]],
  ["{a,b/{x,y}}/*.{txt,log}", ["a/1.txt", "a/10.txt", "a/2.txt", "b/x/deep.log"]],
  ["{a,a}/1.txt", ["a/1.txt"]],
  ["a/1{,0}.txt", ["a/1.txt", "a/10.txt"]],
  ["*/1.txt", ["a/1.txt", "b/1.txt"]],
  ["*/*/*.log", ["b/x/deep.log"]],
  ["*", ["a", "b", "c"]],
  ["a", ["a"]],
  ["a/1.txt", ["a/1.txt"]],
  ["a/1.txt/*", []],
  ["nothing", []],
  ["nothing/*", []],
  ["*/nothing", []],
  ["c/?.txt", ["c/é.txt", "c/😀.txt"]],
  ["c/\\[x\\].txt", ["c/[x].txt"]],
  ["c/[[]x?.txt", ["c/[x].txt"]],
  ["c/a\\,b", ["c/a,b"]],
  ["c/\\{y\\}", ["c/{y}"]],
  ["c/[a\\-]", ["c/-"]],
  ["a/../a/1.*", ["a/1.txt"]],
];

for (const [pattern, expected] of cases) {
  test(`${pattern} → ${expected.join(" ") || "nothing"}`, async () =>
    assert.deepEqual(await matches(pattern), expected));
}

test("patterns that mean nothing are refused", async () => {
  for (const pattern of ["a/[12", "a/{1,2", "a/[2-1]*", "a/*\\", "{a/1,b"]) {
    await assert.rejects(
      matches(pattern),
      { code: "DSTREAMS_ILLEGAL_ARGUMENT", message: /Illegal file pattern/ },
      pattern,
    );
  }
});

test("relative patterns and those with a scheme", async () => {
  assert.equal((await expandGlob(localStorage, `file://${root}/a/?.txt`)).length, 2);
  const here = await expandGlob(localStorage, "package.jso[n]");
  assert.deepEqual(
    here.map(status => status.path),
    [localStorage.qualify("package.json")],
  );
});

test("an escaped path means itself", () => {
  const escaped = (path: string): string => path.replace(/[\\*?[\]{},]/g, "\\$&");
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "*", "?", "[", "]", "{", "}", ",", "\\", "é", "-", "^") }),
      text => {
        assert.equal(hasWildcard(escaped(text)), false);
        assert.deepEqual(splitAtCommas(escaped(text)), [escaped(text)]);
      },
    ),
  );
});

test("path lists are split at commas outside braces", () => {
  assert.deepEqual(splitAtCommas("a,b/{c,d},e\\,f"), ["a", "b/{c,d}", "e\\,f"]);
});
