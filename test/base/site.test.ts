/** What a stack shows a user: their own lines, not this package's. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { DStreamsError } from "../../src/base/errors.ts";
import { userFrames } from "../../src/base/site.ts";
import { SparkContext } from "../../src/index.ts";

const root = new URL("../../", import.meta.url);

test("frames of this package are left out: compiled or mapped to their source, by URL or by path", () => {
  const own = "at main (file:///somewhere/src/app.ts:3:4)";
  const stack = [
    "Error: x",
    `    at captureSite (${root.href}dist/base/site.js:22:1)`,
    `    at captureSite (${root.href}src/base/site.ts:22:1)`,
    `    at RDD.map (${fileURLToPath(root)}src/rdd/transformations.ts:50:7)`,
    "    at async Promise.all (index 0)",
    "    at Array.map (<anonymous>)",
    "    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)",
    `    ${own}`,
    "    at async /somewhere/node_modules/other/index.js:1:2",
  ];
  assert.deepEqual(userFrames(stack.join("\n")), [own, "at async /somewhere/node_modules/other/index.js:1:2"]);
});

test("an error's stack begins at the user's line, however deep it was thrown", async () => {
  await using sc = new SparkContext("local[1]", "stacks");
  const first = (error: unknown) => (error as Error).stack?.split("\n").find(line => /^ +at /.test(line));
  assert.throws(
    () => sc.parallelize([1]).map(undefined as never),
    error => error instanceof DStreamsError && /site\.test\.ts:\d+:\d+/.test(first(error) ?? ""),
  );
  await assert.rejects(sc.textFile("/no/such/file").count(), error =>
    /site\.test\.ts:\d+:\d+/.test(first(error) ?? ""),
  );
  await assert.rejects(
    sc
      .range(1)
      .map(() => sc.version)
      .collect(),
    error => /site\.test\.ts:\d+:\d+/.test(first(error) ?? ""),
  );
});

test("NODE_DEBUG=dstreams shows all frames", () => {
  const before = process.env["NODE_DEBUG"];
  process.env["NODE_DEBUG"] = "dstreams";
  try {
    const make = () => new DStreamsError("DSTREAMS_EMPTY", "RDD is empty");
    assert.match(make().stack ?? "", /at make .*\n[^]*node:/);
  } finally {
    if (before === undefined) delete process.env["NODE_DEBUG"];
    else process.env["NODE_DEBUG"] = before;
  }
});
