/** What ten thousand batches leave behind: nothing. And a process whose context has stopped ends by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Holdings } from "./programs/ten-thousand-batches.ts";
import { command, output } from "./support/program.ts";
import { TemporaryDirectory } from "./support/temporary-directory.ts";

const mega = 2 ** 20;

/**
 * Between the two looks lie 8,000 batches. One small object of each that stayed would be a megabyte; the shuffles of those that
 * have data, more than the memory for blocks, and so files.
 */
test("ten thousand batches leave heaps, handles and memory flat, and the process ends", async t => {
  using directory = new TemporaryDirectory();
  const text = await output(command("ten-thousand-batches", directory.path));
  const { found, checked, lines } = JSON.parse(text) as { found: [Holdings, Holdings]; checked: number; lines: number };
  const [before, after] = found;
  t.diagnostic(text.trim());
  assert.deepEqual([checked, lines], [1000 + 1000, 2000]);
  assert.deepEqual(after.resources, before.resources);
  assert.equal(after.workers.length, before.workers.length);
  assert.deepEqual([before.files, after.files], [0, 0]);
  assert.ok(after.driver - before.driver < 4 * mega, `the driver's heap grew by ${after.driver - before.driver} bytes`);
  for (const [i, heap] of after.workers.entries()) {
    const growth = heap - (before.workers[i] ?? 0);
    assert.ok(growth < 8 * mega, `the heap of worker ${i} grew by ${growth} bytes`);
  }
  const growth = after.resident - before.resident;
  assert.ok(growth < 200 * mega, `the process grew by ${growth} bytes`);
});
