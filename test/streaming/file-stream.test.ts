import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { StreamingContext } from "../../src/streaming/streaming-context.ts";
import { collectBatches, newContext } from "./support/context.ts";
import { captureLog } from "./support/log.ts";

class Directory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "dstreams-files-"));

  /** A file with a modification time, ms since the epoch. */
  write(name: string, content: string | Uint8Array, modifiedMs: number): void {
    writeFileSync(join(this.path, name), content);
    this.touch(name, modifiedMs);
  }

  touch(name: string, modifiedMs: number): void {
    utimesSync(join(this.path, name), modifiedMs / 1000, modifiedMs / 1000);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

const second = 1000;

test("a file belongs to the batch in whose interval it was modified, and to one only", async () => {
  await using context = newContext();
  using dir = new Directory();
  const { clock, ssc } = context;
  await clock.advance(10_500);
  const batches = collectBatches(ssc.textFileStream(dir.path));
  dir.write("before", "modified before the stream was created", 10_499);
  dir.write("at-creation", "modified at the very moment", 10_500);
  dir.write("first", "one\ntwo", 10_501);
  dir.write("at-batch-time", "on the border", 11_000);
  dir.write("later", "for the next", 11_001);
  await ssc.start();
  await clock.advance(500);
  assert.deepEqual(batches, [["on the border", "one", "two"]]);
  await clock.advance(2 * second);
  assert.deepEqual(batches.slice(1), [["for the next"], []]);
});

test("names that begin with a dot and files being copied are left out, and taken under their real name", async () => {
  await using context = newContext();
  using dir = new Directory();
  const batches = collectBatches(context.ssc.textFileStream(dir.path));
  dir.write(".hidden", "no", 500);
  dir.write("data._COPYING_", "yes", 500);
  dir.write("_SUCCESS", "", 500);
  await context.ssc.start();
  using _log = captureLog("OFF");
  await context.clock.advance(second);
  assert.deepEqual(batches, [[]]);
  renameSync(join(dir.path, "data._COPYING_"), join(dir.path, "data"));
  await context.clock.advance(second);
  assert.deepEqual(batches, [[], ["yes"]]);
});

test("a file that becomes visible late is taken, unless it is older than the window", async () => {
  await using context = newContext({ settings: { "spark.streaming.fileStream.minRememberDuration": "5s" } });
  using dir = new Directory();
  const batches = collectBatches(context.ssc.textFileStream(dir.path));
  await context.ssc.start();
  await context.clock.advance(10 * second);
  dir.write("too-old", "5 s before the batch at 11 s", 6000);
  dir.write("in-time", "a little less", 6001);
  await context.clock.advance(second);
  assert.deepEqual(batches.at(-1), ["a little less"]);
});

test("the old key of the window, and whole batches", async () => {
  await using context = newContext({ batchMs: 2000, settings: { "spark.streaming.minRememberDuration": "3" } });
  using dir = new Directory();
  const batches = collectBatches(context.ssc.textFileStream(dir.path));
  await context.ssc.start();
  await context.clock.advance(8 * second);
  dir.write("a", "window is 4 s", 6001);
  dir.write("b", "gone", 6000);
  await context.clock.advance(2 * second);
  assert.deepEqual(batches.at(-1), ["window is 4 s"]);
});

test("a changed file is not read again until its selection has left the window", async () => {
  await using context = newContext({ settings: { "spark.streaming.fileStream.minRememberDuration": "3s" } });
  using dir = new Directory();
  const batches = collectBatches(context.ssc.textFileStream(dir.path));
  await context.ssc.start();
  dir.write("log", "one", 500);
  await context.clock.advance(second);
  dir.write("log", "one\ntwo", 1500);
  await context.clock.advance(3 * second);
  dir.touch("log", 4500);
  await context.clock.advance(second);
  assert.deepEqual(batches, [["one"], [], [], [], []]);
  dir.touch("log", 5500);
  await context.clock.advance(second);
  assert.deepEqual(batches.at(-1), ["one", "two"]);
});

test("newFilesOnly: false takes what is there, back to the window", async () => {
  await using context = newContext();
  using dir = new Directory();
  await context.clock.advance(100 * second);
  dir.write("old", "too old", 41_000);
  dir.write("recent", "there before", 41_001);
  const batches = collectBatches(context.ssc.fileStream(dir.path, { newFilesOnly: false }));
  await context.ssc.start();
  await context.clock.advance(second);
  assert.deepEqual(batches, [["there before"]]);
});

test("a filter decides by the path", async () => {
  await using context = newContext();
  using dir = new Directory();
  const batches = collectBatches(context.ssc.fileStream(dir.path, { filter: path => path.endsWith(".csv") }));
  await context.ssc.start();
  dir.write("a.csv", "a", 500);
  dir.write("a.txt", "b", 500);
  await context.clock.advance(second);
  assert.deepEqual(batches, [["a"]]);
});

test("each file is a partition, in the order of their names; no new file is no partition, and the batch runs", async () => {
  await using context = newContext();
  using dir = new Directory();
  const stream = context.ssc.textFileStream(dir.path);
  const partitions = collectBatches(stream.glom());
  const counts = collectBatches(stream.count());
  await context.ssc.start();
  dir.write("b", "2\n3", 500);
  dir.write("a", "1", 600);
  await context.clock.advance(2 * second);
  assert.deepEqual(partitions, [[["1"], ["2", "3"]], []]);
  assert.deepEqual(counts, [[3], []]);
});

test("a pattern names directories, which are not searched below; a path of a file yields nothing", async () => {
  await using context = newContext();
  using dir = new Directory();
  mkdirSync(join(dir.path, "x1", "deep"), { recursive: true });
  mkdirSync(join(dir.path, "y1"));
  const byPattern = collectBatches(context.ssc.textFileStream(join(dir.path, "x*")));
  dir.write("x-file", "a file that matches", 500);
  const byFile = collectBatches(context.ssc.textFileStream(join(dir.path, "x-file")));
  await context.ssc.start();
  dir.write("x1/a", "taken", 500);
  dir.write("y1/a", "not matched", 500);
  dir.write("x1/deep/a", "too deep", 500);
  dir.touch("x1/deep", 0);
  await context.clock.advance(second);
  assert.deepEqual([byPattern, byFile], [[["taken"]], [[]]]);
});

test("a missing directory is warned of, makes empty batches, and is found when it appears", async () => {
  await using context = newContext();
  using dir = new Directory();
  using log = captureLog("WARN");
  const path = join(dir.path, "later");
  const batches = collectBatches(context.ssc.textFileStream(path));
  await context.ssc.start();
  await context.clock.advance(2 * second);
  assert.equal(log.lines.length, 1);
  assert.match(log.lines[0] ?? "", /^WARN FileInputDStream: No directory to scan: .*later: /);
  mkdirSync(path);
  dir.write("later/a", "there", 2500);
  await context.clock.advance(second);
  assert.deepEqual(batches, [[], [], ["there"]]);
});

test("an empty file is reported, and its batch runs", async () => {
  await using context = newContext();
  using dir = new Directory();
  const batches = collectBatches(context.ssc.textFileStream(dir.path));
  await context.ssc.start();
  dir.write("empty", "", 500);
  using log = captureLog("ERROR");
  await context.clock.advance(second);
  assert.deepEqual(batches, [[]]);
  assert.match(
    log.lines[0] ?? "",
    /^ERROR FileInputDStream: File .*empty has no data in it\. Spark Streaming can only ingest/,
  );
});

test("a file that vanishes between listing and reading fails its batch, and the stream goes on", async () => {
  await using context = newContext();
  using dir = new Directory();
  using _log = captureLog("OFF");
  const batches: string[][] = [];
  context.ssc.textFileStream(dir.path).foreachRDD(async (rdd, time) => {
    if (time.milliseconds === 1000) rmSync(join(dir.path, "fleeting"));
    batches.push(await rdd.collect());
  });
  await context.ssc.start();
  dir.write("fleeting", "gone", 500);
  dir.write("later", "here", 1500);
  await context.clock.advance(2 * second);
  assert.deepEqual(batches, [["here"]]);
  await assert.rejects(context.ssc.awaitTermination(), (error: Error) => error.message.includes("fleeting"));
});

test("the input is reported: no count of records, but the files", async () => {
  await using context = newContext();
  using dir = new Directory();
  const infos: unknown[] = [];
  context.ssc.addStreamingListener({
    onBatchSubmitted: ({ batchInfo }) => infos.push(batchInfo.streamIdToInputInfo.get(0)),
  });
  using log = captureLog("INFO");
  collectBatches(context.ssc.textFileStream(dir.path));
  await context.ssc.start();
  dir.write("a", "1", 500);
  await context.clock.advance(second);
  const path = `file:${join(dir.path, "a")}`;
  assert.deepEqual(infos, [{ inputStreamId: 0, numRecords: 0, metadata: { files: [path], Description: path } }]);
  const message = log.records.find(record => record.name === "FileInputDStream")?.message;
  assert.equal(message, `New files at time 1000 ms:\n${path}`);
});

test("whole files, bytes, fixed records and compressed text", async () => {
  await using context = newContext();
  using dir = new Directory();
  const { ssc } = context;
  const text = collectBatches(ssc.fileStream(dir.path, { format: "wholeText" }));
  const bytes = collectBatches(ssc.fileStream(dir.path, { format: "binary", filter: path => path.endsWith("a") }));
  const lines = collectBatches(ssc.textFileStream(dir.path));
  await ssc.start();
  dir.write("a", "1\n2", 500);
  dir.write("b.gz", gzipSync("3\n4"), 500);
  await context.clock.advance(second);
  assert.deepEqual(
    text[0]?.map(([, content]) => content),
    ["1\n2", "3\n4"],
  );
  assert.deepEqual(
    bytes[0]?.map(([, content]) => Buffer.from(content).toString()),
    ["1\n2"],
  );
  assert.deepEqual(lines, [["1", "2", "3", "4"]]);
});

test("binaryRecordsStream cuts files into records of one length", async () => {
  await using context = newContext();
  using dir = new Directory();
  const records = collectBatches(context.ssc.binaryRecordsStream(dir.path, 2).map(record => [...record]));
  await context.ssc.start();
  dir.write("a", Uint8Array.of(1, 2, 3, 4), 500);
  await context.clock.advance(second);
  assert.deepEqual(records, [
    [
      [1, 2],
      [3, 4],
    ],
  ]);
});

test("two thousand files in one batch", async () => {
  await using context = newContext();
  using dir = new Directory();
  const counts = collectBatches(context.ssc.textFileStream(dir.path).count());
  await context.ssc.start();
  for (let i = 0; i < 2000; i++) dir.write(String(i), "x", 500);
  await context.clock.advance(2 * second);
  assert.deepEqual(counts, [[2000], []]);
});

test("file streams of an unstarted context cost nothing", async () => {
  await using context = newContext();
  const other = new StreamingContext(context.sc, 1);
  other.textFileStream("/nowhere/at/all").pprint();
  assert.equal(other.getState(), "INITIALIZED");
});
