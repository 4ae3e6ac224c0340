import assert from "node:assert/strict";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { abortSave, beginSave, commitSave, type SaveOptions } from "../../src/sources/save.ts";
import { savePartition } from "../../src/sources/save-partition.ts";
import { textFileSplits } from "../../src/sources/text-file.ts";
import { textReader } from "../../src/sources/text-reader.ts";
import { coded, partition, readAll, temporaryDirectory } from "./support.ts";

const root = await temporaryDirectory();

async function save(
  directory: string,
  partitions: readonly (readonly unknown[])[],
  options?: SaveOptions,
): Promise<void> {
  const job = await beginSave(directory, options);
  const write = savePartition(job);
  for (const [index, records] of partitions.entries()) await write(index, partition(records));
  await commitSave(job, partitions.length);
}

test("a directory of parts, an empty one for an empty partition, and _SUCCESS", async () => {
  const out = join(root, "plain");
  await save(out, [["line", "é"], [], [["a", 1], { b: null }]]);
  assert.deepEqual(await readdir(out), ["_SUCCESS", "part-00000", "part-00001", "part-00002"]);
  assert.equal(await readFile(join(out, "part-00000"), "utf8"), "line\né\n");
  assert.equal(await readFile(join(out, "part-00001"), "utf8"), "");
  assert.equal(await readFile(join(out, "part-00002"), "utf8"), `('a', 1)\n{"b": null}\n`);
  assert.equal(await readFile(join(out, "_SUCCESS"), "utf8"), "");
});

test("no partitions: just _SUCCESS", async () => {
  await save(join(root, "none"), []);
  assert.deepEqual(await readdir(join(root, "none")), ["_SUCCESS"]);
});

test("gzip, and much text", async () => {
  const lines = Array.from({ length: 100_000 }, (_, i) => `line ${i} of many`);
  await save(join(root, "zipped"), [lines, []], { compression: "gzip" });
  assert.deepEqual(await readdir(join(root, "zipped")), ["_SUCCESS", "part-00000.gz", "part-00001.gz"]);
  assert.equal(gunzipSync(await readFile(join(root, "zipped/part-00001.gz"))).length, 0);
  assert.deepEqual((await readAll(textReader(), await textFileSplits(join(root, "zipped"), 2))).flat(), lines);
});

test("an existing directory is refused, or replaced where that is asked for", async () => {
  const out = join(root, "again");
  await save(out, [["1"], ["2"], ["3"]]);
  await writeFile(join(out, "notes.txt"), "mine");
  await assert.rejects(beginSave(out), coded("DSTREAMS_PATH_EXISTS", /^Output directory file:.*again already exists$/));
  await assert.rejects(
    beginSave(join(out, "notes.txt"), { overwrite: true }),
    coded("DSTREAMS_PATH_EXISTS", /already exists/),
  );
  await save(out, [["new"]], { overwrite: true });
  assert.deepEqual(await readdir(out), ["_SUCCESS", "notes.txt", "part-00000"]);
  assert.equal(await readFile(join(out, "part-00000"), "utf8"), "new\n");
});

test("nothing is visible before the commit; attempts may repeat and overlap", async () => {
  const out = join(root, "retried");
  const job = await beginSave(out);
  const write = savePartition(job);
  await Promise.all([write(0, partition(["same"])), write(0, partition(["same"]))]);
  await write(0, partition(["same"]));
  assert.deepEqual(await readdir(out), ["_temporary"]);
  await commitSave(job, 1);
  assert.deepEqual(await readdir(out), ["_SUCCESS", "part-00000"]);
  assert.equal(await readFile(join(out, "part-00000"), "utf8"), "same\n");
});

test("a failed attempt leaves nothing, and a part that is missing fails the commit", async () => {
  for (const compression of ["none", "gzip"] as const) {
    const out = join(root, `failed-${compression}`);
    const job = await beginSave(out, { compression });
    const broken = partition([]);
    const failing = {
      ...broken,
      [Symbol.asyncIterator]: async function* () {
        yield "x".repeat(1_000_000);
        throw new Error("record 1 broke");
      },
    };
    await assert.rejects(Promise.resolve(savePartition(job)(0, failing as typeof broken)), /record 1 broke/);
    assert.deepEqual(await readdir(job.staging.replace(/^file:/, "")), []);
    await assert.rejects(commitSave(job, 1), coded("DSTREAMS_JOB_FAILED", /part-00000(\.gz)? was not written/));
    await abortSave(job);
    assert.deepEqual(
      (await readdir(root)).filter(name => name === `failed-${compression}`),
      [],
    );
  }
});

test("_SUCCESS is there only when all parts are", async () => {
  const out = join(root, "blocked");
  await save(out, [["1"], ["2"]]);
  const job = await beginSave(out, { overwrite: true });
  for (const index of [0, 1]) await savePartition(job)(index, partition(["new"]));
  await rm(join(out, "part-00001"));
  await mkdir(join(out, "part-00001", "in the way"), { recursive: true });
  await assert.rejects(commitSave(job, 2), coded("DSTREAMS_STORAGE", /Cannot rename file:.*part-00001/));
  assert.equal((await readdir(out)).includes("_SUCCESS"), false);
});

test("aborting keeps what was there before", async () => {
  const out = join(root, "kept");
  await mkdir(out);
  await writeFile(join(out, "part-00000"), "old\n");
  const job = await beginSave(out, { overwrite: true });
  await savePartition(job)(0, partition(["new"]));
  await abortSave(job);
  assert.deepEqual(await readdir(out), ["part-00000"]);
  assert.equal(await readFile(join(out, "part-00000"), "utf8"), "old\n");
});
