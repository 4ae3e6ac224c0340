import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs a program with a directory of its own; fails when it does not end, or leaves something there. */
async function output(program: string): Promise<{ stdout: string; stderr: string }> {
  const directory = mkdtempSync(join(tmpdir(), "process-"));
  try {
    const path = fileURLToPath(new URL(`./programs/${program}.ts`, import.meta.url));
    const result = await run(process.execPath, [path, directory], { timeout: 60_000 });
    assert.deepEqual(readdirSync(directory), []);
    return result;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe("a program's process", () => {
  test("stays while a job runs, ends when none does, and shows what user functions print", async () => {
    const { stdout } = await output("forgets-stop");
    assert.deepEqual(stdout.trim().split("\n").sort(), ["done", "record 0", "record 1"]);
  });

  test("has no thread, handle or file left after stop", async () => {
    const { stdout, stderr } = await output("stops");
    assert.equal(stdout, "spilled\nnothing left\n");
    assert.equal(stderr, "three\n");
  });
});
