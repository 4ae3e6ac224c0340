import assert from "node:assert/strict";
import { test } from "node:test";
import { collectBatches, newContext } from "./support/context.ts";

test("a queue is live, gives one element a batch, and an empty partition when it is empty", async () => {
  await using context = newContext();
  const queue = [[1, 2], [3]];
  const stream = context.ssc.queueStream(queue);
  const batches = collectBatches(stream);
  const partitions: number[] = [];
  stream.foreachRDD(async rdd => partitions.push(await rdd.getNumPartitions()));
  await context.ssc.start();
  await context.clock.advance(3000);
  queue.push([4]);
  await context.clock.advance(1000);
  assert.deepEqual(batches, [[1, 2], [3], [], [4]]);
  assert.deepEqual(partitions, [2, 2, 1, 2]);
});

test("all at once", async () => {
  await using context = newContext();
  const batches = collectBatches(context.ssc.queueStream([[1, 2], [3]], false));
  await context.ssc.start();
  await context.clock.advance(2000);
  assert.deepEqual(batches, [[1, 2, 3], []]);
});

test("elements may be RDDs, and there may be a default", async () => {
  await using context = newContext();
  const { sc, ssc } = context;
  const rdds = collectBatches(ssc.queueStream([sc.parallelize([1]), [2]], true, sc.parallelize([9], 1)));
  const none = ssc.queueStream<number>([], true, null);
  const empty = collectBatches(none.glom());
  const arrays = collectBatches(ssc.queueStream([[["a", 1]]], true, [["z", 0]]).mapValues(n => n + 1));
  await ssc.start();
  await context.clock.advance(3000);
  assert.deepEqual(rdds, [[1], [2], [9]]);
  assert.deepEqual(empty, [[], [], []]);
  assert.deepEqual(arrays, [[["a", 2]], [["z", 1]], [["z", 1]]]);
});

test("a queue stream reports no records", async () => {
  await using context = newContext();
  const records: number[] = [];
  context.ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => records.push(batchInfo.numRecords) });
  collectBatches(context.ssc.queueStream([[1, 2]]));
  await context.ssc.start();
  await context.clock.advance(1000);
  assert.deepEqual(records, [0]);
});
