/** Sources of one's own that take time to start and to stop. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RDD } from "../../src/rdd/rdd.ts";
import { InputDStream } from "../../src/streaming/input-dstream.ts";
import type { StreamingContext } from "../../src/streaming/streaming-context.ts";
import { newContext } from "./support/context.ts";
import { captureLog } from "./support/log.ts";

/** Does nothing, when it is told to. */
class Slow extends InputDStream<number> {
  readonly starting = Promise.withResolvers<void>();
  readonly said: string[] = [];

  constructor(context: StreamingContext) {
    super(context, "slow", "Slow");
    this.foreachRDD(() => this.said.push("batch"));
  }

  override async compute(): Promise<RDD<number>> {
    return this.context.sparkContext.parallelize([1], 1);
  }

  override start(): Promise<void> {
    return this.starting.promise;
  }

  override async stop(): Promise<void> {
    await Promise.resolve();
    this.said.push("stopped");
  }
}

test("start() waits for the sources", async () => {
  await using context = newContext();
  const slow = new Slow(context.ssc);
  let started = false;
  const start = context.ssc.start().then(() => (started = true));
  await Promise.resolve();
  assert.equal(started, false);
  slow.starting.resolve();
  await start;
});

test("a source that cannot start stops the context, with its error", async () => {
  await using context = newContext();
  const slow = new Slow(context.ssc);
  slow.starting.reject(new Error("nobody there"));
  using _log = captureLog("OFF");
  await assert.rejects(context.ssc.start(), /nobody there/);
  assert.equal(context.ssc.getState(), "STOPPED");
  assert.deepEqual(slow.said, ["stopped"]);
});

test("sources stop when the last batch has ended, and stop() waits for them", async () => {
  await using context = newContext();
  const slow = new Slow(context.ssc);
  slow.starting.resolve();
  await context.ssc.start();
  await context.clock.advance(1000);
  await context.ssc.stop({ stopSparkContext: false });
  assert.deepEqual(slow.said, ["batch", "stopped"]);
});
