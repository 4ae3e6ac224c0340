/** The gateway to real driver JVMs: values, errors, threads, sockets, and what remains when one side dies. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { guard } from "../../scripts/services/process.ts";
import { AccumulatorServer } from "../../src/engine/spark/gateway/accumulator-server.ts";
import type { Connection } from "../../src/engine/spark/gateway/connection.ts";
import { Gateway } from "../../src/engine/spark/gateway/gateway.ts";
import { JavaError } from "../../src/engine/spark/gateway/java-error.ts";
import {
  type Argument,
  asBytes,
  asObject,
  asString,
  double,
  int,
  type JavaObject,
  long,
  type Reply,
} from "../../src/engine/spark/gateway/parts.ts";
import { allServedFrames, readServing } from "../../src/engine/spark/gateway/serving-socket.ts";
import { frame } from "../../src/engine/spark/gateway/socket-reader.ts";
import { quickJvm, sparkForTests, sparkVersions } from "../support/spark-homes.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const folder = mkdtempSync(join(tmpdir(), "dstreams-gateway-"));
guard(folder);
after(() => rmSync(folder, { recursive: true, force: true }));

for (const version of sparkVersions) {
  const { home, skip } = await sparkForTests(version);
  describe(`the gateway to Spark ${version}`, { skip }, () => {
    let gateway: Gateway;
    before(async () => {
      gateway = await Gateway.start({ home, args: ["--master", "local[1]", ...quickJvm] });
    });
    after(() => gateway?.stop());

    const list = (): Promise<JavaObject> => gateway.control.construct("java.util.ArrayList");

    test("takes and gives values of every kind", async () => {
      const bytes = Buffer.from([0, 10, 13, 255]);
      const cases: [Argument, Reply][] = [
        ["plain", "plain"],
        ["", ""],
        ["\\ \\n \r \n \r\n end\n", "\\ \\n \r \n \r\n end\n"],
        ["ñ 漢字 😀 \u2028 \u0000", "ñ 漢字 😀 \u2028 \u0000"],
        [true, true],
        [false, false],
        [null, null],
        [bytes, bytes],
        [new Uint8Array(0), Buffer.alloc(0)],
        [int(-(2 ** 31)), -(2 ** 31)],
        [long(7), 7],
        [long(-(2n ** 63n)), -(2n ** 63n)],
        [double(0.1), 0.1],
        [double(-0), -0],
        [double(5e-324), 5e-324],
        [double(Number.NaN), Number.NaN],
        [double(-Infinity), -Infinity],
      ];
      const target = await list();
      for (const [argument] of cases) assert.equal(await gateway.control.call(target, "add", argument), true);
      for (const [index, [, reply]] of cases.entries()) {
        assert.deepEqual(await gateway.control.call(target, "get", int(index)), reply);
      }
      assert.equal(await gateway.control.call(target, "clear"), undefined);
      assert.equal(await gateway.control.callStatic("java.lang.Long", "parseLong", "7"), 7);
    });

    test("says of what kind an object is", async () => {
      const { control } = gateway;
      assert.equal((await list()).kind, "list");
      assert.equal((await control.construct("java.util.HashMap")).kind, "map");
      assert.equal((await control.construct("java.util.HashSet")).kind, "set");
      assert.equal((await control.construct("java.lang.Object")).kind, "object");
      const filled = await list();
      for (const text of ["x", "y"]) await control.call(filled, "add", text);
      const array = asObject(await control.call(filled, "toArray"));
      assert.deepEqual(
        [
          array.kind,
          await control.arrayLength(array),
          await control.arrayGet(array, 0),
          await control.arrayGet(array, 1),
        ],
        ["array", 2, "x", "y"],
      );
    });

    test("what Java throws arrives with its class, its text, its trace and its causes", async () => {
      const parse = gateway.control.callStatic("java.lang.Integer", "parseInt", "no\nnumber");
      await assert.rejects(parse, (error: unknown) => {
        assert.ok(error instanceof JavaError);
        assert.equal(error.className, "java.lang.NumberFormatException");
        assert.equal(error.message, 'java.lang.NumberFormatException: For input string: "no\nnumber"');
        assert.match(error.javaStack, /\n\tat java.base\/java.lang.Integer.parseInt/);
        return true;
      });
      const cause = await gateway.control.construct("java.io.IOException", "disk full");
      const thrown = await gateway.control.construct("java.lang.RuntimeException", "outer", cause);
      const future = await gateway.control.construct("java.util.concurrent.CompletableFuture");
      await gateway.control.call(future, "completeExceptionally", thrown);
      await assert.rejects(gateway.control.call(future, "get"), {
        className: "java.util.concurrent.ExecutionException",
        causes: ["java.lang.RuntimeException: outer", "java.io.IOException: disk full"],
      });
    });

    test("what there is not is named", async () => {
      const { control } = gateway;
      const refused = (message: RegExp) => ({ code: "DSTREAMS_SPARK_GATEWAY", message });
      await assert.rejects(control.construct("no.Such"), refused(/"new no.Such": java.lang.ClassNotFoundException/));
      await assert.rejects(control.call(await list(), "nope"), refused(/"nope": .*Method nope\(\[\]\) does not exist/));
      assert.equal(await control.callStatic("java.lang.Math", "abs", int(-1)), 1);
    });

    test("many calls are under way at a time, and replies come to those who asked", async () => {
      const calls = Array.from({ length: 2000 }, (_, i) =>
        i % 10 === 0
          ? gateway.control.callStatic("java.lang.Integer", "parseInt", `x${i}`).catch((e: Error) => e.message)
          : gateway.control.callStatic("java.lang.Integer", "parseInt", String(i)),
      );
      for (const [i, reply] of (await Promise.all(calls)).entries()) {
        if (i % 10 === 0) assert.match(asString(reply), new RegExp(`"x${i}"`));
        else assert.equal(reply, i);
      }
    });

    test("10 MB go and come whole", async () => {
      const bytes = Buffer.alloc(10 << 20, "0123456789abcde");
      const target = await list();
      await gateway.control.call(target, "add", bytes);
      assert.ok(asBytes(await gateway.control.call(target, "get", int(0))).equals(bytes));
    });

    test("a connection is a thread: a long call holds up nobody else", async () => {
      const latch = await gateway.control.construct("java.util.concurrent.CountDownLatch", int(1));
      const thread = async (connection: Connection): Promise<Reply> => {
        const current = asObject(await connection.callStatic("java.lang.Thread", "currentThread"));
        return connection.call(current, "getId");
      };
      const seen = await gateway.exclusively(async job => {
        const id = await thread(job);
        const waiting = job.call(latch, "await");
        const others = [await thread(gateway.control), await gateway.exclusively(thread)];
        await gateway.control.call(latch, "countDown");
        await waiting;
        assert.equal(await thread(job), id);
        return [id, ...others];
      });
      assert.equal(new Set(seen).size, 3);
      // …and is lent again
      assert.ok(seen.includes(await gateway.exclusively(thread)));
    });

    test("a connection that is still busy is not lent again", async () => {
      const latch = await gateway.control.construct("java.util.concurrent.CountDownLatch", int(1));
      let left: Promise<unknown> | undefined;
      await gateway.exclusively(async job => {
        left = job.call(latch, "await");
      });
      await assert.rejects(left as Promise<unknown>, { code: "DSTREAMS_SPARK_LOST" });
      await gateway.exclusively(async job => assert.equal(await job.callStatic("java.lang.Math", "abs", int(-1)), 1));
      await gateway.control.call(latch, "countDown");
    });

    test("released objects are no longer held, nor those that nobody refers to", async () => {
      const { control } = gateway;
      const target = await list();
      await gateway.release([target, target]);
      await assert.rejects(control.call(target, "size"), { code: "DSTREAMS_SPARK_GATEWAY" });
      const { id } = await list();
      const held = async (): Promise<boolean> =>
        control.call({ id, kind: "list" } as JavaObject, "size").then(
          () => true,
          () => false,
        );
      while (await held()) {
        collectGarbage();
        await new Promise(setImmediate);
      }
    });

    describe("with a SparkContext", () => {
      let context: JavaObject;
      before(async () => {
        const conf = await gateway.control.construct("org.apache.spark.SparkConf", true);
        await gateway.control.call(conf, "setAppName", "gateway");
        context = await gateway.control.construct("org.apache.spark.api.java.JavaSparkContext", conf);
      });
      after(() => gateway.control.call(context, "stop"));

      test("it is of the version that its home tells", async () => {
        assert.equal(await gateway.control.call(context, "version"), version);
      });

      test("local properties belong to a connection", async () => {
        await gateway.exclusively(async job => {
          await job.call(context, "setLocalProperty", "spark.job.description", "mine");
          assert.equal(await job.call(context, "getLocalProperty", "spark.job.description"), "mine");
          assert.equal(await gateway.control.call(context, "getLocalProperty", "spark.job.description"), null);
          await job.call(context, "setLocalProperty", "spark.job.description", null);
        });
      });

      test("records are collected through a serving socket", async () => {
        const records = [
          ...Array.from({ length: 1000 }, (_, i) => Buffer.from(`record ${i}`)),
          Buffer.alloc(3 << 20, "x"),
        ];
        const path = join(folder, `records-${version}`);
        writeFileSync(path, Buffer.concat(records.map(frame)));
        const rdd = "org.apache.spark.api.python.PythonRDD";
        const frames = await gateway.exclusively(async job => {
          const read = asObject(await job.callStatic(rdd, "readRDDFromFile", context, path, int(3)));
          const scala = asObject(await job.call(read, "rdd"));
          const { address, server } = await readServing(
            job,
            asObject(await job.callStatic(rdd, "collectAndServe", scala)),
          );
          const all = await allServedFrames(address);
          await job.call(server as JavaObject, "getResult");
          return all;
        });
        assert.deepEqual(frames, records);
      });

      test("accumulators send what they gather", async () => {
        const updates: string[] = [];
        const server = await AccumulatorServer.listen(update => updates.push(String(update)));
        try {
          const { control } = gateway;
          const own: Argument[] = [server.host, int(server.port), server.secret];
          const accumulator = await control.construct("org.apache.spark.api.python.PythonAccumulatorV2", ...own);
          const ofTask = asObject(await control.call(accumulator, "copyAndReset"));
          await control.call(ofTask, "add", Buffer.from("first"));
          await control.call(ofTask, "add", Buffer.from("second"));
          await control.call(accumulator, "merge", ofTask);
          await control.call(accumulator, "merge", ofTask);
          assert.deepEqual(updates, ["first", "second", "first", "second"]);
        } finally {
          await server.close();
        }
      });
    });

    test("a JVM that dies rejects what is under way, and all that comes after", async () => {
      const sleeping = [gateway.control, await gateway.exclusively(async job => job)].map(connection =>
        connection.callStatic("java.lang.Thread", "sleep", long(600_000)),
      );
      process.kill(gateway.pid as number, "SIGKILL");
      const lost = { code: "DSTREAMS_SPARK_LOST", message: /ended by itself \(signal SIGKILL\).*lost/s };
      for (const call of sleeping) await assert.rejects(call, lost);
      await assert.rejects(gateway.control.callStatic("java.lang.Math", "abs", int(1)), lost);
      await assert.rejects(
        gateway.exclusively(job => job.callStatic("java.lang.Math", "abs", int(1))),
        lost,
      );
      await gateway.stop();
    });
  });
}
