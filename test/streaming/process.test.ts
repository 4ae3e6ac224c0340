import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("fixtures/ticking.ts", import.meta.url));

/** A program in a process of its own; `printed` waits until it has said something. */
function run(mode: string) {
  const child = spawn(process.execPath, [program, mode], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const closed = once(child, "close") as Promise<[code: number | null, signal: string | null]>;
  return {
    child,
    async printed(text: string): Promise<void> {
      while (!output.includes(text)) await once(child.stdout, "data");
    },
    async ended() {
      const [code, signal] = await closed;
      return { code, signal, output, errors };
    },
  };
}

test("a stream in real time ends with its context, and so does the process", async () => {
  const { code, output, errors } = await run("stops").ended();
  assert.deepEqual([code, errors], [0, ""]);
  assert.deepEqual(output.split("\n"), ["batch 9", "batch 0", "batch 0", "terminated", ""]);
});

test("Ctrl-C and kill stop a stream in order", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const { child, printed, ended } = run("quick");
    await printed("batch");
    child.kill(signal);
    const { code, output, errors } = await ended();
    assert.deepEqual([code, errors], [0, ""]);
    assert.match(output, /terminated\n$/);
  }
});

test("a second signal ends the process at once", async () => {
  const { child, printed, ended } = run("stuck");
  await printed("batch");
  child.kill("SIGINT");
  // The first must have been taken; a signal that follows too closely is the same one to the system.
  const again = setInterval(() => child.kill("SIGINT"), 50);
  const { code, output } = await ended();
  clearInterval(again);
  assert.equal(code, 130);
  assert.doesNotMatch(output, /terminated/);
});
