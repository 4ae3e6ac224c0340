/** The rules of windows: what is refused, when there is one, what is kept for it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type DStream, Milliseconds, Minutes, StorageLevel } from "../../src/index.ts";
import { newContext } from "../streaming/support/context.ts";
import { messageOf } from "./support.ts";

const add = (a: number, b: number): number => a + b;
const subtract = (a: number, b: number): number => a - b;

type Pairs = DStream<[string, number]>;

function pairsOf({ ssc }: ReturnType<typeof newContext>): Pairs {
  return ssc.queueStream<[string, number]>([[["a", 1]], [["b", 2]]]);
}

describe("durations", () => {
  const notMultiple = (what: string, given: string) =>
    `DSTREAMS_ILLEGAL_ARGUMENT: requirement failed: The ${what} duration of windowed DStream (${given}) must be a multiple of the slide ` +
    "duration of parent DStream (1000 ms)";

  test("must be multiples of the parent's slide, in every operation", async () => {
    await using context = newContext();
    const pairs = pairsOf(context);
    const operations: ((w: number, s?: number) => unknown)[] = [
      (w, s) => pairs.window(w, s),
      (w, s) => pairs.countByWindow(w, s),
      (w, s) => pairs.countByValueAndWindow(w, s),
      (w, s) => pairs.groupByKeyAndWindow(w, s),
      (w, s) => pairs.reduceByKeyAndWindow(add, null, w, s),
      (w, s) => pairs.reduceByKeyAndWindow(add, subtract, w, s),
      (w, s) => pairs.map(([, n]) => n).reduceByWindow(add, null, w, s),
    ];
    for (const operation of operations) {
      assert.equal(await messageOf(() => operation(2.5)), notMultiple("window", "2500 ms"));
      assert.equal(await messageOf(() => operation(2, 1.5)), notMultiple("slide", "1500 ms"));
    }
  });

  test("must be longer than nothing, and durations at all", async () => {
    await using context = newContext();
    const pairs = pairsOf(context);
    assert.match(await messageOf(() => pairs.window(0)), /window duration .* longer than 0 ms, not 0 ms/);
    assert.match(await messageOf(() => pairs.window(2, -1)), /slide duration .* longer than 0 ms, not -1000 ms/);
    assert.match(await messageOf(() => pairs.window("60" as never)), /windowDuration must be a Duration or a number/);
  });

  test("are measured by the slide of the parent, which may be a window", async () => {
    await using context = newContext();
    const slow = pairsOf(context).window(4, 2);
    assert.match(await messageOf(() => slow.window(3)), /\(3000 ms\) must be a multiple of .* \(2000 ms\)/);
    assert.equal(slow.window(4).slideDuration.milliseconds, 2000);
    assert.equal(slow.reduceByKeyAndWindow(add, null, Milliseconds(8000), 4).slideDuration.milliseconds, 4000);
  });
});

test("functions and numbers of partitions are checked where they are given", async () => {
  await using context = newContext();
  const pairs = pairsOf(context);
  assert.match(
    await messageOf(() => pairs.reduceByKeyAndWindow(5 as never, null, 2)),
    /reduceByKeyAndWindow takes a function/,
  );
  assert.match(
    await messageOf(() => pairs.reduceByKeyAndWindow(add, 5 as never, 2)),
    /invFunc must be a function, or null where there is none, but was given 5/,
  );
  assert.match(
    await messageOf(() => pairs.reduceByKeyAndWindow(add, null, 2, 1, 0)),
    /numPartitions must be a positive/,
  );
  assert.match(await messageOf(() => pairs.groupByKeyAndWindow(2, 1, 1.5)), /numPartitions must be a positive/);
});

test("an inverse function needs a checkpoint directory, a window without one does not", async () => {
  const message =
    "DSTREAMS_ILLEGAL_ARGUMENT: requirement failed: The checkpoint directory has not been set. Please set it by " +
    "StreamingContext.checkpoint().";
  for (const operation of [
    (pairs: DStream<[string, number]>) => pairs.reduceByKeyAndWindow(add, subtract, 2),
    (pairs: DStream<[string, number]>) => pairs.countByWindow(2),
    (pairs: DStream<[string, number]>) => pairs.countByValueAndWindow(2),
  ]) {
    await using context = newContext();
    operation(pairsOf(context)).foreachRDD(() => undefined);
    assert.equal(await messageOf(() => context.ssc.start()), message);
  }
  await using context = newContext();
  pairsOf(context)
    .reduceByKeyAndWindow(add, null, 2)
    .foreachRDD(() => undefined);
  await context.ssc.start();
});

test("in batches between two slides there is no job", async () => {
  await using context = newContext();
  const times: number[] = [];
  const batches: number[] = [];
  pairsOf(context)
    .reduceByKeyAndWindow(add, null, 3, 3)
    .foreachRDD((_, time) => times.push(time.milliseconds));
  context.ssc.addStreamingListener({
    onBatchSubmitted: ({ batchInfo }) => batches.push(batchInfo.batchTime.milliseconds),
  });
  await context.ssc.start();
  await context.clock.advance(9000);
  assert.deepEqual(times, [3000, 6000, 9000]);
  assert.deepEqual(batches, times);
});

test("a window keeps its parent's batches as bytes, unless the program said how", async () => {
  await using context = newContext();
  const plain = pairsOf(context);
  const own = pairsOf(context).persist(StorageLevel.DISK_ONLY);
  const windowed = plain.window(4);
  own.window(4);
  assert.equal(plain.storageLevel, StorageLevel.MEMORY_ONLY_SER);
  assert.equal(own.storageLevel, StorageLevel.DISK_ONLY);
  windowed.persist(StorageLevel.MEMORY_AND_DISK);
  assert.equal(plain.storageLevel, StorageLevel.MEMORY_AND_DISK, "persist on a window is about its parent");
  assert.equal(windowed.storageLevel, StorageLevel.NONE);
});

test("a window of a window, and a checkpoint of one, leave the level that the program has said", async () => {
  await using context = newContext();
  const [again, saved, nothing] = [pairsOf(context), pairsOf(context), pairsOf(context)];
  for (const stream of [again, saved]) stream.persist(StorageLevel.DISK_ONLY);
  again.window(4).window(8);
  saved.window(4).checkpoint(2);
  nothing.window(4).window(8).reduceByKeyAndWindow(add, null, 8);
  assert.equal(again.storageLevel, StorageLevel.DISK_ONLY);
  assert.equal(saved.storageLevel, StorageLevel.DISK_ONLY);
  assert.equal(nothing.storageLevel, StorageLevel.MEMORY_ONLY_SER);
});

test("parents are remembered for as long as windows need them", async () => {
  await using context = newContext();
  context.ssc.checkpoint(context.checkpoints);
  const [a, b, c, d, e] = Array.from({ length: 5 }, () => pairsOf(context)) as [Pairs, Pairs, Pairs, Pairs, Pairs];
  a.window(30, 10).foreachRDD(() => undefined);
  b.reduceByKeyAndWindow(add, null, 30, 2).foreachRDD(() => undefined);
  c.reduceByKeyAndWindow(add, subtract, 30, 2).foreachRDD(() => undefined);
  d.reduceByKeyAndWindow(add, null, Minutes(10), Minutes(10)).foreachRDD(() => undefined);
  e.groupByKeyAndWindow(30, 20).foreachRDD(() => undefined);
  await context.ssc.start();
  // A window: its own slide and its length. With an inverse: two checkpoints of 10 s.
  assert.equal(a.rememberDuration?.milliseconds, 40_000);
  assert.equal(c.rememberDuration?.milliseconds, 2 * 10_000 + 30_000);
  // One that is carried on: also the slides since it was last made of all its batches, ten or as many as it is long.
  assert.equal(b.rememberDuration?.milliseconds, 2000 + 30_000 + 10 * 2000);
  assert.equal(d.rememberDuration?.milliseconds, 2 * 600_000);
  assert.equal(e.rememberDuration?.milliseconds, 20_000 + 30_000 + 20_000);
});

test("slices of windows are the windows of those times, old ones too", async () => {
  await using context = newContext();
  const { ssc, clock } = context;
  const counts = ssc
    .queueStream([["a"], ["a", "b"], [], ["a"]])
    .map(word => [word, 1])
    .reduceByKeyAndWindow(add, null, 2);
  counts.foreachRDD(() => undefined);
  ssc.remember(60);
  await ssc.start();
  await clock.advance(5000);
  const rdds = await counts.slice(1, 5);
  const found = await Promise.all(rdds.map(async rdd => (await rdd.collect()).sort()));
  assert.deepEqual(found, [
    [["a", 1]],
    [
      ["a", 2],
      ["b", 1],
    ],
    [
      ["a", 1],
      ["b", 1],
    ],
    [["a", 1]],
    [["a", 1]],
  ]);
  // Once more, from the last to the first: every version has been taken over by now.
  for (const [i, rdd] of [...rdds.entries()].reverse()) assert.deepEqual((await rdd.collect()).sort(), found[i]);
});

test("a key without data in the new window leaves, and what it comes back with is new", async () => {
  await using context = newContext();
  const { ssc, clock } = context;
  const seen: unknown[] = [];
  ssc
    .queueStream<[string, number[]]>([[["a", [1]]], [], [["a", [2]]], [["a", [3]]]])
    // Changes its first argument: what is used again must not change with it.
    .reduceByKeyAndWindow((a, b) => (a.push(...b), a), null, 2)
    .foreachRDD(async rdd => seen.push(await rdd.collect()));
  await ssc.start();
  await clock.advance(6000);
  assert.deepEqual(seen, [[["a", [1]]], [["a", [1]]], [["a", [2]]], [["a", [2, 3]]], [["a", [3]]], []]);
});

test("filterFunc that drops a key which still has values says so when these leave", async () => {
  await using context = newContext();
  const { ssc, clock } = context;
  ssc.checkpoint(context.checkpoints);
  ssc
    .queueStream<[string, number]>([[["a", 1]], [["a", -1]]])
    .reduceByKeyAndWindow(add, subtract, 2, 1, 1, ([, n]) => n !== 0)
    .foreachRDD(rdd => rdd.collect());
  await ssc.start();
  await clock.advance(3000);
  assert.match(
    await messageOf(() => ssc.awaitTermination()),
    /Neither previous window has value for key, nor new values found\. .* filterFunc/,
  );
});

test("checkpoint on a window is about its own RDDs, with an inverse function about what it carries on", async () => {
  await using context = newContext();
  const { ssc, clock } = context;
  ssc.checkpoint(context.checkpoints);
  const pairs = pairsOf(context);
  const windows: DStream<unknown>[] = [
    pairs.window(3).checkpoint(2),
    pairs.window(4, 2).window(4).checkpoint(4),
    pairs.reduceByKeyAndWindow(add, null, 3).checkpoint(2),
    pairs.groupByKeyAndWindow(3).checkpoint(10),
    pairs
      .map(([, n]) => n)
      .reduceByWindow(add, null, 3)
      .checkpoint(5),
  ];
  for (const window of windows) window.foreachRDD(rdd => rdd.count());
  ssc.remember(60);
  await ssc.start();
  await clock.advance(20_000);
  await Promise.race([ssc.awaitTermination(), new Promise<void>(resolve => setImmediate(resolve))]);
  for (const window of windows) assert.equal((await window.slice(20, 20))[0]?.isCheckpointed(), true, String(window));
});

test("a window and a slide that have no batch in common count what is in the window, with an inverse function too", async () => {
  await using context = newContext();
  const { ssc, clock } = context;
  const seen: number[] = [];
  const words = ssc.queueStream([["a"], ["b", "c"], ["d"], ["e", "f", "g"], ["h"], ["i"]]);
  words.countByWindow(2, 4).foreachRDD(async rdd => seen.push(...(await rdd.collect())));
  words.foreachRDD(() => undefined);
  await ssc.start();
  await clock.advance(8000);
  assert.deepEqual(seen, [4]);
});

test("filterFunc drops pairs without an inverse function too", async () => {
  await using context = newContext();
  const { ssc, clock } = context;
  const seen: unknown[] = [];
  pairsOf(context)
    .reduceByKeyAndWindow(add, null, 2, 1, 1, ([, n]) => n > 1)
    .foreachRDD(async rdd => seen.push(await rdd.collect()));
  await ssc.start();
  await clock.advance(3000);
  assert.deepEqual(seen, [[], [["b", 2]], [["b", 2]]]);
});

test("what comes after a window may change its records; the next window has its own", async () => {
  await using context = newContext();
  const { ssc, clock } = context;
  ssc.checkpoint(context.checkpoints);
  const totals: Record<string, unknown[]> = {};
  const source = ssc.queueStream<[string[], { n: number }]>([
    [[["a"], { n: 1 }]],
    [[["a"], { n: 2 }]],
    [[["a"], { n: 3 }]],
  ]);
  const plus = (a: { n: number }, b: { n: number }) => ({ n: a.n + b.n });
  const minus = (a: { n: number }, b: { n: number }) => ({ n: a.n - b.n });
  const streams: Record<string, DStream<[string[], { n: number }]>> = {
    window: source.reduceByKeyAndWindow(plus, null, 2),
    inverse: source.reduceByKeyAndWindow(plus, minus, 2),
    state: source.updateStateByKey((values, state: { n: number } | null) => ({
      n: values.reduce((sum, { n }) => sum + n, state?.n ?? 0),
    })),
  };
  for (const [name, stream] of Object.entries(streams)) {
    stream
      .map(([key, value]) => {
        key.push("changed");
        value.n *= 100;
        return value.n;
      })
      .foreachRDD(async rdd => (totals[name] ??= []).push(...(await rdd.collect())));
  }
  await ssc.start();
  await clock.advance(4000);
  await Promise.race([ssc.awaitTermination(), new Promise<void>(resolve => setImmediate(resolve))]);
  assert.deepEqual(totals, {
    window: [100, 300, 500, 300],
    inverse: [100, 300, 500, 300],
    state: [100, 300, 600, 600],
  });
});
