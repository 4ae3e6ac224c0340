// What Spark's executors do with a program of ours: cluster.ts KIND MASTER [PATH]
//
// KIND: words (word count of a text file), lines (an identity map over its lines), keys (reduceByKey with a million keys), batches (word counts
// of 40 tiny batches, a second each, of which the last 20 count).
import { SparkConf, SparkContext, StreamingContext } from "dstreams";

const [kind = "words", master = "local[2]", path = ""] = process.argv.slice(2);
const conf = new SparkConf().setMaster(master).setAppName("cluster").set("spark.ui.enabled", "false");
// Also where the master is local: it is Spark that is measured.
const sc = new SparkContext(conf.set("spark.dstreams.engine", "spark"));
const add = (a: number, b: number): number => a + b;

const jobs: Record<string, () => Promise<unknown>> = {
  words: async () => {
    const counts = sc
      .textFile(path, 2)
      .flatMap(line => line.split(" "))
      .map(word => [word, 1])
      .reduceByKey(add, 2);
    const all = await counts
      .values()
      .map((n): [number, number] => [1, n])
      .reduce((a, b) => [a[0] + b[0], a[1] + b[1]]);
    return all;
  },
  lines: () =>
    sc
      .textFile(path, 2)
      .map(line => line)
      .count(),
  keys: () =>
    sc
      .range(0, 4_000_000, 1, 2)
      .map((i): [number, number] => [i % 1_000_000, 1])
      .reduceByKey(add, 2)
      .count(),
};

async function repeated(job: () => Promise<unknown>): Promise<void> {
  const seconds: number[] = [];
  let check: unknown;
  for (let i = 0; i < 4; i++) {
    const began = performance.now();
    check = await job();
    seconds.push((performance.now() - began) / 1000);
  }
  await sc.stop();
  console.log(JSON.stringify({ seconds: seconds.slice(1), check }));
}

async function batches(): Promise<void> {
  const ssc = new StreamingContext(sc, 1);
  const total = 40;
  const queue = Array.from({ length: total }, () => sc.parallelize(["to be or not", "to be"], 2));
  const seconds: number[] = [];
  let check = 0;
  ssc
    .queueStream(queue)
    .flatMap(line => line.split(" "))
    .map(word => [word, 1])
    .reduceByKey(add, 2)
    .foreachRDD(async rdd => {
      check = await rdd.count();
    });
  const { promise: done, resolve } = Promise.withResolvers<void>();
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => {
      if (seconds.push((batchInfo.processingDelay ?? 0) / 1000) === total) resolve();
    },
  });
  await ssc.start();
  await done;
  await ssc.stop();
  console.log(JSON.stringify({ seconds: seconds.slice(-20), check }));
}

const job = jobs[kind];
await (job === undefined ? batches() : repeated(job));
