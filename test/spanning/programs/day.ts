/**
 * A day of one-second batches, in virtual time: every kind of window and state at once, over keys that come and go. What is held at the end must be
 * what was held after the first tenth. Prints what was found, and fails when something has grown.
 *
 * `npm run check:day`, or with a number of batches: `node test/spanning/programs/day.ts 5000`
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SparkConf, SparkContext, type State, StateSpec, StreamingContext } from "../../../src/index.ts";
import { VirtualClock } from "../../../src/testing.ts";
import { heapsOf } from "../../support/heaps.ts";

const total = Number(process.argv[2] ?? 86_400);
const scratch = mkdtempSync(join(tmpdir(), "dstreams-day-"));
const [checkpoints, spill] = [join(scratch, "checkpoints"), join(scratch, "spill")];
for (const directory of [checkpoints, spill]) mkdirSync(directory);

const conf = new SparkConf(false).setMaster("local[2]").setAppName("a day").set("spark.local.dir", spill);
const sc = new SparkContext(conf.set("spark.executor.memory", "256m"));
sc.setLogLevel("ERROR");
const clock = new VirtualClock();
const ssc = new StreamingContext(sc, 1, { clock });
ssc.checkpoint(checkpoints);

/** Keys as of clock time; a text makes them heavy enough to be seen. */
const text = "x".repeat(200);
const queue: [string, number][][] = [];
const pairs = ssc.queueStream<[string, number]>(queue);
let records = 0;
const seen = {
  window: 0,
  inverse: 0,
  updated: 0,
  mapped: 0,
  joined: 0,
};
const add = (a: number, b: number): number => a + b;
const windows = pairs.reduceByKeyAndWindow(add, null, 60);
windows.foreachRDD(async rdd => (seen.window = await rdd.values().sum()));
pairs
  .reduceByKeyAndWindow(
    add,
    (a, b) => a - b,
    60,
    1,
    2,
    ([, n]) => n !== 0,
  )
  .foreachRDD(async rdd => (seen.inverse = await rdd.values().sum()));
pairs
  .updateStateByKey((values, idle: number | null) => {
    if (values.length > 0) return 0;
    return (idle ?? 0) >= 60 ? null : (idle ?? 0) + 1;
  })
  .foreachRDD(async rdd => (seen.updated = await rdd.count()));
pairs
  .mapWithState(
    StateSpec.function((_: string, n: number | null, state: State<number>) => {
      if (!state.isTimingOut()) state.update((state.getOption() ?? 0) + (n ?? 0));
      return n ?? 0;
    }).timeout(60),
  )
  .foreachRDD(async rdd => (seen.mapped += await rdd.sum()));
windows.window(10, 10).foreachRDD(async rdd => (seen.joined = await rdd.count()));

interface Holdings {
  readonly batches: number;
  /** Megabytes of heap in use: of the driver, and of each worker. */
  readonly driver: number;
  readonly workers: readonly number[];
  /** Megabytes of the process. */
  readonly resident: number;
  readonly resources: number;
  readonly checkpoints: number;
  readonly spilled: number;
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
const filesIn = (directory: string): number => readdirSync(directory, { recursive: true }).length;

async function holdings(): Promise<Holdings> {
  const heaps = await heapsOf(sc);
  return {
    batches: clock.now() / 1000,
    driver: megabytes(heaps.driver),
    workers: heaps.workers.map(megabytes),
    resident: megabytes(process.memoryUsage().rss),
    resources: process.getActiveResourcesInfo().length,
    checkpoints: filesIn(checkpoints),
    spilled: filesIn(spill),
  };
}

/** Three of ten batches have data. */
async function run(until: number): Promise<Holdings> {
  for (let second = clock.now() / 1000; second < until; second++) {
    const keys = second % 10 < 3 ? 20 : 0;
    queue.push(Array.from({ length: keys }, (_, i) => [`${text} ${second} ${i % 15}`, 1]));
    records += keys;
    await clock.advance(1000);
  }
  return holdings();
}

try {
  await ssc.start();
  const began = performance.now();
  const early = await run(Math.floor(total / 10));
  const late = await run(total);
  console.log(early, late, seen, `${((performance.now() - began) / total).toFixed(2)} ms a batch`);
  await ssc.awaitTerminationOrTimeout(0);
  assert.equal(seen.mapped, records, "every record was seen once");
  assert.ok(seen.window > 0 && seen.window === seen.inverse, "both windows have the same sum");
  assert.ok(seen.updated > 0 && seen.updated < 62 * 15, `${seen.updated} states`);
  assert.ok(late.driver < early.driver + 10, "the driver's heap has grown");
  for (const [i, heap] of late.workers.entries())
    assert.ok(heap < (early.workers[i] ?? 0) + 10, "a worker's heap has grown");
  assert.ok(late.checkpoints < 2 * early.checkpoints + 50, "checkpoints have stayed");
  assert.equal(late.spilled, early.spilled, "blocks have stayed");
  assert.equal(late.resources, early.resources, "handles have stayed");
} finally {
  await ssc.stop();
  rmSync(scratch, { recursive: true, force: true });
}
