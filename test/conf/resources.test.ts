import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { localResources } from "../../src/conf/resources.ts";
import { SparkConf } from "../../src/conf/spark-conf.ts";

const conf = (entries: Record<string, string>) => new SparkConf(false).setAll(entries);

test("without memory keys the engine decides", () => {
  assert.deepEqual(localResources(conf({ "spark.master": "local[2,3]" })), {
    threads: 2,
    maxFailures: 3,
    memoryBytes: undefined,
    workerHeapMegabytes: undefined,
    localDirectory: undefined,
  });
});

test("cores.max caps local[*] and leaves an explicit number alone", () => {
  const threads = (master: string, max: string) =>
    localResources(conf({ "spark.master": master, "spark.cores.max": max })).threads;
  assert.equal(threads("local[*]", "1"), 1);
  assert.equal(threads("local[*]", "1000"), availableParallelism());
  assert.equal(threads("local[4]", "1"), 4);
  assert.throws(() => threads("local[*]", "0"), { code: "DSTREAMS_CONFIGURATION", message: /spark\.cores\.max.*'0'/ });
});

test("executor memory is shared by the workers", () => {
  const entries = { "spark.master": "local[4]", "spark.executor.memory": "1g", "spark.local.dir": "/a, /b" };
  const resources = localResources(conf(entries));
  assert.equal(resources.memoryBytes, Math.floor(2 ** 30 * 0.6));
  assert.equal(resources.workerHeapMegabytes, 256);
  assert.equal(resources.localDirectory, "/a");
  const small = localResources(conf({ ...entries, "spark.executor.memory": "100", "spark.memory.fraction": "0.5" }));
  assert.equal(small.memoryBytes, 50 * 2 ** 20);
  assert.equal(small.workerHeapMegabytes, 64);
});

test("what cannot be used is named", () => {
  assert.throws(() => localResources(conf({})), { code: "DSTREAMS_MASTER", message: /A master URL must be set/ });
  const wrong = { "spark.master": "local", "spark.executor.memory": "lots" };
  assert.throws(() => localResources(conf(wrong)), {
    code: "DSTREAMS_CONFIGURATION",
    message: /spark\.executor\.memory.*'lots'/,
  });
  const fraction = { "spark.master": "local", "spark.executor.memory": "1g", "spark.memory.fraction": "60" };
  assert.throws(() => localResources(conf(fraction)), { code: "DSTREAMS_CONFIGURATION", message: /memory\.fraction/ });
});
