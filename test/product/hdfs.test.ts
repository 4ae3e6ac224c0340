/** Programs on a real HDFS: streams over directories, files in and out, checkpoints, the example. */
import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { hdfs, isServing, startNamenode } from "../../scripts/services/hdfs.ts";
import { until } from "../../scripts/services/process.ts";
import { hdfsStorage as storage } from "../../src/storage/hdfs/hdfs.ts";
import type { SparkContext } from "../../src/index.ts";
import { root as project, start } from "../cli/support/run.ts";
import { put } from "../storage/support.ts";
import { startServer } from "../support/servers.ts";
import { assertHealthy, newContext, newStream } from "./support/stream.ts";

const { skip, place, server } = await startServer(hdfs);
const { fs, http, conf } = skip === false ? server.endpoints : { fs: "", http: "", conf: "" };

describe("on HDFS", { skip }, () => {
  let context: SparkContext | undefined;
  const sc = (): SparkContext =>
    (context ??= newContext("local[2]", {
      "spark.hadoop.dfs.namenode.http-address": http.replace("http://", ""),
      "spark.hadoop.dfs.blocksize": "64k",
      "spark.hadoop.dstreams.storage.patience": "2",
    }));
  after(() => context?.stop());

  /** Files get the times of virtual time. */
  async function touch(path: string, modified: number): Promise<void> {
    const url = `${http}/webhdfs/v1${path.slice(fs.length)}?op=SETTIMES&modificationtime=${modified}&user.name=${userInfo().username}`;
    const response = await fetch(url, { method: "PUT" });
    assert.equal(response.status, 200, await response.text());
  }

  test("a stream takes what is new, complete and visible, once; files renamed into place keep their time", async () => {
    const directory = `${fs}/tmp/stream`;
    await using stream = newStream(sc());
    const batches: string[][] = [];
    stream.ssc.textFileStream(`${fs}/tmp/str*`).foreachRDD(async rdd => {
      batches.push((await rdd.collect()).sort());
    });
    const write = async (name: string, content: string | Uint8Array, modified: number): Promise<void> => {
      await put(storage, `${directory}/${name}`, content);
      await touch(`${directory}/${name}`, modified);
    };
    await stream.ssc.start();
    await stream.batches(1);
    await write("first", "1\n", 1500);
    await write("packed.gz", gzipSync("2\n3"), 1600);
    await write(".hidden", "x", 1600);
    await write("_hidden", "x", 1600);
    await write("copied._COPYING_", "x", 1600);
    await write("future", "later", 3500);
    await storage.mkdirs(`${fs}/tmp/elsewhere`);
    await put(storage, `${fs}/tmp/elsewhere/moved`, "moved");
    await touch(`${fs}/tmp/elsewhere/moved`, 1700);
    await stream.batches(1);
    await storage.rename(`${fs}/tmp/elsewhere/moved`, `${directory}/moved`);
    await storage.rename(`${directory}/copied._COPYING_`, `${directory}/copied`);
    await stream.batches(3);
    await assertHealthy(stream.ssc);
    assert.deepEqual(batches, [[], ["1", "2", "3"], ["moved", "x"], ["later"], []]);
  });

  test("a stream goes on when the NameNode has been away, and loses nothing", async () => {
    const directory = `${fs}/tmp/interrupted`;
    await storage.mkdirs(directory);
    await using stream = newStream(sc());
    const batches: string[][] = [];
    stream.ssc.textFileStream(directory).foreachRDD(async rdd => {
      batches.push(await rdd.collect());
    });
    await stream.ssc.start();
    await put(storage, `${directory}/file`, "kept");
    await touch(`${directory}/file`, 500);
    await server.namenode.stop("SIGKILL");
    await stream.batches(1);
    const namenode = startNamenode(place, server.javaCommand);
    await until("answer", namenode, () => isServing(http, 1));
    await stream.batches(2);
    await assertHealthy(stream.ssc);
    assert.deepEqual(batches, [[], ["kept"], []]);
  });

  test("ranges of one file are read in parallel, and together are the file", async () => {
    const numbers = Array.from({ length: 100_000 }, (_, i) => i);
    const path = `${fs}/tmp/numbers`;
    await put(storage, path, `${numbers.join("\n")}\n`);
    const read = sc().textFile(path);
    assert.equal(await read.getNumPartitions(), Math.ceil(588_890 / 65_536));
    assert.deepEqual((await read.collect()).map(Number), numbers);

    const records = sc().binaryRecords(path, 10);
    assert.equal(await records.getNumPartitions(), 9);
    const bytes = Buffer.concat(await records.collect());
    assert.equal(bytes.toString(), `${numbers.join("\n")}\n`);
  });

  test("saveAsTextFile is complete or not there; wholeTextFiles, patterns and directories read it", async () => {
    const path = `${fs}/tmp/saved`;
    await sc().parallelize(["a", "b", "c"], 2).saveAsTextFile(path);
    const names = (await storage.list(path)).map(({ name }) => name);
    assert.deepEqual(names, ["_SUCCESS", "part-00000", "part-00001"]);
    assert.deepEqual(await sc().textFile(path).collect(), ["a", "b", "c"]);
    assert.deepEqual(await sc().wholeTextFiles(`${fs}/tmp/s?ved/part-*1`).collect(), [
      [`${path}/part-00001`, "b\nc\n"],
    ]);
    await assert.rejects(sc().parallelize(["d"]).saveAsTextFile(path), { code: "DSTREAMS_PATH_EXISTS" });
    const failing = sc()
      .parallelize([1, 2], 1)
      .map(n => (n === 2 ? JSON.parse("no") : n))
      .saveAsTextFile(`${fs}/tmp/failed`);
    await assert.rejects(failing, { code: "DSTREAMS_USER_FUNCTION" });
    assert.equal(await storage.status(`${fs}/tmp/failed`), undefined);
    await assert.rejects(sc().textFile(`${fs}/tmp/none`).count(), {
      code: "DSTREAMS_PATH_NOT_FOUND",
      message: `Input path does not exist: ${fs}/tmp/none`,
    });
  });

  test("checkpoints, and the output of a stream", async () => {
    sc().setCheckpointDir(`${fs}/tmp/checkpoints`);
    const doubled = sc()
      .parallelize([1, 2, 3], 2)
      .map(n => n * 2);
    doubled.checkpoint();
    assert.equal(await doubled.count(), 3);
    assert.match(doubled.getCheckpointFile() ?? "", /^hdfs:.*\/tmp\/checkpoints\/.*\/rdd-\d+$/);
    assert.deepEqual(await doubled.collect(), [2, 4, 6]);

    await using stream = newStream(sc());
    stream.ssc.queueStream([["x", "y"]]).saveAsTextFiles(`${fs}/tmp/out/batch`, "txt");
    await stream.ssc.start();
    await stream.batches(1);
    await assertHealthy(stream.ssc);
    assert.deepEqual((await sc().textFile(`${fs}/tmp/out/batch-1000.txt`).collect()).sort(), ["x", "y"]);
  });

  test("examples/wordcount-hdfs.ts: files that were there are ignored, those that come are counted, exactly", async () => {
    const directory = `${fs}/tmp/books`;
    await put(storage, `${directory}/before`, "old words\n");
    const program = start([join(project, "examples/wordcount-hdfs.ts"), directory.replace(fs, "hdfs://")], {
      env: { MASTER: "local[2]", HADOOP_CONF_DIR: conf },
    });
    await program.until(/^Time: /m);
    await put(storage, `${directory}/one`, "to be or not to be\n");
    await put(storage, `${directory}/two`, "that is the question\nto be\nthe last\n");
    await program.until(/^\('last', 1\)$/m);
    program.process.kill("SIGINT");
    const { code, stdout, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    const counts: Record<string, number> = {};
    for (const [, word = "", n] of stdout.matchAll(/^\('(.*)', (\d+)\)$/gm))
      counts[word] = (counts[word] ?? 0) + Number(n);
    const expected = { to: 3, be: 3, or: 1, not: 1, that: 1, is: 1, the: 2, question: 1, last: 1 };
    assert.deepEqual(counts, expected);
  });
});
