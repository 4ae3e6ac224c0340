/** What console.log shows of the things a program holds: a line, not their insides, and no secrets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { SparkConf, StatCounter } from "../../src/index.ts";
import { newContext } from "./support/context.ts";

test("contexts, RDDs, streams, statistics and configurations", async () => {
  await using context = newContext();
  const { ssc } = context;
  assert.match(inspect(ssc.sparkContext), /^SparkContext\(master=local.*, appName=.+\)$/);
  assert.equal(inspect(ssc), "StreamingContext(INITIALIZED, a batch every 1000 ms)");
  assert.match(inspect(ssc.sparkContext.range(3)), /^RDD\[\d+\] at range at shown\.test\.ts:\d+$/);
  const stream = ssc.queueStream([[1]]).map(n => n + 1);
  assert.match(inspect({ stream }), /^\{ stream: MappedDStream at map at shown\.test\.ts:\d+ \}$/);
  assert.equal(inspect(new StatCounter([1, 3])), "(count: 2, mean: 2, stdev: 1, max: 3, min: 1)");
  const conf = new SparkConf(false).set("spark.x.password", "hidden").set("spark.app.name", "mine");
  assert.equal(inspect(conf), "SparkConf {\n  spark.app.name=mine\n  spark.x.password=*********(redacted)\n}");
});
