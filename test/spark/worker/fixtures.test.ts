/** The headers of every version of Spark, as real ones sent them: see test/spark/fixtures/README.md. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { headerReader, timesOf } from "../../../src/engine/spark/worker/header.ts";
import { EndOfWire, marks, WireReader } from "../../../src/engine/spark/worker/wire.ts";

const versions = ["3.5.9", "4.0.1", "4.1.4", "4.2.1", "4.3.0"];

function recording(version: string): Buffer {
  return readFileSync(new URL(`../fixtures/spark-${version}.bin`, import.meta.url));
}

async function inputOf(reader: WireReader): Promise<string[]> {
  const elements: string[] = [];
  for await (const batch of reader.frames()) elements.push(...batch.map(String));
  assert.equal(await reader.i32(), marks.endOfStream);
  return elements;
}

for (const version of versions) {
  describe(`Spark ${version}`, () => {
    test("a connection's tasks are read to the last byte", async () => {
      const reader = WireReader.of(recording(version));
      const readHeader = headerReader(version);
      const tasks = [];
      for (let task = 0; task < 3; task++) {
        tasks.push(await readHeader(reader));
        assert.deepEqual(await inputOf(reader), ["alpha", "", "x".repeat(300)]);
      }
      await assert.rejects(readHeader(reader), EndOfWire);

      assert.deepEqual(
        tasks.map(({ command }) => String(command)),
        ["first command", "second command", "third command"],
      );
      assert.deepEqual(
        tasks.map(({ context }) => [
          context.stageId,
          context.partitionId,
          context.attemptNumber,
          context.taskAttemptId,
        ]),
        [
          [0, 0, 0, 0],
          [1, 0, 0, 1],
          [2, 0, 0, 2],
        ],
      );
      assert.deepEqual(
        tasks.map(({ broadcasts }) => broadcasts),
        [
          { removed: [], added: [{ id: 0, path: "/tmp/dstreams-record/value" }] },
          { removed: [0], added: [] },
          { removed: [], added: [] },
        ],
      );
      for (const task of tasks) {
        assert.equal(task.partition, 0);
        assert.equal(task.driverVersion, "python-ver");
        assert.match(task.filesDirectory, /^\/tmp\/dstreams-record\/spark-[^/]+\/userFiles-[^/]+$/);
        assert.equal(task.context.localProperties["dstreams.test"], "värde 😀");
        assert.equal(task.context.localProperties["callSite.short"], "a call site");
      }
    });

    test("a recording that is cut anywhere in a header ends, and is nothing else", async () => {
      const bytes = recording(version);
      const length = bytes.indexOf("first command") + "first command".length;
      for (let end = 0; end < length; end++) {
        const cut = WireReader.of(bytes.subarray(0, end));
        await assert.rejects(headerReader(version)(cut), EndOfWire, `cut at ${end}`);
      }
    });
  });
}

test("versions that nobody knows yet are read as the newest, with whatever a vendor adds", async () => {
  for (const version of ["4.3.7-vendor.1", "4.4.0", "5.0.0-preview1"]) {
    assert.equal(String((await headerReader(version)(WireReader.of(recording("4.3.0")))).command), "first command");
  }
  assert.equal(
    String((await headerReader("3.5.1-amzn-0")(WireReader.of(recording("3.5.9")))).command),
    "first command",
  );
});

test("older versions, and none, are refused", () => {
  assert.deepEqual(["3.5.9", "4.0.1", "4.1.4-x", "4.2.1", "4.3.0", "4.4.0", "5.0.0", undefined].map(timesOf), [
    ...[5, 5, 5, 6, 6],
    ...[undefined, undefined, undefined],
  ]);
  assert.throws(() => headerReader("3.4.4"), /Spark 3.4.4 is too old/);
  assert.throws(() => headerReader(undefined), /DSTREAMS_SPARK_VERSION must be the version of Spark, and is not set/);
});

test("a worker that was told a wrong version says so", async () => {
  await assert.rejects(headerReader("4.3.0")(WireReader.of(recording("3.5.9"))), /DSTREAMS_SPARK_VERSION/);
  await assert.rejects(headerReader("4.2.1")(WireReader.of(recording("4.3.0"))), /DSTREAMS_SPARK_VERSION/);
});
