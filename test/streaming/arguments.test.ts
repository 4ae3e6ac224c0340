/** Wrong arguments, as JavaScript lets them pass: refused where they are given, in a sentence. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { StreamingContext } from "../../src/index.ts";
import { newContext } from "./support/context.ts";
import { captureLog } from "./support/log.ts";

// biome-ignore lint/suspicious/noExplicitAny: what a JavaScript program may call with anything
type Anything = any;

test("contexts, directories and queues that are none", async () => {
  await using context = newContext();
  const ssc: Anything = context.ssc;
  assert.throws(
    () => new StreamingContext("local[2]" as Anything, 1),
    /takes a SparkContext or a SparkConf, not "local/,
  );
  for (const operator of ["textFileStream", "fileStream", "binaryRecordsStream"]) {
    assert.throws(() => ssc[operator](5, 4), new RegExp(`${operator} takes a path .* given 5`));
  }
  assert.throws(() => ssc.queueStream("x"), /queueStream takes an array of batches, but was given "x"/);
});

test("streams that are none", async () => {
  await using context = newContext();
  const stream: Anything = context.ssc.queueStream([[["a", 1]]]);
  for (const operator of ["union", "join", "cogroup", "leftOuterJoin"]) {
    assert.throws(() => stream[operator](null), /What is put together with a DStream must be one, not null/);
  }
});

test("a transform that returns no RDD says where, not that something is not a function", async () => {
  await using context = newContext();
  using _log = captureLog("ERROR");
  const stream: Anything = context.ssc.queueStream([[1]]);
  stream.transform(() => [1, 2]).pprint();
  await context.ssc.start();
  const failed = assert.rejects(
    context.ssc.awaitTermination(),
    /must return an RDD, but returned an object of class Array\. \(transform at arguments\.test\.ts:\d+\)/,
  );
  await context.clock.advance(1000);
  await failed;
});

test("waiting for a context that was never started is worth a warning", async () => {
  await using context = newContext();
  using log = captureLog("WARN");
  const waiting = context.ssc.awaitTermination();
  await context.ssc.stop();
  await waiting;
  assert.match(
    log.lines[0] ?? "",
    /awaitTermination\(\) waits for a StreamingContext that has not been started: call start/,
  );
});

test("streams are put together only when they belong together", async () => {
  await using context = newContext();
  const one = context.ssc;
  const two = new StreamingContext(context.sc, 1);
  const message = /requirement failed: Some of the DStreams have different contexts/;
  assert.throws(() => one.queueStream([[1]]).union(two.queueStream([[1]])), message);
  assert.throws(() => one.union(), /requirement failed: List of DStreams to union is empty/);
  const stream = one.queueStream([[1]]);
  assert.equal(one.union(stream), stream);
});

test("functions and numbers that are none", async () => {
  await using context = newContext();
  const stream: Anything = context.ssc.queueStream([[1]]);
  for (const call of [
    () => stream.map(7),
    () => stream.foreachRDD(undefined),
    () => stream.transform("x"),
    () => stream.repartition(0),
    () => stream.pprint(-1),
  ]) {
    assert.throws(call, { code: "DSTREAMS_ILLEGAL_ARGUMENT" });
  }
});
