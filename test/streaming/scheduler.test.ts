import assert from "node:assert/strict";
import { test } from "node:test";
import { jobScope } from "../../src/engine/job-scope.ts";
import type { StreamingListener } from "../../src/streaming/scheduler/listener.ts";
import { newContext } from "./support/context.ts";
import { captureLog } from "./support/log.ts";

/** Something an output operation waits for, opened by the test. */
function gate() {
  return Promise.withResolvers<void>();
}

test("output operations run in order, batch after batch, each ending before the next begins", async () => {
  await using context = newContext();
  const stream = context.ssc.queueStream([[1]]);
  const events: string[] = [];
  for (const id of [0, 1, 2]) {
    stream.foreachRDD(async (rdd, time) => {
      events.push(`${time.milliseconds}.${id} begins`);
      await rdd.count();
      events.push(`${time.milliseconds}.${id} ends`);
    });
  }
  await context.ssc.start();
  await context.clock.advance(2000);
  const expected = [1000, 2000].flatMap(t => [0, 1, 2].flatMap(id => [`${t}.${id} begins`, `${t}.${id} ends`]));
  assert.deepEqual(events, expected);
});

test("no tick is skipped: late batches wait, with growing scheduling delay", async () => {
  await using context = newContext();
  const first = gate();
  const delays: (number | undefined)[] = [];
  context.ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => delays.push(batchInfo.schedulingDelay) });
  const times: number[] = [];
  context.ssc.queueStream([[1]]).foreachRDD(async (_, time) => {
    times.push(time.milliseconds);
    if (times.length === 1) await first.promise;
  });
  await context.ssc.start();
  await context.clock.advance(4000, { settle: false });
  assert.deepEqual(times, [1000]);
  first.resolve();
  await context.clock.settled();
  assert.deepEqual(times, [1000, 2000, 3000, 4000]);
  assert.deepEqual(delays, [0, 2000, 1000, 0]);
});

test("spark.streaming.concurrentJobs lets operations and batches overlap", async () => {
  await using context = newContext({ settings: { "spark.streaming.concurrentJobs": "3" } });
  const stream = context.ssc.queueStream([[1]]);
  const open = gate();
  let running = 0;
  let most = 0;
  for (let id = 0; id < 2; id++) {
    stream.foreachRDD(async () => {
      most = Math.max(most, ++running);
      await open.promise;
      running--;
    });
  }
  await context.ssc.start();
  await context.clock.advance(3000, { settle: false });
  assert.equal(running, 3);
  open.resolve();
  await context.clock.settled();
  assert.deepEqual([running, most], [0, 3]);
});

test("a failing operation is reported, the others run, the stream goes on, awaitTermination rejects with the very error", async () => {
  await using context = newContext();
  using log = captureLog("ERROR");
  const stream = context.ssc.queueStream([[1]]);
  const failure = new Error("disk on fire");
  const ran: string[] = [];
  const reasons: (string | undefined)[] = [];
  context.ssc.addStreamingListener({
    onOutputOperationCompleted: ({ outputOperationInfo: info }) => reasons.push(info.failureReason?.split("\n")[0]),
  });
  stream.foreachRDD((_, time) => {
    ran.push(`a${time.milliseconds}`);
    if (time.milliseconds === 1000) throw failure;
  });
  stream.foreachRDD((_, time) => ran.push(`b${time.milliseconds}`));
  await context.ssc.start();
  await context.clock.advance(2000);
  assert.deepEqual(ran, ["a1000", "b1000", "a2000", "b2000"]);
  await assert.rejects(context.ssc.awaitTermination(), error => error === failure);
  await assert.rejects(context.ssc.awaitTerminationOrTimeout(1), error => error === failure);
  assert.equal(context.ssc.getState(), "ACTIVE");
  assert.deepEqual(reasons, ["Error: disk on fire", undefined, undefined, undefined]);
  assert.deepEqual(log.lines, ["ERROR JobScheduler: Error running job streaming job 1000 ms.0"]);
});

