/** Workers under real executors, in Spark's local mode: their daemon, their reuse, their failures. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { Gateway } from "../../../src/engine/spark/gateway/gateway.ts";
import { asObject, int, type JavaObject } from "../../../src/engine/spark/gateway/parts.ts";
import { allServedFrames, readServing } from "../../../src/engine/spark/gateway/serving-socket.ts";
import { writeWrapper } from "../../../src/engine/spark/worker/wrapper.ts";
import { guard } from "../../../scripts/services/process.ts";
import { sparkForTests, sparkVersions } from "../../support/spark-homes.ts";
import { entry, gone } from "./executor.ts";

const python = "org.apache.spark.api.python";
const sparks = await Promise.all(sparkVersions.map(async version => ({ version, ...(await sparkForTests(version)) })));

for (const { version, home, skip } of sparks) {
  describe(`a worker of Spark ${version}`, { skip }, () => {
    const folder = mkdtempSync(join(tmpdir(), "dstreams-worker-"));
    guard(folder);
    const wrapper = writeWrapper(folder, { entry });
    const elements = Array.from({ length: 1000 }, (_, index) => Buffer.alloc(index * 3, String(index)));
    let gateway: Gateway;
    let context: JavaObject;
    /** The elements, in four partitions. */
    let source: JavaObject;
    const workers = new Set<number>();

    before(async () => {
      const settings = ["spark.ui.enabled=false", "spark.python.worker.faulthandler.enabled=true"];
      const args = ["--master", "local[2]", "--name", "workers", ...settings.flatMap(each => ["--conf", each])];
      gateway = await Gateway.start({ home, args });
      const { control } = gateway;
      const conf = await control.construct("org.apache.spark.SparkConf", true);
      context = await control.construct("org.apache.spark.api.java.JavaSparkContext", conf);
      assert.equal(await control.call(context, "version"), version);
      const file = join(folder, "elements");
      writeFileSync(file, Buffer.concat(elements.flatMap(each => [lengthOf(each), each])));
      source = asObject(await control.callStatic(`${python}.PythonRDD`, "readRDDFromFile", context, file, int(4)));
    });

    after(async () => {
      await gateway?.control.call(context, "stop");
      await gateway?.stop();
      rmSync(folder, { recursive: true });
      await Promise.all([...workers].map(gone));
    });

    async function mapped(parent: JavaObject, command: string): Promise<JavaObject> {
      const { control } = gateway;
      const env = await control.construct("java.util.HashMap");
      await control.call(env, "put", "DSTREAMS_SPARK_VERSION", version);
      const none = await control.construct("java.util.ArrayList");
      const given = [Buffer.from(command), env, none, wrapper, "1", none, null] as const;
      const mapper = await control.construct(`${python}.SimplePythonFunction`, ...given);
      const rdd = asObject(await control.call(parent, "rdd"));
      const result = await control.construct(`${python}.PythonRDD`, rdd, mapper, false, false);
      return asObject(await control.call(result, "asJavaRDD"));
    }

    async function collect(rdd: JavaObject): Promise<Buffer[]> {
      const { control } = gateway;
      const inner = asObject(await control.call(rdd, "rdd"));
      const served = asObject(await control.callStatic(`${python}.PythonRDD`, "collectAndServe", inner));
      return allServedFrames((await readServing(control, served)).address);
    }

    async function workersOf(rdd: JavaObject): Promise<number[]> {
      const ids = (await collect(rdd)).map(frame => Number(String(frame)));
      for (const id of ids) workers.add(id);
      return ids;
    }

    test("gives back what it gets, also through two workers in a row", async () => {
      const once = await mapped(source, "echo");
      assert.deepEqual(await collect(await mapped(once, "echo")), elements);
    });

    test("is used again, job after job", async () => {
      const ids = await mapped(source, "process id");
      const used = [...(await workersOf(ids)), ...(await workersOf(ids)), ...(await workersOf(ids))];
      assert.equal(used.length, 12);
      assert.ok(new Set(used).size <= 4, `workers ${used.join(", ")}`);
    });

    test("may stop at once, with most of its input unread", async () => {
      assert.deepEqual(await collect(await mapped(source, "ignore")), []);
    });

    test("fails a job with the text of its failure, and the next job goes well", async () => {
      await assert.rejects(
        collect(await mapped(source, 'fail: {"a":"line to be found"}')),
        /\{"a":"line to be found"\}/,
      );
      await assert.rejects(collect(await mapped(source, "thrower")), /RangeError: thrown between frames/);
      assert.deepEqual(await collect(await mapped(source, "echo")), elements);
    });

    test("is killed when its job is cancelled", async () => {
      await gateway.exclusively(async connection => {
        await connection.call(context, "setJobGroup", "endless", "", false);
        const rdd = asObject(await gateway.control.call(await mapped(source, `spin: ${folder}`), "rdd"));
        const job = connection.callStatic(`${python}.PythonRDD`, "collectAndServe", rdd);
        const cancelled = assert.rejects(job, /endless/);
        while (spinning(folder).length === 0) await delay(5);
        await gateway.control.call(asObject(await gateway.control.call(context, "sc")), "cancelJobGroup", "endless");
        await cancelled;
      });
      await Promise.all(spinning(folder).map(gone));
    });

    test("that ends leaves its note in Spark's error", async () => {
      await assert.rejects(
        collect(await mapped(source, "exit: 5")),
        /A worker died while it ran a task: it exited with code 5/,
      );
    });
  });
}

/** The processes that wrote there that they spin. */
function spinning(folder: string): number[] {
  return readdirSync(folder)
    .filter(name => name.startsWith("spins-"))
    .map(name => Number(name.slice("spins-".length)));
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return length;
}
