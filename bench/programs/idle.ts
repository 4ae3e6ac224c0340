// Batches without data: word count over a directory in which nothing happens. Argument: seconds of real time (default 60).
//
// A batch is measured twice: one right after the other on a virtual clock (its work), and every 10 ms of real time, where the
// machine's waking up comes on top; what that alone costs is measured with a bare timer.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Milliseconds, SparkContext, StreamingContext, type StreamingListener } from "dstreams";
import { VirtualClock } from "dstreams/testing";

const runFor = Number(process.argv[2] ?? 60);
const interval = 10;
const folder = mkdtempSync(join(tmpdir(), "dstreams-idle-"));
const sc = new SparkContext("local[2]", "idle");

function wordCount(ssc: StreamingContext): void {
  ssc
    .textFileStream(folder)
    .flatMap(line => line.split(" "))
    .map(word => [word, 1])
    .reduceByKey((a, b) => a + b)
    .foreachRDD(async rdd => {
      await rdd.take(10);
    });
}

/** CPU seconds of the process while `body` runs. */
async function cpuOf(body: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await body();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
const percentile = (list: number[], p: number): number =>
  list.sort((a, b) => a - b)[Math.floor((list.length - 1) * p)] ?? Number.NaN;

async function backToBack(): Promise<number> {
  const clock = new VirtualClock();
  const ssc = new StreamingContext(sc, Milliseconds(interval), { clock });
  wordCount(ssc);
  await ssc.start();
  await clock.advance(interval * 5000);
  const batches = 10_000;
  const cpu = await cpuOf(() => clock.advance(interval * batches));
  await ssc.stop({ stopSparkContext: false });
  return cpu / batches;
}

async function bareTimer(): Promise<number> {
  let ticks = 0;
  const cpu = await cpuOf(async () => {
    for (const end = performance.now() + 5000; performance.now() < end; ticks++) await sleep(interval);
  });
  return cpu / ticks;
}

async function realTime(): Promise<Record<string, number>> {
  const delays: number[] = [];
  const lags: number[] = [];
  const listener: StreamingListener = {
    onBatchCompleted({ batchInfo }) {
      delays.push(batchInfo.schedulingDelay ?? 0);
      lags.push((batchInfo.processingStartTime ?? 0) - batchInfo.batchTime.milliseconds);
    },
  };
  const ssc = new StreamingContext(sc, Milliseconds(interval));
  ssc.addStreamingListener(listener);
  wordCount(ssc);
  await ssc.start();
  await sleep(2000);
  delays.length = 0;
  lags.length = 0;
  const cpu = await cpuOf(() => sleep(runFor * 1000));
  const batches = delays.length;
  await ssc.stop();
  return { cpu: cpu / batches, batches, p99Delay: percentile(delays, 0.99), p99Lag: percentile(lags, 0.99) };
}

const seconds = await backToBack();
const timer = await bareTimer();
const real = await realTime();
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ seconds, timer, ...real, expected: (runFor * 1000) / interval }));
