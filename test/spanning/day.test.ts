/** The beginning of a day of batches; `npm run check:day`, which `.ci/run` does too, is the whole. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

test("two thousand batches of all windows and states at once leave memory flat", t => {
  const program = fileURLToPath(new URL("programs/day.ts", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "2000"], { encoding: "utf8" });
  t.diagnostic(stdout);
  assert.equal(status, 0, stderr);
});
