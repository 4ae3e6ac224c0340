import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { linkSync } from "node:fs";
import { readdir, readlink, truncate, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { newFileSplits, textFileSplits } from "../../src/sources/text-file.ts";
import { textReader } from "../../src/sources/text-reader.ts";
import { localStorage } from "../../src/storage/local.ts";
import { coded, place, readAll, temporaryDirectory } from "./support.ts";

const root = await temporaryDirectory();

async function linesOf(paths: string, minPartitions = 2): Promise<unknown[][]> {
  return readAll(textReader(), await textFileSplits(paths, minPartitions));
}

test("a file, a directory, a pattern, a list of these", async () => {
  const dir = await place(join(root, "paths"), {
    "b.txt": "b\n",
    "a.txt": "a",
    _SUCCESS: "",
    ".a.txt.crc": "x",
    "empty.txt": "",
    "deep/c": "c",
  });
  assert.deepEqual(await linesOf(`${dir}/a.txt`), [["a"]]);
  assert.deepEqual(await linesOf(`${dir}/*.txt`, 1), [["a"], ["b"]]);
  assert.deepEqual(await linesOf(`${dir}/deep`), [["c"]]);
  assert.deepEqual(await linesOf(`file://${dir}/deep,${dir}/{b,a}.txt`, 1), [["c"], ["a"], ["b"]]);
  assert.deepEqual(await linesOf(`${dir}/empty.txt`), []);
  await assert.rejects(linesOf(dir), coded("DSTREAMS_STORAGE", /Not a file: file:.*deep/));
});

test("what is not there is said in Spark's words", async () => {
  const dir = await place(join(root, "missing"), { _hidden: "x" });
  await assert.rejects(
    linesOf(`${dir}/nothing`),
    coded("DSTREAMS_PATH_NOT_FOUND", /^Input path does not exist: file:\/.*missing\/nothing$/),
  );
  await assert.rejects(
    linesOf(`${dir}/no*`),
    coded("DSTREAMS_PATH_NOT_FOUND", /^Input Pattern file:\/.*missing\/no\* matches 0 files$/),
  );
  await assert.rejects(linesOf(`${dir}/_hidden`), coded("DSTREAMS_PATH_NOT_FOUND", /matches 0 files$/));
});

test("splits by Hadoop's older rule: goal, slop, small files apart", async () => {
  const dir = await place(join(root, "splits"), {
    ten: "0123456789",
    three: "abc",
    empty: "",
    "big.gz": gzipSync("x"),
  });
  const sizes = async (path: string, min: number) =>
    (await textFileSplits(`${dir}/${path}`, min)).map(split => split.end - split.start);
  assert.deepEqual(await sizes("ten", 1), [10]);
  assert.deepEqual(await sizes("ten", 2), [5, 5]);
  assert.deepEqual(await sizes("ten", 3), [3, 3, 3, 1]);
  assert.deepEqual(await sizes("three", 2), [1, 1, 1]);
  assert.deepEqual(await sizes("three", 100), [1, 1, 1]);
  assert.deepEqual(await sizes("{ten,three,empty}", 2), [6, 4, 3]);
  assert.equal((await sizes("big.gz", 8)).length, 1);
  const MB = 2 ** 20;
  await truncate(join(dir, "ten"), 100 * MB);
  assert.deepEqual(await sizes("ten", 1), [32 * MB, 32 * MB, 32 * MB, 4 * MB]);
  await truncate(join(dir, "ten"), 67 * MB);
  assert.deepEqual(await sizes("ten", 2), [32 * MB, 35 * MB]);
});

test("splits of new files: one a block, nothing of empty and hidden ones, a directory's files", async () => {
  const dir = await place(join(root, "new"), { a: "aa\n", b: "", _c: "c\n", "d/e": "e\n", "d/_f": "f\n" });
  const files = await localStorage.list(dir);
  assert.deepEqual(await readAll(textReader(), await newFileSplits(files)), [["aa"], ["e"]]);
});

test("every line once, whatever the number of partitions", async () => {
  const word = fc.constantFrom("a", "bc", "\n", "\r\n", "\r", "é", "日本", " ");
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), async (words, partitions) => {
      const text = words.join("");
      const path = join(root, `random-${n++}`);
      await writeFile(path, text);
      const expected = text.split(/\r\n|\r|\n/);
      if (expected.at(-1) === "") expected.pop();
      assert.deepEqual((await linesOf(path, partitions)).flat(), expected);
    }),
    { numRuns: 200 },
  );
});

