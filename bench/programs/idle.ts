// A 10 ms interval without data: CPU of a batch, and how late batches start. Argument: seconds to run.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Milliseconds, SparkConf, SparkContext, StreamingContext, type StreamingListener } from "dstreams";

const runFor = Number(process.argv[2] ?? 60);
const folder = mkdtempSync(join(tmpdir(), "dstreams-idle-"));
const sc = new SparkContext(new SparkConf().setMaster("local[2]").setAppName("idle"));
const ssc = new StreamingContext(sc, Milliseconds(10));
let batches = 0;
const delays: number[] = [];
const startLag: number[] = [];
const listener: StreamingListener = {
  onBatchCompleted({ batchInfo }) {
    batches++;
    delays.push(batchInfo.schedulingDelay ?? 0);
    startLag.push((batchInfo.processingStartTime ?? 0) - batchInfo.batchTime.milliseconds);
  },
};
ssc.addStreamingListener(listener);
ssc
  .textFileStream(folder)
  .flatMap(line => line.split(" "))
  .map(word => [word, 1])
  .reduceByKey((a, b) => a + b)
  .foreachRDD(async rdd => {
    await rdd.take(10);
  });
await ssc.start();
await new Promise(resolve => setTimeout(resolve, 2000)); // past start-up and the first compilations
const before = { cpu: process.cpuUsage(), batches };
delays.length = 0;
startLag.length = 0;
await new Promise(resolve => setTimeout(resolve, runFor * 1000));
const used = process.cpuUsage(before.cpu);
const counted = batches - before.batches;
await ssc.stop();
rmSync(folder, { recursive: true });
const percentile = (list: number[], p: number): number =>
  list.sort((a, b) => a - b)[Math.floor((list.length - 1) * p)] ?? Number.NaN;
console.log(
  JSON.stringify({
    seconds: (used.user + used.system) / 1e6 / counted,
    batches: counted,
    expected: runFor * 100,
    p99Delay: percentile(delays, 0.99),
    p99Lag: percentile(startLag, 0.99),
  }),
);
