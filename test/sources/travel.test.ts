import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { capture } from "../../src/closure/capture.ts";
import type { Reader } from "../../src/plan/plan.ts";
import { binaryRecordSplits, recordReader } from "../../src/sources/binary-records.ts";
import { collectionReader, collectionSplits, rangeReader, rangeSplits } from "../../src/sources/collection.ts";
import { beginSave, commitSave } from "../../src/sources/save.ts";
import { savePartition } from "../../src/sources/save-partition.ts";
import { textFileSplits } from "../../src/sources/text-file.ts";
import { textReader } from "../../src/sources/text-reader.ts";
import {
  binaryFileReader,
  binaryFileSplits,
  wholeTextFileSplits,
  wholeTextReader,
} from "../../src/sources/whole-files.ts";
import { place, readAll, temporaryDirectory } from "./support.ts";
import type { Task } from "./worker.ts";

const root = await temporaryDirectory();

async function inWorker(tasks: readonly Task[]): Promise<unknown[]> {
  const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData: tasks });
  const [results] = (await once(worker, "message")) as [unknown[]];
  await worker.terminate();
  return results;
}

test("every reader reads in a worker what it reads here", async () => {
  const dir = await place(join(root, "in"), { "a.txt": "1\n2\r\n3", "b.txt.gz": gzipSync("4\n5\n6\n") });
  const readers: readonly [name: string, reader: Reader, splits: readonly unknown[]][] = [
    ["text", textReader(), await textFileSplits(dir, 3)],
    ["whole text", wholeTextReader(), await wholeTextFileSplits(dir, 2)],
    ["binary files", binaryFileReader(), await binaryFileSplits(dir, 2)],
    ["binary records", recordReader(2), await binaryRecordSplits(join(dir, "a.txt"), 2)],
    ["collection", collectionReader(), collectionSplits([["a", 1], null, { b: [2] }], 2)],
    ["range", rangeReader(), rangeSplits(10, 0, -3, 2)],
  ];
  const there = await inWorker(readers.map(([, reader, splits]) => ({ bytes: capture(reader).bytes, splits })));
  for (const [i, [name, reader, splits]] of readers.entries()) {
    const here = await readAll(reader, splits);
    assert.ok(here.flat().length > 0, name);
    assert.deepEqual(there[i], here, name);
  }
});

test("a partition is saved in a worker", async () => {
  const job = await beginSave(join(root, "out"));
  await inWorker([{ bytes: capture(savePartition(job)).bytes, index: 0, records: ["a", ["b", 1]] }]);
  await commitSave(job, 1);
  assert.equal(await readFile(join(root, "out", "part-00000"), "utf8"), "a\n('b', 1)\n");
});