test("anything may be thrown", async () => {
  await using context = newContext();
  using _log = captureLog("OFF");
  context.ssc.queueStream([[1]]).foreachRDD(() => {
    throw undefined;
  });
  await context.ssc.start();
  await context.clock.advance(1000);
  await assert.rejects(context.ssc.awaitTermination(), error => error === undefined);
});

test("an error while a batch is made costs that batch only, and makes no events", async () => {
  await using context = newContext();
  using log = captureLog("ERROR");
  const submitted: number[] = [];
  context.ssc.addStreamingListener({
    onBatchSubmitted: ({ batchInfo }) => submitted.push(batchInfo.batchTime.milliseconds),
  });
  const failure = new Error("no such table");
  context.ssc
    .queueStream([[1]])
    .transform((rdd, time) => {
      if (time.milliseconds === 2000) throw failure;
      return rdd;
    })
    .foreachRDD(() => undefined);
  await context.ssc.start();
  await context.clock.advance(3000);
  assert.deepEqual(submitted, [1000, 3000]);
  assert.deepEqual(log.lines, ["ERROR JobScheduler: Error generating jobs for time 2000 ms"]);
  await assert.rejects(context.ssc.awaitTermination(), error => error === failure);
});

test("the log has the lines that people look for", async () => {
  await using context = newContext();
  context.ssc.queueStream([[1]]).foreachRDD(() => undefined);
  using log = captureLog("INFO");
  await context.ssc.start();
  await context.clock.advance(1000);
  const lines = log.lines.filter(line => line.startsWith("INFO JobScheduler"));
  assert.deepEqual(lines, [
    "INFO JobScheduler: Added jobs for time 1000 ms",
    "INFO JobScheduler: Starting job streaming job 1000 ms.0 from job set of time 1000 ms",
    "INFO JobScheduler: Finished job streaming job 1000 ms.0 from job set of time 1000 ms",
    "INFO JobScheduler: Total delay: 0.000 s for time 1000 ms (execution: 0.000 s)",
  ]);
});

test("events come in Spark's order with what is known at the time", async () => {
  await using context = newContext();
  const events: string[] = [];
  const listener: StreamingListener = {
    onStreamingStarted: ({ time }) => events.push(`started ${time}`),
    onBatchSubmitted: ({ batchInfo: b }) => events.push(`submitted ${b.batchTime} ${b.processingStartTime}`),
    onBatchStarted: ({ batchInfo: b }) => events.push(`batch started ${b.schedulingDelay} ${b.processingDelay}`),
    onOutputOperationStarted: ({ outputOperationInfo: o }) => events.push(`op ${o.id} started ${o.endTime}`),
    onOutputOperationCompleted: ({ outputOperationInfo: o }) => events.push(`op ${o.id} completed ${o.duration}`),
    onBatchCompleted: ({ batchInfo: b }) =>
      events.push(`completed ${b.totalDelay} ${b.outputOperationInfos.size} ${b.numRecords}`),
  };
  context.ssc.addStreamingListener(listener);
  const names: string[] = [];
  context.ssc.addStreamingListener({ onOutputOperationStarted: ({ outputOperationInfo: o }) => names.push(o.name) });
  const stream = context.ssc.queueStream([[1]]);
  stream.foreachRDD(() => undefined);
  stream.foreachRDD(() => undefined);
  await context.ssc.start();
  await context.clock.advance(1000);
  assert.deepEqual(events, [
    "started 0",
    "submitted 1000 ms undefined",
    "batch started 0 undefined",
    "op 0 started undefined",
    "op 0 completed 0",
    "op 1 started undefined",
    "op 1 completed 0",
    "completed 0 2 0",
  ]);
  assert.match(names[0] ?? "", /^foreachRDD at scheduler\.test\.ts:\d+$/);
  context.ssc.removeStreamingListener(listener);
  await context.clock.advance(1000);
  assert.equal(events.length, 8);
});

