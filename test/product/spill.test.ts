/** Shuffles and caches larger than memory: right results from the disk, and a clear error when the disk is full too. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { describe, test } from "node:test";
import type { Outcome } from "./programs/spilling.ts";
import { command, output } from "./support/program.ts";
import { TemporaryDirectory } from "./support/temporary-directory.ts";

type Results = Record<string, number>;

const operations = ["reduceByKey", "groupByKey", "sortByKey", "persist"];

/** Of a batch with keys from 0 to n − 1 that it has all once. */
function resultsOf(n: number): Results {
  const sum = (n * (n - 1)) / 2;
  return { reduceByKey: sum, groupByKey: n, sortByKey: sum, persist: sum };
}

async function outcomes(command: [string, ...string[]]): Promise<Outcome[]> {
  return JSON.parse(await output(command)) as Outcome[];
}

/** The batch's operations have all succeeded, and rightly. */
function assertRight(all: readonly Outcome[], batch: string, expected: Results): void {
  const found = all.filter(outcome => outcome.batch === batch);
  assert.deepEqual(
    Object.fromEntries(found.map(({ operation, result, error }) => [operation, error ?? result])),
    expected,
  );
}

function files(all: readonly Outcome[], batch: string): number {
  return Math.max(...all.filter(outcome => outcome.batch === batch).map(outcome => outcome.files));
}

/** No operation of the large batch has a result; each says what the matter is, and where. */
function assertFull(all: readonly Outcome[], directory: string, reason: RegExp): void {
  const large = all.filter(outcome => outcome.batch === "large");
  assert.deepEqual(
    large.map(({ operation, result, error }) => [operation, result, error?.code]),
    operations.map(operation => [operation, undefined, "DSTREAMS_SPILL"]),
  );
  for (const { error } of large) {
    const { message = "" } = error ?? {};
    assert.ok(message.startsWith(`Cannot write to the spill directory (${directory}/`), message);
    assert.match(message, reason);
    assert.match(message, /Make room there, or set spark\.local\.dir.*\n.*batch time 2000 ms/);
  }
}

describe("what does not fit into memory", () => {
  test("goes to the disk and comes back; nothing is left there", async () => {
    using directory = new TemporaryDirectory();
    const all = await outcomes(command("spilling", directory.path));
    assertRight(all, "small", resultsOf(200));
    assertRight(all, "large", resultsOf(120_000));
    assertRight(all, "medium", resultsOf(16_000));
    assertRight(all, "small again", resultsOf(400));
    assert.equal(files(all, "small"), 0);
    assert.ok(files(all, "large") > 0);
    assert.ok(files(all, "medium") > 0);
    assert.deepEqual(directory.names(), []);
  });

  test("and not on the disk either fails its batch; smaller ones before and after it are right", async t => {
    using directory = new TemporaryDirectory();
    const place = directory.at("small");
    mkdirSync(place);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", place], { stdio: "pipe" });
    } catch {
      return t.skip("only root may mount a small file system, and not everywhere; the next test needs none");
    }
    try {
      const all = await outcomes(command("spilling", place));
      assertRight(all, "small", resultsOf(200));
      assertFull(all, place, /no space left on device/);
      assertRight(all, "medium", resultsOf(16_000));
      assert.ok(files(all, "medium") > 0);
      assertRight(all, "small again", resultsOf(400));
    } finally {
      execFileSync("umount", [place]);
    }
  });

  test("and is more than one file may hold fails its batch; smaller ones before and after it are right", async t => {
    if (process.platform === "win32") return t.skip("Windows has no limit on the size of a process's files");
    using directory = new TemporaryDirectory();
    // 4096 blocks: 2 MB, or 4 where a block is 1024 bytes; a map output of the large batch has 6.
    const limited = ["-c", 'ulimit -f 4096 && exec "$0" "$@"', ...command("spilling", directory.path)];
    const all = await outcomes(["sh", ...limited]);
    assertRight(all, "small", resultsOf(200));
    assertFull(all, directory.path, /EFBIG: file too large/);
    assertRight(all, "medium", resultsOf(16_000));
    assertRight(all, "small again", resultsOf(400));
    assert.deepEqual(directory.names(), []);
  });
});
