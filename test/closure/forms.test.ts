import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { capture } from "../../src/closure/capture.ts";
import { restore } from "../../src/closure/restore.ts";
// @ts-expect-error -- plain JavaScript, as it comes
import common from "./fixtures/common.cjs";
// @ts-expect-error -- the same
import minified from "./fixtures/minified.mjs";
// @ts-expect-error -- the same
import { table } from "./fixtures/transpiled.mjs";
import { remotely } from "./support/remote.ts";

const host = { revive: () => undefined };

function at(path: string): string {
  return new URL(path, import.meta.url).href;
}

async function run(args: readonly string[], input = ""): Promise<string> {
  const promise = promisify(execFile)(process.execPath, args, { cwd: fileURLToPath(at(".")), timeout: 20_000 });
  promise.child.stdin?.end(input);
  const { stdout, stderr } = await promise;
  assert.equal(stderr, "");
  return stdout;
}

test("CommonJS: exports by reference, inner functions by value, require, sloppy code", async () => {
  const { count, list, sloppy } = common as Record<string, any>;
  const [hidden] = list as [(x: string) => string];
  const modules = common;
  const use = (): unknown[] => [
    count(),
    count(),
    new modules.Shape(3).sides,
    hidden("/a/b"),
    sloppy(),
    modules.count === count,
  ];
  assert.deepEqual(await remotely(use), [1, 2, 3, "bfunction", "object", true]);
});

test("minified code", async () => {
  const [first, second] = (minified as { f: [(n: number) => Promise<number[]>, () => number] }).f;
  assert.deepEqual(await remotely(first, 3), [0, 2, 4]);
  assert.equal(await remotely(second), 2);
});

test("transpiled code with helpers", async () => {
  const { sum } = table as { sum: (n: number) => Promise<unknown[]> };
  assert.deepEqual(await remotely(sum, 4), [8, 3, "Account", "double"]);
});

test("a main script travels by value and is not run again", async () => {
  assert.equal(await run(["fixtures/main-program.ts"]), "run\n[ 50, 'A' ]\nmain-program.ts:23:column\n");
});

const program = (loaded: string): string => `
const k = 3; let n = 1; var v = 10; function f(x) { return x + k + v; } class C { get n() { return n; } }
${loaded}(({ remotely }) => remotely(x => [f(x), new C().n, typeof process.pid], 1).then(r => console.log(JSON.stringify(r))));
`;

test("node -e, as script and as module", async () => {
  const load = `import(${JSON.stringify(at("support/remote.ts"))}).then`;
  assert.match(await run(["-e", program(load)]), /\[14,1,"number"\]/);
  assert.match(await run(["--input-type=module", "-e", program(load)]), /\[14,1,"number"\]/);
});

test("lines of a shell", async () => {
  const load = `import(${JSON.stringify(at("support/remote.ts"))}).then`;
  const script = `
    import { start } from "node:repl";
    const server = start({ prompt: "", terminal: false, useGlobal: true, ignoreUndefined: true });
    server.on("exit", () => setTimeout(() => undefined, 0));`;
  const lines = `${program(load).trim()}\nvar rest = () => fs.existsSync("/") && f(1);\n${load}(({ remotely }) => remotely(rest).then(console.log));\n`;
  const shown = await run(["--input-type=module", "-e", script], lines);
  assert.match(shown, /\[14,1,"number"\]/);
  assert.match(shown, /^14$/m);
});

test("errors show the file, line and column where the function was written", async () => {
  const fail = (x: unknown): unknown => {
    throw new Error(`no ${String(x)}`);
  };
  const method = {
    fail(): unknown {
      return fail(1);
    },
  };
  class Thrower {
    static run(): unknown {
      return method.fail();
    }
  }
  function declared(): unknown {
    return Thrower.run();
  }
  const here = stackOf(declared);
  assert.ok(here.length >= 4);
  const there = await restore(capture(declared).bytes, host);
  assert.deepEqual(stackOf(there as () => unknown), here);
});

/** The places of this file in the stack of what a function throws. */
function stackOf(fn: () => unknown): string[] {
  try {
    fn();
  } catch (error) {
    const frames = String((error as Error).stack)
      .split("\n")
      .filter(line => line.includes("forms.test.ts"));
    return frames.slice(0, 4).map(line => /forms\.test\.ts:\d+:\d+/.exec(line)?.[0] ?? "");
  }
  return [];
}
