import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { binaryRecordSplits, newRecordSplits, recordReader } from "../../src/sources/binary-records.ts";
import {
  binaryFileReader,
  binaryFileSplits,
  wholeTextFileSplits,
  wholeTextReader,
} from "../../src/sources/whole-files.ts";
import { localStorage } from "../../src/storage/local.ts";
import { coded, place, readAll, temporaryDirectory } from "./support.ts";

const root = await temporaryDirectory();

test("whole text files: uri and content, decompressed", async () => {
  const dir = await place(join(root, "whole"), { a: "1\r\n2", "b.gz": gzipSync("zipped"), empty: "", _c: "hidden" });
  const splits = await wholeTextFileSplits(dir, 1);
  const records = (await readAll(wholeTextReader(), splits)).flat();
  assert.deepEqual(records, [
    [`file:${dir}/a`, "1\r\n2"],
    [`file:${dir}/b.gz`, "zipped"],
    [`file:${dir}/empty`, ""],
  ]);
});

test("whole text files fill partitions up to their share", async () => {
  const dir = await place(join(root, "share"), { a: "xxxx", b: "xxxx", c: "xxxx", d: "xxxx" });
  const counts = async (n: number) => (await wholeTextFileSplits(dir, n)).map(split => split.files.length);
  assert.deepEqual(await counts(1), [4]);
  assert.deepEqual(await counts(2), [2, 2]);
  assert.deepEqual(await counts(3), [2, 2]);
  assert.deepEqual(await counts(9), [1, 1, 1, 1]);
});

test("binary files: uri and bytes as they are", async () => {
  const zipped = gzipSync("zipped");
  const dir = await place(join(root, "binary"), { "b.gz": zipped, raw: new Uint8Array([0, 255, 10]) });
  const records = (await readAll(binaryFileReader(), await binaryFileSplits(dir, 2))).flat();
  assert.deepEqual(records, [
    [`file:${dir}/b.gz`, new Uint8Array(zipped)],
    [`file:${dir}/raw`, new Uint8Array([0, 255, 10])],
  ]);
});

test("binary records, over chunks and over splits", async () => {
  const bytes = new Uint8Array(300_003).map((_, i) => i * 7);
  const dir = await place(join(root, "records"), { data: bytes });
  for (const length of [1, 3, 7, 100_001]) {
    if (bytes.length % length !== 0) continue;
    const records = (await readAll(recordReader(length), await binaryRecordSplits(dir, length))).flat() as Uint8Array[];
    assert.equal(records.length, bytes.length / length);
    assert.ok(records.every(record => record.length === length));
    assert.deepEqual(Buffer.concat(records), Buffer.from(bytes));
  }
  const [status] = await localStorage.list(dir);
  assert.ok(status);
  const splits = await newRecordSplits([{ ...status, blockSize: 100_000 }], 7);
  assert.deepEqual(
    splits.map(split => split.end - split.start),
    [99_995, 99_995, 100_013],
  );
});

test("a last record that is too short", async () => {
  const dir = await place(join(root, "short"), { data: new Uint8Array(10) });
  await assert.rejects(
    binaryRecordSplits(dir, 4).then(splits => readAll(recordReader(4), splits)),
    coded("DSTREAMS_DATA", /^Byte array does not have correct length\. 2 did not equal recordLength: 4 .*data\)$/),
  );
  await assert.rejects(
    binaryRecordSplits(dir, 0),
    coded("DSTREAMS_ILLEGAL_ARGUMENT", /recordLength must be a positive integer/),
  );
});
