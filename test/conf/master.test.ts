import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { parseMaster, requireLocal, runsOnSpark } from "../../src/conf/master.ts";
import { SparkConf } from "../../src/conf/spark-conf.ts";

test("local masters", () => {
  const cores = availableParallelism();
  const cases: [string, number, number][] = [
    ["local", 1, 1],
    ["local[4]", 4, 1],
    ["local[*]", cores, 1],
    ["local[2,3]", 2, 3],
    ["local[ * , 5 ]", cores, 5],
  ];
  for (const [url, threads, maxFailures] of cases) {
    assert.deepEqual(parseMaster(url), { kind: "local", url, threads, maxFailures }, url);
  }
});

test("cluster masters are known, and not taken for worker threads", () => {
  const cases: [string, string][] = [
    ["spark://host:7077,other:7077", "spark"],
    ["yarn", "yarn"],
    ["k8s://https://host:6443", "k8s"],
    ["local-cluster[2,1,1024]", "local-cluster"],
  ];
  for (const [url, kind] of cases) {
    assert.deepEqual(parseMaster(url), { kind, url });
    assert.throws(() => requireLocal(url), { code: "DSTREAMS_MASTER", message: /is a cluster of Spark's/ });
  }
});

test("a cluster's master, or spark.dstreams.engine, means Apache Spark", () => {
  const runs = (master: string, engine?: string) => {
    const conf = new SparkConf(false).setMaster(master);
    return runsOnSpark(engine === undefined ? conf : conf.set("spark.dstreams.engine", engine));
  };
  assert.equal(runs("local[2]"), false);
  assert.equal(runs("local[2]", "local"), false);
  assert.equal(runs("local[2]", "spark"), true);
  assert.equal(runs("spark://host:7077"), true);
  assert.equal(runs("yarn", "spark"), true);
  assert.throws(() => runs("yarn", "local"), { code: "DSTREAMS_CONFIGURATION", message: /'yarn' is a cluster/ });
  assert.throws(() => runs("local", "sparc"), { code: "DSTREAMS_CONFIGURATION", message: /but was 'sparc'/ });
});

test("anything else is named in the error", () => {
  for (const url of ["", "lokal", "local[]", "local[x]", "local[2", "local[-1]", "mesos://host:5050", "spark://"]) {
    const refused = (error: Error & { code?: string }) =>
      error.code === "DSTREAMS_MASTER" && error.message.startsWith(`Could not parse Master URL: '${url}'`);
    assert.throws(() => parseMaster(url), refused, url);
  }
  assert.throws(() => parseMaster("local[0]"), { code: "DSTREAMS_MASTER", message: /0 threads/ });
});
