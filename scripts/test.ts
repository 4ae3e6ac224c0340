/**
 * `npm test [-- paths…]`: Node's own test runner over test/, or over the folders and files named.
 * `npm run test:spark [-- paths…]`: on Apache Spark, of every version that is supported: what holds for all engines (the suites that
 * `test/support/engines.ts` opens contexts for), and what there is to say of Spark alone (`*.spark.ts`).
 *
 * A person at a terminal gets the readable report, a pipe gets TAP, whose summary (`# tests`, `# pass`, `# fail`) other
 * programs understand.
 */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sparkVersions } from "../test/support/spark-homes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const onSpark = process.argv.includes("--spark");
const asked = process.argv.slice(2).filter(argument => argument !== "--spark");

/** Test files start worker threads themselves, so a file per core is as many as make sense. */
const concurrency = Math.max(1, Math.min(4, availableParallelism()));

/** The suites for every engine, and Spark's own. */
function sparkTests(): string[] {
  const suites = globSync("test/**/*.test.ts", { cwd: root });
  const forAll = suites.filter(file => readFileSync(join(root, file), "utf8").includes("support/engines.ts"));
  return [...forAll, ...globSync("test/**/*.spark.ts", { cwd: root })].toSorted();
}

const patterns = (asked.length > 0 ? asked : onSpark ? sparkTests() : ["test"]).map(path =>
  statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory()
    ? `${path.replace(/\/$/, "")}/**/*.test.ts`
    : path,
);

/** Chosen by `ENGINES`, else all versions. */
const env = onSpark
  ? { ENGINES: sparkVersions.map(version => `spark-${version}`).join(","), ...process.env }
  : process.env;

const { status, signal } = spawnSync(
  process.execPath,
  [
    "--test",
    `--test-concurrency=${concurrency}`,
    `--test-reporter=${process.stdout.isTTY ? "spec" : "tap"}`,
    // Against hangs only; no test waits for time to pass.
    `--test-timeout=${onSpark ? 1_200_000 : 300_000}`,
    ...patterns,
  ],
  { cwd: root, stdio: "inherit", env },
);
process.exitCode = status ?? (signal === null ? 1 : 130);