test("a line of 50 MB, and what comes after it", async () => {
  const path = join(root, "long");
  await writeFile(path, `short\n${"x".repeat(50 * 2 ** 20)}\nlast`);
  const lines = (await linesOf(path, 4)).flat() as string[];
  assert.deepEqual(
    lines.map(line => line.length),
    [5, 50 * 2 ** 20, 4],
  );
});

test("compressed files by their names", async () => {
  const text = Array.from({ length: 50_000 }, (_, i) => `line ${i} é`);
  const bytes = Buffer.from(`${text.join("\n")}\n`);
  const dir = await place(join(root, "compressed"), {
    "a.gz": gzipSync(bytes),
    "a.deflate": deflateSync(bytes),
    "a.br": brotliCompressSync(bytes),
    "a.zst": zstdCompressSync(bytes),
  });
  for (const extension of ["gz", "deflate", "br", "zst"])
    assert.deepEqual(await linesOf(`${dir}/a.${extension}`, 8), [text], extension);
});

test("gzip in many members, wherever one ends", async () => {
  const parts = Array.from({ length: 300 }, (_, i) => `${i}`.repeat(i * 7));
  const path = join(root, "members.gz");
  await writeFile(path, Buffer.concat([...parts.map(part => gzipSync(part, { level: 0 })), gzipSync(`end\r\n`)]));
  assert.deepEqual(await linesOf(path), [[`${parts.join("")}end`]]);
});

test("corrupt, truncated and mislabelled compressed files are told by name", async () => {
  const good = gzipSync("some text\n".repeat(10_000));
  const bad = Buffer.from(good);
  bad.fill(0x55, good.length >> 1, (good.length >> 1) + 8);
  const dir = await place(join(root, "corrupt"), {
    "bad.gz": bad,
    "cut.gz": good.subarray(0, -20),
    "text.gz": "just text\n",
    "x.bz2": "BZh9",
    "cut.zst": zstdCompressSync("abc".repeat(999)).subarray(0, -3),
  });
  for (const name of ["bad.gz", "cut.gz", "text.gz", "cut.zst"]) {
    await assert.rejects(
      linesOf(`${dir}/${name}`),
      coded("DSTREAMS_DATA", new RegExp(`Cannot decompress file:.*${name}: `)),
      name,
    );
  }
  await assert.rejects(
    linesOf(`${dir}/x.bz2`),
    coded("DSTREAMS_UNSUPPORTED", /x\.bz2: \.bz2 is not supported; .*\.gz/),
  );
});

test("a file that goes, or shrinks, between listing and reading", async () => {
  const path = join(root, "changing");
  await writeFile(path, "line\n".repeat(1000));
  const splits = await textFileSplits(path, 2);
  await writeFile(path, `${"line\n".repeat(1000)}appended\n`);
  assert.equal((await readAll(textReader(), splits)).flat().length, 1001); // a line that begins where the last split ends is its own
  await truncate(path, 3000);
  await assert.rejects(
    readAll(textReader(), splits),
    coded("DSTREAMS_STORAGE", /changing was shortened while it was read: it had 5000 bytes, now it has 3000/),
  );
  await unlink(path);
  await assert.rejects(
    readAll(textReader(), splits),
    coded("DSTREAMS_PATH_NOT_FOUND", /Cannot read file:.*changing: it does not exist/),
  );
});

test("leaving early closes the file", { skip: process.platform !== "linux" }, async () => {
  const dir = await place(join(root, "early"), {
    plain: "line\n".repeat(100_000),
    "zipped.gz": gzipSync(randomBytes(3_000_000).toString("base64").replace(/.{76}/g, "$&\n")),
  });
  for (const split of await textFileSplits(dir, 1)) {
    for await (const chunk of textReader()(split)) {
      assert.ok(chunk.length > 0);
      assert.deepEqual(await openBelow(dir), [split.path.slice("file:".length)]);
      break;
    }
    assert.deepEqual(await openBelow(dir), []);
  }
});

/** The files below a directory that this process has open. */
async function openBelow(directory: string): Promise<string[]> {
  const links = (await readdir("/proc/self/fd")).map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => ""));
  return (await Promise.all(links)).filter(path => path.startsWith(directory));
}

test("10,000 small files", async () => {
  const dir = await place(join(root, "many"), { first: "1\n2" });
  for (let i = 1; i < 10_000; i++) linkSync(join(dir, "first"), join(dir, `f${i}`)); // quicker to make than as many files
  const splits = await textFileSplits(dir, 2);
  assert.equal(splits.length, 10_000);
  assert.deepEqual(
    await readAll(textReader(), splits),
    Array.from(splits, () => ["1", "2"]),
  );
});
