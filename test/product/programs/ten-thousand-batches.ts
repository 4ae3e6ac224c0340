/**
 * Ten thousand batches of everything that could be left behind: functions made anew, shuffles of streams and of output operations, caches,
 * broadcasts, files. Prints, as JSON, what the process holds after 2,000 and after 10,000 batches. Then it stops, and has to end by itself.
 *
 * The first argument is a directory for its files.
 */
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Milliseconds, SparkConf, SparkContext, StreamingContext } from "../../../src/index.ts";
import { VirtualClock } from "../../../src/testing.ts";
import { type Heaps, heapsOf } from "../../support/heaps.ts";

export interface Holdings extends Heaps {
  readonly batches: number;
  /** Bytes of the process: heaps, buffers, shared memory. */
  readonly resident: number;
  /** Timers, ports, files: what keeps an event loop busy. */
  readonly resources: readonly string[];
  /** Blocks for which there was no room in memory. */
  readonly files: number;
}

const inputDirectory = join(process.argv[2] ?? "", "input");
const spillDirectory = join(process.argv[2] ?? "", "spill");
for (const directory of [inputDirectory, spillDirectory]) mkdirSync(directory);
const conf = new SparkConf(false).setMaster("local[2]").setAppName("ten thousand batches");
// With a limit V8 does not let heaps grow for as long as there is memory; and blocks that stay are soon more than may be in memory.
const sc = new SparkContext(conf.set("spark.executor.memory", "256m").set("spark.local.dir", spillDirectory));
const clock = new VirtualClock();
const ssc = new StreamingContext(sc, Milliseconds(1000), { clock });

/** Half a megabyte. One batch of ten has data, as the idle ones cost next to nothing; its functions are new to the workers. */
const words = Array.from({ length: 500 }, (_, i) => `${i}`.padStart(1000, "word "));
const queue: string[][] = [];
let made = 0;
let checked = 0;
let lines = 0;
const counts = ssc
  .queueStream(queue)
  .transform(rdd => {
    const ten = Math.floor(made++ / 10);
    return rdd.map(word => [word, ten]);
  })
  .reduceByKey((a, b) => a + b, 2)
  .cache();
counts.foreachRDD(async rdd => {
  if ((await rdd.count()) === words.length) checked++;
});
counts.foreachRDD(async (rdd, time) => {
  if (time.milliseconds % 10_000 !== 1000) return;
  const shift = sc.broadcast({ by: time.milliseconds });
  const shifted = rdd.map(([word, n]) => [n + shift.value.by, word]);
  if ((await shifted.groupByKey(2).count()) === 1) checked++;
});
ssc.textFileStream(inputDirectory).foreachRDD(async rdd => {
  lines += await rdd.count();
});

/** Runs on to that many batches, with a new file for every tenth. */
async function run(batches: number): Promise<Holdings> {
  for (let at = clock.now() / 1000; at < batches; at += 10) {
    const file = join(inputDirectory, `${at}`);
    writeFileSync(file, "one\ntwo\n");
    utimesSync(file, at + 0.5, at + 0.5);
    queue.push(words);
    await clock.advance(10_000);
    rmSync(file);
  }
  return holdings(batches);
}

async function holdings(batches: number): Promise<Holdings> {
  const heaps = await heapsOf(sc);
  return {
    batches,
    ...heaps,
    resident: process.memoryUsage().rss,
    files: readdirSync(spillDirectory, { recursive: true }).filter(name => `${name}`.endsWith(".block")).length,
    resources: process.getActiveResourcesInfo().sort(),
  };
}

await ssc.start();
const found = [await run(2000), await run(10_000)];
await ssc.awaitTerminationOrTimeout(0);
await ssc.stop();
console.log(JSON.stringify({ found, checked, lines }));
