/** Files as they come: a stream over a directory takes what it can, names what it cannot, and goes on. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, truncateSync } from "node:fs";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { ErrorCode, StreamingContext } from "../../src/index.ts";
import { assertHealthy, errorOf, newStream, rejectsWith, sharedContext } from "./support/stream.ts";
import { TemporaryDirectory } from "./support/temporary-directory.ts";

/** The records of each batch whose output operation did not fail, by batch time. `around` may disturb the job. */
function collected(
  ssc: StreamingContext,
  path: string,
  around = (_time: number, job: () => Promise<string[]>): Promise<string[]> => job(),
) {
  const batches = new Map<number, string[]>();
  ssc.textFileStream(path).foreachRDD(async (rdd, { milliseconds }) => {
    batches.set(milliseconds, await around(milliseconds, () => rdd.collect()));
  });
  return batches;
}

/** Runs as somebody who may not read everything, if this process may; all threads of a process are one user. */
async function withoutPrivileges<R>(body: () => Promise<R>): Promise<R> {
  const user = process.geteuid?.();
  const nobody = 65534;
  if (user === 0) process.seteuid?.(nobody);
  try {
    return await body();
  } finally {
    if (user === 0) process.seteuid?.(user);
  }
}

describe("a file stream goes on after a batch with", () => {
  const sc = sharedContext("local[2]");

  interface Trouble {
    /** Done to the file `bad` when its batch has been made and its job begins. */
    readonly then: (file: string) => void;
    readonly name?: string;
    readonly content?: string | Uint8Array;
    readonly code: ErrorCode;
    readonly message: RegExp;
  }

  const packed = gzipSync("line\n".repeat(10_000));
  const nothing = (): void => undefined;

  const troubles: Record<string, Trouble> = {
    "a file that is gone before it is read": {
      then: file => rmSync(file),
      code: "DSTREAMS_PATH_NOT_FOUND",
      message: /Cannot read file:.*\/bad: it does not exist/,
    },
    "a file that has become shorter": {
      then: file => truncateSync(file, 3),
      code: "DSTREAMS_STORAGE",
      message: /\/bad was shortened while it was read: it had 9 bytes, now it has 3/,
    },
    "a file that nobody may read": {
      then: file => chmodSync(file, 0),
      code: "DSTREAMS_STORAGE",
      message: /Cannot read file:.*\/bad: permission denied/,
    },
    "a gzip file that is cut short": {
      name: "bad.gz",
      content: packed.subarray(0, packed.length / 2),
      then: nothing,
      code: "DSTREAMS_DATA",
      message: /Cannot decompress file:.*\/bad\.gz: .*cut short/,
    },
    "a file that is no gzip": {
      name: "bad.gz",
      content: "plain text",
      then: nothing,
      code: "DSTREAMS_DATA",
      message: /Cannot decompress file:.*\/bad\.gz: .*not \.gz/,
    },
  };

  for (const [what, trouble] of Object.entries(troubles)) {
    const { name = "bad", content = "bad\ndata\n", code, message } = trouble;
    test(what, async t => {
      if (process.platform === "win32" && /permission/.test(message.source)) return t.skip("Windows has no such modes");
      using directory = new TemporaryDirectory();
      chmodSync(directory.path, 0o755);
      await using stream = newStream(sc());
      const batches = collected(stream.ssc, directory.path, (time, job) => {
        if (time !== 2000) return job();
        trouble.then(directory.at(name));
        return withoutPrivileges(job);
      });
      directory.write("before", "1", 500);
      await stream.ssc.start();
      await stream.batches(1);
      directory.write(name, content, 1500);
      directory.write("good", "in the same batch", 1500);
      await stream.batches(1);
      directory.write("after", "3", 2500);
      await stream.batches(2);
      assert.deepEqual(
        [...batches],
        [
          [1000, ["1"]],
          [3000, ["3"]],
          [4000, []],
        ],
      );
      const error = await errorOf(stream.ssc);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.match(error.message, /batch time 2000 ms/);
    });
  }

  test("the directory itself unreadable for a while: its files come when it is readable again", async t => {
    if (process.platform === "win32") return t.skip("Windows has no such modes");
    using directory = new TemporaryDirectory();
    await using stream = newStream(sc());
    const batches = collected(stream.ssc, directory.path);
    await stream.ssc.start();
    directory.write("file", "1", 500);
    chmodSync(directory.path, 0);
    await withoutPrivileges(() => stream.batches(1));
    chmodSync(directory.path, 0o755);
    await stream.batches(1);
    await assertHealthy(stream.ssc);
    assert.deepEqual(
      [...batches],
      [
        [1000, []],
        [2000, ["1"]],
      ],
    );
  });

  test("a directory inside a directory inside", async () => {
    using directory = new TemporaryDirectory();
    await using stream = newStream(sc());
    const batches = collected(stream.ssc, directory.path);
    await stream.ssc.start();
    mkdirSync(directory.at("old/deep"), { recursive: true });
    directory.touch("old", 0);
    directory.write("first", "1", 500);
    await stream.batches(1);
    mkdirSync(directory.at("new/deep"), { recursive: true });
    directory.touch("new", 1500);
    directory.write("second", "2", 1500);
    await stream.batches(1);
    directory.write("third", "3", 2500);
    await stream.batches(1);
    assert.deepEqual(batches.get(1000), ["1"]);
    assert.equal(batches.get(2000), undefined);
    assert.deepEqual(batches.get(3000), ["3"]);
    const error = await errorOf(stream.ssc);
    assert.equal(error.code, "DSTREAMS_STORAGE");
    assert.match(error.message, /Not a file: file:.*\/new\/deep/);
  });
});

