import assert from "node:assert/strict";
import { test } from "node:test";
import { SparkConf } from "../../src/conf/spark-conf.ts";
import { withEngine } from "../../src/rdd/spark-context.ts";
import { Milliseconds, Seconds } from "../../src/streaming/duration.ts";
import { StreamingContext } from "../../src/streaming/streaming-context.ts";
import { ReferenceEngine } from "../support/reference-engine.ts";
import { collectBatches, newContext, newSparkContext } from "./support/context.ts";
import { captureLog } from "./support/log.ts";

/** A context with something to do. */
function ready(options?: Parameters<typeof newContext>[0]) {
  const context = newContext(options);
  const stream = context.ssc.queueStream([[1]]);
  const batches = collectBatches(stream);
  return { ...context, stream, batches, [Symbol.asyncDispose]: () => context[Symbol.asyncDispose]() };
}

test("a number as batch duration is seconds, cut to the millisecond", async () => {
  await using context = newContext();
  for (const [given, ms] of [
    [2, 2000],
    [0.5, 500],
    [0.0129, 12],
    [Milliseconds(50), 50],
  ] as const) {
    assert.equal(new StreamingContext(context.sc, given).batchDuration.milliseconds, ms);
  }
});

test("a batch duration must be given, and be more than nothing", async () => {
  await using context = newContext();
  const make = (duration: unknown) => () => new StreamingContext(context.sc, duration as number);
  assert.throws(make(null), { message: "requirement failed: Batch duration for StreamingContext cannot be null" });
  assert.throws(make(undefined), { message: "requirement failed: Batch duration for StreamingContext cannot be null" });
  for (const wrong of [0, -1, Number.NaN, "2"]) assert.throws(make(wrong), { code: "DSTREAMS_ILLEGAL_ARGUMENT" });
});

test("a SparkConf makes a SparkContext of its own", async () => {
  const conf = new SparkConf(false).setMaster("local[2]").setAppName("own");
  const ssc = withEngine(
    () => new ReferenceEngine(),
    () => new StreamingContext(conf, 1),
  );
  assert.equal(ssc.sparkContext.appName, "own");
  using _log = captureLog("OFF");
  await ssc.stop();
  assert.equal(ssc.sparkContext.isStopped, true);
});

test("the states go INITIALIZED, ACTIVE, STOPPED", async () => {
  await using context = ready();
  const { ssc } = context;
  assert.equal(ssc.getState(), "INITIALIZED");
  await ssc.start();
  assert.equal(ssc.getState(), "ACTIVE");
  await ssc.stop();
  assert.equal(ssc.getState(), "STOPPED");
});

test("nothing can be added after the start, nor after the stop", async () => {
  await using context = ready();
  const { ssc, stream } = context;
  const additions = [
    () => ssc.queueStream([[1]]),
    () => ssc.textFileStream("/tmp"),
    () => ssc.socketTextStream("localhost", 1),
    () => stream.map(n => n),
    () => stream.union(stream),
    () => stream.transform(rdd => rdd),
    () => stream.foreachRDD(() => undefined),
    () => stream.pprint(),
  ];
  const text = (when: string) =>
    `Adding new inputs, transformations, and output operations after ${when} a context is not supported`;
  await ssc.start();
  for (const add of additions) assert.throws(add, { code: "DSTREAMS_ILLEGAL_STATE", message: text("starting") });
  await ssc.stop();
  for (const add of additions) assert.throws(add, { code: "DSTREAMS_ILLEGAL_STATE", message: text("stopping") });
});

test("levels and checkpoint intervals cannot be changed after the start", async () => {
  await using context = ready();
  await context.ssc.start();
  assert.throws(() => context.stream.cache(), {
    code: "DSTREAMS_UNSUPPORTED",
    message: "Cannot change storage level of an DStream after streaming context has started",
  });
  assert.throws(() => context.stream.checkpoint(1), {
    code: "DSTREAMS_UNSUPPORTED",
    message: "Cannot change checkpoint interval of an DStream after streaming context has started",
  });
});