test("what a listener throws is logged; stopping from one is refused", async () => {
  await using context = newContext();
  using log = captureLog("ERROR");
  let refusal: unknown;
  context.ssc.addStreamingListener({
    onBatchStarted: () => {
      throw new Error("in a listener");
    },
    onBatchCompleted: async () => {
      await context.ssc.stop().catch((error: unknown) => {
        refusal = error;
      });
    },
  });
  context.ssc.queueStream([[1]]).foreachRDD(() => undefined);
  await context.ssc.start();
  await context.clock.advance(1000);
  assert.deepEqual(log.lines, ["ERROR StreamingListenerBus: Listener Object threw an exception"]);
  assert.match((refusal as Error).message, /^Cannot stop StreamingContext within listener bus thread\. Stop it after /);
  assert.equal(context.ssc.getState(), "ACTIVE");
});

test("a graceful stop runs one more batch and lets all that wait end", async () => {
  await using context = newContext();
  const open = gate();
  const ended: number[] = [];
  context.ssc.queueStream([[1]]).foreachRDD(async (_, time) => {
    await open.promise;
    ended.push(time.milliseconds);
  });
  await context.ssc.start();
  await context.clock.advance(2500, { settle: false });
  const stopped = context.ssc.stop({ stopGracefully: true });
  await context.clock.advance(5000, { settle: false });
  assert.deepEqual(ended, []);
  assert.equal(context.ssc.getState(), "ACTIVE");
  open.resolve();
  await stopped;
  assert.deepEqual(ended, [1000, 2000, 3000]);
  assert.equal(context.ssc.getState(), "STOPPED");
});

test("a graceful stop gives up after spark.streaming.gracefulStopTimeout, by default ten batches", async () => {
  for (const [settings, timeout] of [
    [{}, 10_000],
    [{ "spark.streaming.gracefulStopTimeout": "3s" }, 3000],
  ] as const) {
    await using context = newContext({ settings });
    using log = captureLog("WARN");
    const open = gate();
    context.ssc.queueStream([[1]]).foreachRDD(() => open.promise);
    await context.ssc.start();
    await context.clock.advance(1000, { settle: false });
    const stopped = context.ssc.stop({ stopGracefully: true });
    await context.clock.advance(timeout - 1, { settle: false });
    assert.deepEqual(log.lines, []);
    await context.clock.advance(1, { settle: false });
    assert.deepEqual(log.lines, [
      `WARN JobGenerator: Timed out while stopping the job generator (timeout = ${timeout})`,
    ]);
    open.resolve();
    await stopped;
  }
});

test("after that time-out batches that wait still run, as they do after Ctrl-C in a long batch", async () => {
  await using context = newContext();
  using _log = captureLog("WARN");
  const open = gate();
  const ended: string[] = [];
  const stream = context.ssc.queueStream([[1]]);
  for (const id of [0, 1]) {
    stream.foreachRDD(async (_, time) => {
      await open.promise;
      ended.push(`${time.milliseconds}.${id}`);
    });
  }
  await context.ssc.start();
  await context.clock.advance(2000, { settle: false });
  const stopped = context.ssc.stop({ stopGracefully: true });
  await context.clock.advance(10_000, { settle: false });
  assert.deepEqual(ended, []);
  open.resolve();
  await stopped;
  assert.deepEqual(ended, ["1000.0", "1000.1", "2000.0", "2000.1", "3000.0", "3000.1"]);
});

test("an abrupt stop drops what waits and gives what runs two seconds, then cancels its jobs", async () => {
  await using context = newContext();
  const open = gate();
  const begun: number[] = [];
  let signal: AbortSignal | undefined;
  context.ssc.queueStream([[1]]).foreachRDD(async (_, time) => {
    begun.push(time.milliseconds);
    signal = jobScope.getStore()?.signal;
    await open.promise;
  });
  await context.ssc.start();
  await context.clock.advance(3000, { settle: false });
  let isStopped = false;
  const stopped = context.ssc.stop().then(() => {
    isStopped = true;
  });
  await context.clock.advance(1999, { settle: false });
  assert.deepEqual([isStopped, signal?.aborted], [false, false]);
  await context.clock.advance(1, { settle: false });
  await stopped;
  assert.equal(signal?.aborted, true);
  assert.deepEqual(begun, [1000]);
  open.resolve();
});

