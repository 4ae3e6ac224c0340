/**
 * A stream whose shuffles and caches do not fit into memory, with its spill directory where the first argument says. Prints, as JSON, what
 * each output operation of each batch has come to.
 */
import { readdirSync } from "node:fs";
import {
  DStreamsError,
  Milliseconds,
  SparkConf,
  SparkContext,
  StorageLevel,
  StreamingContext,
} from "../../../src/index.ts";
import type { RDD } from "../../../src/index.ts";
import { VirtualClock } from "../../../src/testing.ts";

export interface Outcome {
  readonly batch: string;
  readonly operation: string;
  readonly result?: number;
  readonly error?: { readonly code: string; readonly message: string };
  /** Spill files that there were at its end. */
  readonly files: number;
}

/** Records of about 100 bytes in each of two partitions. Blocks may take 1.2 MB of memory. */
const batches = { small: 100, large: 60_000, medium: 8_000, "small again": 200 };

const spillDirectory = process.argv[2] ?? "";
const conf = new SparkConf(false).setMaster("local[2]").setAppName("spilling");
const sc = new SparkContext(conf.set("spark.executor.memory", "2m").set("spark.local.dir", spillDirectory));
sc.setLogLevel("OFF");

const clock = new VirtualClock();
const ssc = new StreamingContext(sc, Milliseconds(1000), { clock });
const seeds = Object.values(batches).flatMap(size => [
  sc.parallelize(
    [0, size].map(first => ({ first, size })),
    2,
  ),
]);
const records = ssc.queueStream(seeds).flatMap(function* ({ first, size }) {
  for (let i = first; i < first + size; i++) yield [`${i}`.padStart(100, "-"), i] as [string, number];
});
const sum = (rdd: RDD<[string, number]>) => rdd.values().sum();
const outcomes: Outcome[] = [];

/** Writes down how it ended; the error goes its way. */
function output(operation: string, run: (rdd: RDD<[string, number]>) => Promise<number>): void {
  records.foreachRDD(async (rdd, time) => {
    const batch = Object.keys(batches)[time.milliseconds / 1000 - 1] ?? "";
    const files = () =>
      readdirSync(spillDirectory, { recursive: true }).filter(name => `${name}`.endsWith(".block")).length;
    try {
      outcomes.push({ batch, operation, result: await run(rdd), files: files() });
    } catch (error) {
      if (!(error instanceof DStreamsError)) throw error;
      outcomes.push({ batch, operation, error: { code: error.code, message: error.message }, files: files() });
      throw error;
    }
  });
}

output("reduceByKey", rdd => sum(rdd.reduceByKey((a, b) => a + b, 3)));
output("groupByKey", rdd => sum(rdd.groupByKey(3).mapValues(values => [...values].length)));
output("sortByKey", rdd => sum(rdd.sortByKey(false, 3)));
output("persist", async rdd => {
  const kept = rdd.map(record => record).persist(StorageLevel.MEMORY_AND_DISK_SER);
  const first = await sum(kept);
  const second = await sum(kept);
  await kept.unpersist();
  return first === second ? first : Number.NaN;
});

await ssc.start();
await clock.advance(4000);
await ssc.stop();
console.log(JSON.stringify(outcomes));