describe("a file stream reads", () => {
  const sc = sharedContext("local[2]");

  /** The lines of one batch of files. */
  async function read(files: Record<string, string | Uint8Array>): Promise<string[]> {
    using directory = new TemporaryDirectory();
    await using stream = newStream(sc());
    const batches = collected(stream.ssc, directory.path);
    await stream.ssc.start();
    for (const [name, content] of Object.entries(files)) directory.write(name, content, 500);
    await stream.batches(1);
    await assertHealthy(stream.ssc);
    return batches.get(1000) ?? [];
  }

  test("all line ends, no line end, empty files, empty lines, gzip, in the order of names", async () => {
    const files = {
      a: "one\r\ntwo\r\n",
      b: "no line end",
      c: "",
      d: "\n\n",
      "e.gz": gzipSync("packed\nno line end"),
      f: "old\rMac\r",
      g: "\uFEFFmark",
      h: "\r\n",
      "i.gz": gzipSync(""),
    };
    const lines = ["one", "two", "no line end", "", "", "packed", "no line end", "old", "Mac", "mark", ""];
    assert.deepEqual(await read(files), lines);
  });

  test("bytes that are no UTF-8 as U+FFFD, and all that is around them", async () => {
    const bytes = Buffer.concat([
      Buffer.from("gr\xFC\xDFe\n", "latin1"),
      Buffer.from("naïve 🎉\n"),
      Buffer.from([0xf0, 0x9f]),
    ]);
    assert.deepEqual(await read({ bytes }), ["gr\uFFFD\uFFFDe", "naïve 🎉", "\uFFFD"]);
  });

  test("a character that lies across chunks and splits as one", async () => {
    const text = "é".repeat(200_001);
    assert.deepEqual(await read({ text: `x${text}` }), [`x${text}`]);
  });

  test("a line of 50 MB, whole, and through a shuffle", async () => {
    using directory = new TemporaryDirectory();
    await using stream = newStream(sc());
    const size = 50 << 20;
    const seen: unknown[] = [];
    stream.ssc
      .textFileStream(directory.path)
      .map(line => [line, 1])
      .reduceByKey((a, b) => a + b, 2)
      .map(([line, count]) => [line.length, line.slice(-4), count])
      .foreachRDD(async rdd => seen.push(...(await rdd.collect())));
    await stream.ssc.start();
    directory.write("long", Buffer.alloc(size + 4, "longline").fill("end\n", size), 500);
    await stream.batches(1);
    await assertHealthy(stream.ssc);
    assert.deepEqual(seen, [[size + 3, "eend", 1]]);
  });

  test("ten thousand files in one batch", async t => {
    using directory = new TemporaryDirectory();
    await using stream = newStream(sc());
    const sums: number[][] = [];
    stream.ssc
      .textFileStream(directory.path)
      .map(Number)
      .foreachRDD(async rdd => sums.push([await rdd.count(), await rdd.sum()]));
    await stream.ssc.start();
    for (let i = 0; i < 10_000; i++) directory.write(`file-${i}`, `${i}\n${i}`, 500);
    const start = performance.now();
    await stream.batches(2);
    t.diagnostic(`listed, counted and summed in ${Math.round(performance.now() - start)} ms`);
    await assertHealthy(stream.ssc);
    assert.deepEqual(sums, [
      [20_000, 99_990_000],
      [0, 0],
    ]);
  });
});

describe("an output directory that exists", () => {
  const sc = sharedContext("local[2]");

  test("is refused by saveAsTextFile, and left as it was", async () => {
    using directory = new TemporaryDirectory();
    directory.write("kept", "as it was");
    const saved = sc().parallelize(["new"], 1).saveAsTextFile(directory.path);
    await rejectsWith(saved, "DSTREAMS_PATH_EXISTS", /^Output directory file:.* already exists/);
    assert.deepEqual(directory.names(), ["kept"]);
  });

  test("is written over by saveAsTextFiles, since a batch may run again", async () => {
    using directory = new TemporaryDirectory();
    await using stream = newStream(sc());
    mkdirSync(directory.at("out-1000.txt"));
    directory.write("out-1000.txt/part-00000", "of an earlier run\n");
    directory.write("out-1000.txt/part-00007", "of an earlier run\n");
    stream.ssc.queueStream([sc().parallelize(["new", "lines"], 1)]).saveAsTextFiles(directory.at("out"), "txt");
    await stream.ssc.start();
    await stream.batches(1);
    await assertHealthy(stream.ssc);
    assert.deepEqual((await sc().textFile(directory.at("out-1000.txt")).collect()).sort(), ["lines", "new"]);
  });

  test("that is a file fails the batch, not the stream", async () => {
    using directory = new TemporaryDirectory();
    await using stream = newStream(sc());
    directory.write("out-1000", "a file");
    stream.ssc.queueStream([["a"], ["b"]]).saveAsTextFiles(directory.at("out"));
    await stream.ssc.start();
    await stream.batches(2);
    assert.equal((await errorOf(stream.ssc)).code, "DSTREAMS_PATH_EXISTS");
    assert.deepEqual(await sc().textFile(directory.at("out-2000")).collect(), ["b"]);
  });
});
