// What a batch of a window or a state costs: words are made in the workers, so that nothing else is measured.
//
//   spanning.ts KIND LENGTH DISTINCT PER_BATCH MEASURED [SECONDS]
//
// KIND: window, inverse (LENGTH panes, sliding by one), update, map (LENGTH keys held beforehand). PER_BATCH words of DISTINCT different
// ones come in every batch. With SECONDS batches are that long in real time, and what the listener says counts; else time is virtual.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DStream, SparkContext, type State, StateSpec, StreamingContext } from "dstreams";
import { VirtualClock } from "dstreams/testing";

const [kind = "window", ...numbers] = process.argv.slice(2);
const [length = 10, distinct = 1000, perBatch = 1000, measured = 50, interval = 0] = numbers.map(Number);
const partitions = 10;

const scratch = mkdtempSync(join(tmpdir(), "dstreams-spanning-"));
const sc = new SparkContext("local[2]", "spanning");
sc.setLogLevel("ERROR");
const clock = interval === 0 ? new VirtualClock() : undefined;
const pane = interval || 1;
const ssc = new StreamingContext(sc, pane, clock && { clock });
ssc.checkpoint(scratch);

/** Batch 0 brings what is to be held, the others their share; each of two partitions makes half of it. */
function* words(batch: number, part: number): Generator<[string, number]> {
  const [from, count] = batch === 0 ? [0, length] : [(batch - 1) * perBatch * 7919, perBatch];
  const modulus = batch === 0 ? length : distinct;
  for (let i = part; i < count; i += 2) yield [`word ${(from + i * (batch === 0 ? 1 : 7919)) % modulus}`, 1];
}

const isWindow = kind === "window" || kind === "inverse";
const warmUp = isWindow ? length : 12;
const batches = warmUp + measured;
const first = isWindow ? 1 : 0;
const queue = Array.from({ length: batches }, (_, b) =>
  sc.parallelize(
    [
      [first + b, 0],
      [first + b, 1],
    ] as [number, number][],
    2,
  ),
);
const pairs = ssc.queueStream(queue).flatMap(([batch, part]) => words(batch, part));
const add = (a: number, b: number): number => a + b;

function result(): DStream<[string, number]> | DStream<number> {
  if (kind === "window") return pairs.reduceByKeyAndWindow(add, null, length * pane, pane, partitions);
  if (kind === "inverse") return pairs.reduceByKeyAndWindow(add, (a, b) => a - b, length * pane, pane, partitions);
  if (kind === "update") {
    return pairs.updateStateByKey((values, sum: number | null) => values.reduce(add, sum ?? 0), partitions);
  }
  const count = (_: string, n: number | null, state: State<number>): number => {
    state.update((state.getOption() ?? 0) + (n ?? 0));
    return state.get();
  };
  return pairs.mapWithState(StateSpec.function(count).numPartitions(partitions));
}

const seconds: number[] = [];
let check = 0;
let done = 0;
result().foreachRDD(async (rdd: { count(): Promise<number> }) => {
  check = await rdd.count();
  done++;
});
ssc.addStreamingListener({
  onBatchCompleted: ({ batchInfo }) => clock ?? seconds.push((batchInfo.processingDelay ?? 0) / 1000),
});
await ssc.start();
if (clock === undefined) {
  while (done < batches) await new Promise(resolve => setTimeout(resolve, 50));
} else {
  for (let i = 0; i < batches; i++) {
    const began = performance.now();
    await clock.advance(1000);
    seconds.push((performance.now() - began) / 1000);
  }
}
await ssc.stop();
rmSync(scratch, { recursive: true, force: true });
const last = seconds.slice(0, batches).slice(-measured);
const mean = last.reduce(add, 0) / last.length;
console.log(JSON.stringify({ seconds: last, check, mean, rss: Math.round(process.memoryUsage().rss / 2 ** 20) }));
