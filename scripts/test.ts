/**
 * `npm test [-- paths…]`: Node's own test runner over test/, or over the folders and files named.
 *
 * A person at a terminal gets the readable report, a pipe gets TAP, whose summary (`# tests`, `# pass`, `# fail`) other
 * programs understand.
 */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const asked = process.argv.slice(2);

/** Test files start worker threads themselves, so a file per core is as many as make sense. */
const concurrency = Math.max(1, Math.min(4, availableParallelism()));

const patterns = (asked.length === 0 ? ["test"] : asked).map(path =>
  statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory()
    ? `${path.replace(/\/$/, "")}/**/*.test.ts`
    : path,
);

const { status, signal } = spawnSync(
  process.execPath,
  [
    "--test",
    `--test-concurrency=${concurrency}`,
    `--test-reporter=${process.stdout.isTTY ? "spec" : "tap"}`,
    // Against hangs only; no test waits for time to pass.
    "--test-timeout=300000",
    ...patterns,
  ],
  { cwd: root, stdio: "inherit" },
);
process.exitCode = status ?? (signal === null ? 1 : 130);
