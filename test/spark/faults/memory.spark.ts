/** What a long stream and large values leave behind on Spark: nothing. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { Connection } from "../../../src/engine/spark/gateway/connection.ts";
import { asInt, asObject, JavaObject } from "../../../src/engine/spark/gateway/parts.ts";
import { Milliseconds, type SparkContext, StreamingContext } from "../../../src/index.ts";
import { VirtualClock } from "../../../src/testing.ts";
import { TemporaryDirectory } from "../../product/support/temporary-directory.ts";
import { heapAfterGc } from "../../support/heap.ts";
import { sparkForTests } from "../../support/spark-homes.ts";
import { sparkContext, until } from "./contexts.ts";

const { home, skip } = await sparkForTests("4.3.0");

/** What the JVM holds for this process, by id: counted where the replies come in. */
const held = new Set<string>();
let javaContext: { readonly connection: Connection; readonly object: JavaObject } | undefined;

const { open } = Connection;
Connection.open = (address, options) =>
  open.call(Connection, address, {
    ...options,
    track(object) {
      held.add(object.id);
      options?.track?.(object);
    },
  });
const { arrayGet, construct, release } = Connection.prototype;
Connection.prototype.release = function (object) {
  const id = typeof object === "string" ? object : object.id;
  held.delete(id);
  servers.delete(id);
  return release.call(this, object);
};
/** What holds the results of a job: the third part of Spark's answer. */
const servers = new Set<string>();
let served = 0;
Connection.prototype.arrayGet = async function (array, index) {
  const part = await arrayGet.call(this, array, index);
  if (index === 2 && part instanceof JavaObject) {
    servers.add(part.id);
    served++;
  }
  return part;
};
Connection.prototype.construct = async function (className, ...args) {
  const object = await construct.call(this, className, ...args);
  if (className.endsWith(".JavaSparkContext")) javaContext = { connection: this, object };
  return object;
};

async function persistedRdds(): Promise<number> {
  assert.ok(javaContext);
  const { connection, object } = javaContext;
  const map = asObject(await connection.call(object, "getPersistentRDDs"));
  const size = asInt(await connection.call(map, "size"));
  await connection.release(map);
  return size;
}

const own = new TemporaryDirectory();
process.env["TMPDIR"] = own.path;
after(() => own[Symbol.dispose]());

/** Files that this process has made for the JVM. */
function temporaryFiles(): string[] {
  return readdirSync(own.path)
    .filter(name => name.startsWith("dstreams-spark-"))
    .flatMap(name => readdirSync(join(own.path, name)));
}

describe("on Spark 4.3.0", { skip }, () => {
  let context: SparkContext | undefined;
  const sc = () => (context ??= sparkContext(home, "local[2]"));
  after(() => context?.stop());

  test("a stream with a shuffle, a window and a state: after 60 batches no more is held than after 20", async () => {
    using directory = new TemporaryDirectory();
    const clock = new VirtualClock(0);
    const ssc = new StreamingContext(sc(), Milliseconds(1000), { clock });
    ssc.checkpoint(directory.at("checkpoints"));
    const pairs = ssc
      .queueStream(Array.from({ length: 60 }, (_, i) => [i % 7, i % 5]))
      .map((n): [number, number] => [n, 1]);
    const add = (a: number, b: number): number => a + b;
    let records = 0;
    for (const stream of [
      pairs.reduceByKey(add, 2),
      pairs.reduceByKeyAndWindow(add, null, Milliseconds(3000), Milliseconds(1000)),
      pairs.updateStateByKey<number>((more, sum) => (sum ?? 0) + more.length),
    ]) {
      stream.foreachRDD(async rdd => void (records += await rdd.count()));
    }
    await ssc.start();
    const measured: { objects: number; rdds: number; files: number }[] = [];
    for (let third = 0; third < 3; third++) {
      await clock.advance(20_000);
      heapAfterGc();
      await new Promise(resolve => setImmediate(resolve)); // finalizers
      measured.push({ objects: held.size, rdds: await persistedRdds(), files: temporaryFiles().length });
    }
    await ssc.stop({ stopSparkContext: false });
    const [, second, third] = measured;
    assert.ok(second && third && records > 300);
    assert.ok(third.rdds <= second.rdds + 2, JSON.stringify(measured));
    assert.ok(third.files <= second.files + 2, JSON.stringify(measured));
    // The rest goes when this process collects its garbage.
    await until(() => {
      heapAfterGc();
      return held.size < 500;
    });
  });

  test("the results of a job are not kept when they are read", async () => {
    const before = served;
    for (let time = 0; time < 3; time++) assert.deepEqual(await sc().parallelize([1, 2, 3], 2).collect(), [1, 2, 3]);
    assert.equal(served, before + 3);
    assert.deepEqual([...servers], []);
  });

  test("a function that has captured 100 MB, and a broadcast of 100 MB: they work, and a broadcast that is destroyed leaves no file", async () => {
    {
      const large = new Uint8Array(100 << 20).fill(7);
      assert.equal(
        await sc()
          .parallelize([1, 2, 3, 4], 4)
          .map(n => n * (large[n << 20] ?? 0))
          .sum(),
        70,
      );
    }
    const broadcast = sc().broadcast(new Uint8Array(100 << 20).fill(3));
    const usesIt = sc()
      .parallelize([1, 2, 3, 4], 4)
      .map(n => n * (broadcast.value[n << 20] ?? 0));
    for (let time = 0; time < 2; time++) assert.equal(await usesIt.sum(), 30);
    const files = temporaryFiles().length;
    await broadcast.destroy();
    assert.equal(temporaryFiles().length, files - 1);
  });
});