test("a second start is only a warning", async () => {
  await using context = ready();
  using log = captureLog("WARN");
  await context.ssc.start();
  await context.ssc.start();
  assert.deepEqual(log.lines, ["WARN StreamingContext: StreamingContext has already been started"]);
});

test("a stopped context cannot be started", async () => {
  await using context = ready();
  await context.ssc.start();
  await context.ssc.stop({ stopSparkContext: false });
  await assert.rejects(context.ssc.start(), {
    code: "DSTREAMS_ILLEGAL_STATE",
    message: "StreamingContext has already been stopped",
  });
});

test("stop before start warns, and ends the context for good", async () => {
  await using context = ready();
  using log = captureLog("WARN");
  await context.ssc.stop({ stopSparkContext: false });
  assert.equal(context.ssc.getState(), "STOPPED");
  assert.equal(context.sc.isStopped, false);
  await context.ssc.stop({ stopSparkContext: true });
  assert.equal(context.sc.isStopped, true);
  assert.deepEqual(log.lines, [
    "WARN StreamingContext: StreamingContext has not been started yet",
    "WARN StreamingContext: StreamingContext has already been stopped",
  ]);
  await context.ssc.awaitTermination();
});

test("stop leaves the SparkContext alone when told so, by argument or by configuration", async () => {
  await using context = ready({ settings: { "spark.streaming.stopSparkContextByDefault": "false" } });
  await context.ssc.start();
  await context.ssc.stop();
  assert.equal(context.sc.isStopped, false);
  assert.deepEqual(await context.sc.parallelize([1, 2]).collect(), [1, 2]);
});

test("a SparkContext serves one StreamingContext after the other", async () => {
  const sc = newSparkContext();
  for (const round of [1, 2]) {
    const ssc = new StreamingContext(sc, 60);
    ssc.queueStream([[round]]).foreachRDD(() => undefined);
    await ssc.start();
    await ssc.stop({ stopSparkContext: false });
  }
  await sc.stop();
});

test("without output operations there is nothing to start", async () => {
  await using context = newContext();
  context.ssc.queueStream([[1]]).map(n => n);
  await assert.rejects(context.ssc.start(), {
    message: "requirement failed: No output operations registered, so nothing to execute",
  });
  assert.equal(context.ssc.getState(), "STOPPED");
  await assert.rejects(context.ssc.start(), /already been stopped/);
});

test("one context is active at a time; the refused one may be started later", async () => {
  await using context = ready();
  const other = new StreamingContext(context.sc, 1, { clock: context.clock });
  other.queueStream([[1]]).foreachRDD(() => undefined);
  assert.equal(StreamingContext.getActive(), undefined);
  await context.ssc.start();
  assert.equal(StreamingContext.getActive(), context.ssc);
  await assert.rejects(other.start(), (error: Error) => {
    assert.match(
      error.message,
      /^Only one StreamingContext may be started in this JVM. Currently running StreamingContext was started at/,
    );
    assert.match(error.message, /life-cycle\.test\.ts:\d+/);
    return true;
  });
  assert.equal(other.getState(), "INITIALIZED");
  await context.ssc.stop({ stopSparkContext: false });
  await other.start();
  assert.equal(StreamingContext.getActive(), other);
  await other.stop({ stopSparkContext: false });
  assert.equal(StreamingContext.getActive(), undefined);
});

test("getActiveOrCreate gives the active context, or one that is not started", async () => {
  await using context = ready();
  const created = StreamingContext.getActiveOrCreate(null, () => context.ssc);
  assert.equal(created.getState(), "INITIALIZED");
  await context.ssc.start();
  const found = StreamingContext.getActiveOrCreate(() => assert.fail("there is an active one"));
  assert.equal(found, context.ssc);
  assert.throws(() => StreamingContext.getActiveOrCreate(undefined as never), /setupFunc cannot be None/);
  const recover = () => StreamingContext.getActiveOrCreate("hdfs://checkpoints" as never, () => context.ssc);
  assert.throws(recover, { code: "DSTREAMS_UNSUPPORTED" });
});

