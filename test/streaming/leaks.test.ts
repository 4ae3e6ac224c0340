import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { newContext } from "./support/context.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("ten thousand batches leave the heap flat", async () => {
  await using context = newContext({ batchMs: 10 });
  const stream = context.ssc.queueStream<string>([], true, null);
  const counts = stream.map(word => [word, 1]).reduceByKey((a, b) => a + b);
  counts.cache().foreachRDD(rdd => rdd.count());
  await context.ssc.start();
  const heapAfter = async (batches: number) => {
    await context.clock.advance(batches * 10);
    collectGarbage();
    await new Promise(resolve => setImmediate(resolve));
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  await heapAfter(1500);
  const before = await heapAfter(500);
  const after = await heapAfter(10_000);
  // A promise with what it refers to, kept for each batch, would be ten times as much.
  assert.ok(after - before < 1_000_000, `the heap has grown by ${after - before} bytes`);
});
