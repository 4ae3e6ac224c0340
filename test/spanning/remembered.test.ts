/** Batches that are remembered can be read whenever they are asked for; those that are not can do no harm. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type DStream, SparkContext } from "../../src/index.ts";
import { type Spanning, savedStates, spanning } from "./support.ts";

type Pair = [string, number];

const add = (a: number, b: number): number => a + b;
const total = (values: number[], state: number | null): number => values.reduce(add, state ?? 0);

/** All keys change in every batch, so that every other save is of everything. */
function totalsOf({ ssc }: Spanning, batches: number): DStream<Pair> {
  const batch = Array.from({ length: 50 }, (_, i): Pair => [`key ${i}`, 1]);
  return ssc.queueStream(Array.from({ length: batches }, () => batch)).updateStateByKey(total);
}

describe("batches that are remembered, and those that are not", () => {
  let sc: SparkContext;
  before(() => {
    sc = new SparkContext("local[2]", "remembered");
    sc.setLogLevel("OFF");
  });
  after(() => sc.stop());

  test("the oldest states that are remembered are read from the save before them", async () => {
    await using stream = spanning(sc);
    const totals = totalsOf(stream, 64);
    totals.foreachRDD(rdd => rdd.count());
    stream.ssc.remember(30);
    await stream.ssc.start();
    await stream.batches(54);
    const rdds = await totals.slice(25, 29);
    const found = await Promise.all(rdds.map(async rdd => (await rdd.collectAsMap()).get("key 7")));
    assert.deepEqual(found, [25, 26, 27, 28, 29]);
    // From 34 on no batch needs the saves before 30, which is of everything. They are removed in the background, at last.
    await stream.batches(10);
    const saved = () => [...savedStates(stream.directory.path, "updateStateByKey-0").keys()];
    while (saved().length > 4) await new Promise(setImmediate);
    assert.deepEqual(saved(), [30, 40, 50, 60]);
  });

  test("states that were forgotten long ago are computed from what there is now, and are not saved again", async () => {
    await using stream = spanning(sc);
    const { ssc } = stream;
    const pairs = ssc.queueStream<Pair>([Array.from({ length: 50 }, (_, i): Pair => [`key ${i}`, 1])]);
    const totals = pairs.updateStateByKey(total);
    totals.foreachRDD(rdd => rdd.count());
    await ssc.start();
    await stream.batches(45);
    const files = savedStates(stream.directory.path, "updateStateByKey-0");
    assert.deepEqual([...files.keys()], [10, 20, 30, 40], "the later ones are of changes only");
    const [rdd] = await totals.slice(15, 15);
    assert.equal(await rdd?.count(), 0, "the queue is empty by now");
    assert.deepEqual(savedStates(stream.directory.path, "updateStateByKey-0"), files);
    const [last] = await totals.slice(43, 43);
    assert.equal(await last?.count(), 50);
  });

  test("a window that nobody reads holds on to no more than one that is read, and says the same when it is read at last", async () => {
    await using stream = spanning(sc);
    const { ssc } = stream;
    const queue = Array.from({ length: 100 }, (_, i): Pair[] => [["a", i + 1]]);
    const window = ssc.queueStream(queue).reduceByKeyAndWindow(add, null, 6, 2);
    const lengths: number[] = [];
    window.foreachRDD(async rdd => lengths.push((await rdd.toDebugString()).split("\n").length));
    await ssc.start();
    await stream.batches(100);
    assert.equal(Math.max(...lengths.slice(0, 10)), Math.max(...lengths.slice(40)), lengths.join());
    const [last] = await window.slice(100, 100);
    assert.deepEqual(await last?.collect(), [["a", 95 + 96 + 97 + 98 + 99 + 100]]);
  });

  test("a window that is read is carried on: what stays in it is not put together again", async () => {
    await using stream = spanning(sc);
    const { ssc } = stream;
    const calls = sc.accumulator(0);
    const queue = Array.from({ length: 60 }, (): Pair[] => [["a", 1]]);
    const counted = (a: number, b: number): number => (calls.add(1), a + b);
    ssc
      .queueStream(queue)
      .reduceByKeyAndWindow(counted, null, 20, 1, 1)
      .foreachRDD(rdd => rdd.count());
    await ssc.start();
    await stream.batches(60);
    // A call when a value comes, one when it becomes part of the front, one when the window is read; anew it would be twenty.
    assert.ok(calls.value > 60 && calls.value <= 3 * 60, `${calls.value} calls`);
  });
});