test("the first batch is at the next multiple of the batch duration", async () => {
  await using context = newContext({ batchMs: 2000 });
  const times: number[] = [];
  context.ssc.queueStream([[1]]).foreachRDD((_, time) => times.push(time.milliseconds));
  await context.clock.advance(4321);
  await context.ssc.start();
  await context.clock.advance(1678);
  assert.deepEqual(times, []);
  await context.clock.advance(1);
  await context.clock.advance(4000);
  assert.deepEqual(times, [6000, 8000, 10000]);
});

test("awaitTermination resolves when the context stops", async () => {
  await using context = ready();
  const ended = context.ssc.awaitTermination();
  await context.ssc.start();
  await context.ssc.stop();
  await ended;
  await context.ssc.awaitTermination();
});

test("awaitTerminationOrTimeout says whether it was stopped", async () => {
  await using context = ready();
  await context.ssc.start();
  const tooEarly = context.ssc.awaitTerminationOrTimeout(2.5);
  const inTime = context.ssc.awaitTerminationOrTimeout(Seconds(100));
  await context.clock.advance(2500);
  assert.equal(await tooEarly, false);
  await context.ssc.stop();
  assert.equal(await inTime, true);
});

test("remember may be said once", async () => {
  await using context = newContext();
  context.ssc.remember(5);
  assert.throws(() => context.ssc.remember(6), {
    message: "requirement failed: Remember duration already set as 5000 ms. Cannot set it again.",
  });
});

test("RDDs are remembered as long as somebody needs them, and found by slice", async () => {
  await using context = newContext();
  context.ssc.remember(3);
  const stream = context.ssc.queueStream([[1], [2], [3], [4], [5]]);
  const tens = stream.map(n => n * 10);
  collectBatches(tens);
  await assert.rejects(tens.slice(1, 2), { message: "MappedDStream has not been initialized" });
  await context.ssc.start();
  await context.clock.advance(5000);
  using log = captureLog("WARN");
  const records = await Promise.all((await tens.slice(3.5, new Date(5000))).map(rdd => rdd.collect()));
  assert.deepEqual(records, [[30], [40], [50]]);
  assert.match(log.lines.join(), /fromTime \(3500 ms\) is not a multiple of slideDuration \(1000 ms\)/);
});

test("settings of checkpoints that contradict each other are found at the start", async () => {
  const check = async (set: (context: ReturnType<typeof ready>) => void, message: string | RegExp) => {
    await using context = ready();
    set(context);
    await assert.rejects(context.ssc.start(), { message });
    assert.equal(context.ssc.getState(), "STOPPED");
  };
  const dir = "/tmp/dstreams-never-written";
  await check(
    ({ stream }) => stream.checkpoint(2),
    "requirement failed: The checkpoint directory has not been set. Please set it by StreamingContext.checkpoint().",
  );
  await check(({ ssc, stream }) => {
    ssc.checkpoint(dir);
    stream.checkpoint(0.5);
  }, "requirement failed: The checkpoint interval for QueueInputDStream has been set to 500 ms which is lower than its slide time (1000 ms). Please set it to at least 1000 ms.");
  await check(({ ssc, stream }) => {
    ssc.checkpoint(dir);
    stream.checkpoint(1.5);
  }, /1500 ms which not a multiple of its slide time \(1000 ms\). Please set it to a multiple of 1000 ms\.$/);
});

test("dynamic allocation cannot be had twice", async () => {
  await using context = ready({
    settings: { "spark.dynamicAllocation.enabled": "true", "spark.streaming.dynamicAllocation.enabled": "true" },
  });
  await assert.rejects(
    context.ssc.start(),
    /Dynamic Allocation cannot be enabled for both streaming and core at the same time/,
  );
});

test("spark.streaming.checkpoint.directory sets the directory", async () => {
  await using context = newContext({
    settings: { "spark.streaming.checkpoint.directory": "/tmp/dstreams-never-written" },
  });
  assert.equal(context.ssc.checkpointDirectory, "/tmp/dstreams-never-written");
});

test("await using stops a context", async () => {
  const sc = newSparkContext();
  {
    await using ssc = new StreamingContext(sc, 60);
    ssc.queueStream([[1]]).foreachRDD(() => undefined);
    await ssc.start();
  }
  assert.equal(sc.isStopped, true);
  assert.equal(StreamingContext.getActive(), undefined);
});
