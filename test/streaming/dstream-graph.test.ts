import assert from "node:assert/strict";
import { test } from "node:test";
import { Milliseconds, Seconds } from "../../src/streaming/duration.ts";
import type { Duration } from "../../src/streaming/duration.ts";
import type { StreamNode } from "../../src/streaming/stream-node.ts";
import { Time } from "../../src/streaming/time.ts";
import { captureSite } from "../../src/base/site.ts";
import { collectBatches, newContext } from "./support/context.ts";

/** A stream that yields its parent's RDD every `slide`, and needs the parent's RDDs of the last `window`. */
function windowed(parent: StreamNode<number>, window: Duration, slide: Duration) {
  return parent.context.newStream<number>({
    name: "WindowedDStream",
    site: captureSite("window"),
    parents: [parent as StreamNode<unknown>],
    slide,
    parentRemember: own => own.plus(window),
    compute: time => parent.getOrCompute(time),
  });
}

test("a stream has RDDs only on its grid, and none up to its zero time", async () => {
  await using context = newContext();
  const stream = context.ssc.queueStream([[1]]);
  const slow = windowed(stream, Seconds(4), Seconds(2));
  const times: number[] = [];
  slow.foreachRDD((_, time) => times.push(time.milliseconds));
  const jobs: number[] = [];
  context.ssc.addStreamingListener({
    onBatchSubmitted: ({ batchInfo }) => jobs.push(batchInfo.batchTime.milliseconds),
  });
  assert.throws(() => slow.isTimeValid(new Time(0)), { message: "WindowedDStream has not been initialized" });
  await context.ssc.start();
  await context.clock.advance(5000);
  assert.deepEqual(times, [2000, 4000]);
  assert.deepEqual(jobs, [2000, 4000], "off the slide there is no job, and no event");
  assert.deepEqual(
    [-1000, 0, 1000, 1999, 2000].map(ms => slow.isTimeValid(new Time(ms))),
    [false, false, false, false, true],
  );
});

test("parents remember as long as their children need", async () => {
  await using context = newContext();
  const stream = context.ssc.queueStream([[1]]);
  const mapped = stream.map(n => n);
  collectBatches(windowed(mapped, Seconds(10), Seconds(2)));
  collectBatches(stream);
  await context.ssc.start();
  assert.deepEqual([stream.rememberDuration, mapped.rememberDuration], [Seconds(12), Seconds(12)]);
});

test("a checkpoint interval makes a stream remember twice as long", async () => {
  await using context = newContext({
    settings: { "spark.streaming.checkpoint.directory": "/tmp/dstreams-never-written" },
  });
  const stream = context.ssc.queueStream<number>([]);
  stream.checkpoint(3);
  const mapped = stream.map(n => n);
  collectBatches(mapped);
  await context.ssc.start();
  assert.deepEqual([mapped.rememberDuration, stream.rememberDuration], [Seconds(1), Seconds(6)]);
});

test("streams that must be checkpointed get an interval of ten seconds in whole slides, and need a directory", async () => {
  await using context = newContext({ batchMs: 3000 });
  const stream = context.ssc.queueStream([[1]]);
  const state = context.ssc.newStream<number>({
    name: "StateDStream",
    site: captureSite("updateStateByKey"),
    parents: [stream as StreamNode<unknown>],
    mustCheckpoint: true,
    compute: time => stream.getOrCompute(time),
  });
  collectBatches(state);
  await assert.rejects(context.ssc.start(), /The checkpoint directory has not been set/);
  assert.deepEqual(state.checkpointDuration, Seconds(12));
  assert.deepEqual(state.rememberDuration, Seconds(24));
});

test("a stream is initialised once", async () => {
  await using context = newContext();
  const stream = context.ssc.queueStream([[1]]);
  stream.initialize(new Time(5));
  stream.initialize(new Time(5));
  assert.throws(() => stream.initialize(new Time(6)), {
    message: "ZeroTime is already initialized to 5 ms, cannot initialize it again to 6 ms",
  });
});

test("thousands of operations in a row", async () => {
  await using context = newContext();
  let stream = context.ssc.queueStream([[0]]);
  for (let i = 0; i < 1000; i++)
    stream = stream.union(context.ssc.queueStream<number>([], true, null)) as typeof stream;
  const batches = collectBatches(stream);
  await context.ssc.start();
  await context.clock.advance(1000);
  assert.deepEqual(batches, [[0]]);
});

test("a diamond of streams is walked once, however deep", async () => {
  await using context = newContext({ batchMs: 100 });
  let stream = context.ssc.queueStream([[1]]);
  for (let i = 0; i < 50; i++) stream = stream.transformWith(a => a, stream);
  const batches = collectBatches(stream);
  await context.ssc.start();
  await context.clock.advance(300);
  assert.deepEqual(batches, [[1], [], []]);
  assert.deepEqual(stream.rememberDuration, Milliseconds(100));
});

test("a function that cannot travel is found when the context starts, with the way to it", async () => {
  await using context = newContext();
  const server = new WeakMap<object, number>();
  const stream = context.ssc.queueStream([[1]]).map(n => n + Number(server.has({})));
  collectBatches(stream);
  await assert.rejects(context.ssc.start(), (error: Error & { code?: string }) => {
    assert.equal(error.code, "DSTREAMS_CLOSURE");
    assert.match(error.message, /map at dstream-graph\.test\.ts:\d+.*server/s);
    return true;
  });
  assert.equal(context.ssc.getState(), "STOPPED");
});

test("a stream in a worker's function is refused by name", async () => {
  await using context = newContext();
  const stream = context.ssc.queueStream([[1]]);
  collectBatches(stream.map(() => stream.slideDuration));
  await assert.rejects(
    context.ssc.start(),
    /Object of QueueInputDStream is being serialized possibly as a part of closure of an RDD operation/,
  );
});