test("after an abrupt stop no batch begins, not even one that waits already", async () => {
  await using context = newContext();
  const begun: number[] = [];
  const open = gate();
  context.ssc.queueStream([[1]]).foreachRDD(async (_, time) => {
    begun.push(time.milliseconds);
    await open.promise;
    void context.ssc.stop();
  });
  await context.ssc.start();
  await context.clock.advance(3000, { settle: false });
  open.resolve();
  await context.ssc.awaitTermination();
  assert.deepEqual(begun, [1000]);
});

test("stop in an output operation stops behind it, gracefully or not", async () => {
  for (const stopGracefully of [false, true]) {
    await using context = newContext();
    const events: string[] = [];
    context.ssc.queueStream([[1]]).foreachRDD(async () => {
      events.push("begins");
      await context.ssc.stop({ stopGracefully });
      events.push("goes on");
    });
    await context.ssc.start();
    const ended = context.ssc.awaitTermination().then(() => events.push("terminated"));
    await context.clock.advance(1000);
    if (stopGracefully) await context.clock.advance(1000);
    await ended;
    const batch = ["begins", "goes on"];
    assert.deepEqual(events, stopGracefully ? [...batch, ...batch, "terminated"] : [...batch, "terminated"]);
  }
});

test("jobs carry the batch time, however often the operation waits, and what was set before the start", async () => {
  await using context = newContext();
  context.sc.setJobGroup("reports", "nightly");
  const seen: unknown[] = [];
  context.ssc.queueStream([[1]]).foreachRDD(async rdd => {
    await rdd.count();
    await new Promise(resolve => setImmediate(resolve));
    const { group, description, batchTime } = jobScope.getStore()?.properties ?? {};
    seen.push([group, description, batchTime]);
  });
  await context.ssc.start();
  context.sc.setJobGroup("other", "set later");
  await context.clock.advance(1000);
  assert.deepEqual(seen, [["reports", "nightly", 1000]]);
});

test("jobs are described by operation and batch", async () => {
  await using context = newContext();
  const seen: unknown[] = [];
  const describe = () => seen.push(jobScope.getStore()?.properties.description);
  const stream = context.ssc.queueStream([[1]]).transform(rdd => {
    describe();
    return rdd;
  });
  stream.foreachRDD(describe);
  await context.ssc.start();
  await context.clock.advance(1000);
  assert.match(String(seen[0]), /^Streaming job from \[batch time \d\d:\d\d:01\]$/);
  assert.match(String(seen[1]), /^Streaming job from \[output operation 0, batch time \d\d:\d\d:01\]$/);
});

test("a stream that is used twice is computed once a batch", async () => {
  await using context = newContext();
  let calls = 0;
  const shared = context.ssc.queueStream([[1]]).transform(rdd => {
    calls++;
    return rdd;
  });
  const rdds = new Set<unknown>();
  shared.foreachRDD(rdd => rdds.add(rdd));
  shared.foreachRDD(rdd => rdds.add(rdd));
  shared.map(n => n).foreachRDD(() => undefined);
  await context.ssc.start();
  await context.clock.advance(1000);
  assert.deepEqual([calls, rdds.size], [1, 1]);
});

test("cached RDDs of old batches are let go", async () => {
  await using context = newContext();
  const stream = context.ssc
    .queueStream([[1]])
    .map(n => n)
    .cache();
  const rdds: { is_cached: boolean }[] = [];
  stream.foreachRDD(rdd => rdds.push(rdd));
  await context.ssc.start();
  await context.clock.advance(4000);
  assert.deepEqual(
    rdds.map(rdd => rdd.is_cached),
    [false, false, false, true],
  );
});
