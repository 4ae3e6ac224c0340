/** Streams on the engine that users have: what is checked elsewhere on the reference engine, once through everything. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SparkConf } from "../../src/conf/spark-conf.ts";
import { SparkContext } from "../../src/rdd/spark-context.ts";
import { Seconds } from "../../src/streaming/duration.ts";
import { StreamingContext } from "../../src/streaming/streaming-context.ts";
import { runBatches } from "../../src/testing/run-batches.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { captureLog } from "./support/log.ts";

function localContext(threads: number) {
  return new SparkContext(new SparkConf(false).setMaster(`local[${threads}]`).setAppName("streams"));
}

test("word count, batches in, batches out, on one and two threads", async () => {
  const input = [["to be or", "not to be"], [], ["be"]];
  for (const threads of [1, 2]) {
    const sparkContext = localContext(threads);
    const counts = await runBatches(
      input,
      lines =>
        lines
          .flatMap(line => line.split(" "))
          .map(word => [word, 1])
          .reduceByKey((a, b) => a + b),
      { sparkContext },
    );
    await sparkContext.stop();
    const expected = [{ to: 2, be: 2, or: 1, not: 1 }, {}, { be: 1 }];
    assert.deepEqual(
      counts.map(batch => Object.fromEntries(batch)),
      expected,
    );
  }
});

test("an hour of batches passes in moments", async () => {
  const counts = await runBatches([[1, 2, 3]], numbers => numbers.count(), {
    batchDuration: Seconds(10),
    numBatches: 360,
  });
  assert.deepEqual(counts.flat().slice(0, 3), [3, 0, 0]);
  assert.equal(counts.length, 360);
});

test("what a receiver stores is read by the workers", async () => {
  const sparkContext = localContext(2);
  const clock = new VirtualClock();
  await using ssc = new StreamingContext(sparkContext, 1, { clock });
  const batches: [string, number][][] = [];
  const records: [string, number][] = [
    ["a", 1],
    ["b", 2],
  ];
  ssc
    .receiverStream(async function* () {
      yield* records;
    })
    .mapValues(n => n * 10)
    .foreachRDD(async rdd => batches.push(await rdd.collect()));
  await ssc.start();
  await clock.advance(1000);
  assert.deepEqual(batches, [
    [
      ["a", 10],
      ["b", 20],
    ],
  ]);
});

test("an error in a worker says where in the program, in which batch, at which record; the stream goes on", async () => {
  const sparkContext = localContext(2);
  const clock = new VirtualClock();
  await using ssc = new StreamingContext(sparkContext, 1, { clock });
  using _log = captureLog("OFF");
  const sums: number[] = [];
  ssc
    .queueStream([[1, 13], [2]])
    .map(n => {
      if (n === 13) throw new RangeError("unlucky");
      return n;
    })
    .foreachRDD(async rdd => sums.push(await rdd.sum()));
  await ssc.start();
  await clock.advance(2000);
  assert.deepEqual(sums, [2]);
  await assert.rejects(ssc.awaitTermination(), (error: Error & { code?: string }) => {
    assert.equal(error.code, "DSTREAMS_USER_FUNCTION");
    assert.match(error.message, /map at local-engine\.test\.ts:\d+/);
    assert.match(error.message, /batch .*1000|1000 ms/);
    assert.match(error.message, /13/);
    assert.ok(error.cause instanceof Error);
    assert.match(error.cause.stack ?? "", /RangeError: unlucky\n\s+at .*local-engine\.test\.ts:\d+:\d+/);
    return true;
  });
});

test("an abrupt stop cancels a job that does not end", async () => {
  const sparkContext = localContext(1);
  const clock = new VirtualClock();
  const ssc = new StreamingContext(sparkContext, 1, { clock });
  using _log = captureLog("OFF");
  let failure: unknown;
  ssc
    .queueStream([[1]])
    .mapPartitions(async function* () {
      for (;;) {
        await new Promise(resolve => setTimeout(resolve, 1));
        yield 1;
      }
    })
    .foreachRDD(rdd =>
      rdd.count().catch((error: unknown) => {
        failure = error;
      }),
    );
  await ssc.start();
  await clock.advance(1000, { settle: false });
  const stopped = ssc.stop({ stopSparkContext: false });
  await clock.advance(2000, { settle: false });
  await stopped;
  await clock.settled();
  assert.equal((failure as { code?: string }).code, "DSTREAMS_CANCELLED");
  await sparkContext.stop();
});
