import { SparkConf } from "../conf/spark-conf.ts";
import { SparkContext } from "../rdd/spark-context.ts";
import type { Shaped } from "../rdd/types.ts";
import type { DStream } from "../streaming/dstream.ts";
import { Seconds } from "../streaming/duration.ts";
import type { Duration } from "../streaming/duration.ts";
import { StreamingContext } from "../streaming/streaming-context.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What `runBatches` may be told. */
export interface RunBatchesOptions {
  /** Default: one of its own, `local[2]`, which is stopped at the end. */
  readonly sparkContext?: SparkContext;
  /** Default one second (of virtual time). */
  readonly batchDuration?: Duration;
  /** How many batches to run; default as many as the longest input has. Inputs that are used up give empty batches. */
  readonly numBatches?: number;
  /** Partitions of each input batch; default the context's parallelism. */
  readonly numPartitions?: number;
}

/**
 * Batches in, batches out: runs an operation over batches given as arrays and returns what came of each, in the same form. Time is
 * virtual, so it takes milliseconds whatever the interval. A batch at which the result has no RDD is left out.
 *
 * @example
 * ```ts
 * import { runBatches } from "dstreams/testing";
 * const counts = await runBatches([["a b", "b"], ["c"]], lines =>
 *   lines.flatMap(line => line.split(" ")).map(word => [word, 1]).reduceByKey((a, b) => a + b),
 * );
 * console.log(counts.map(batch => batch.sort()));
 * ```
 * ```text
 * [ [ [ 'a', 1 ], [ 'b', 2 ] ], [ [ 'c', 1 ] ] ]
 * ```
 */
export function runBatches<T extends Shaped, U>(
  input: readonly (readonly T[])[],
  operation: (stream: DStream<T>) => DStream<U>,
  options: RunBatchesOptions = {},
): Promise<U[][]> {
  return run([input], ([stream]) => operation(stream as DStream<T>), options);
}

/** `runBatches` with two input streams. */
export function runBatches2<T extends Shaped, V extends Shaped, U>(
  first: readonly (readonly T[])[],
  second: readonly (readonly V[])[],
  operation: (first: DStream<T>, second: DStream<V>) => DStream<U>,
  options: RunBatchesOptions = {},
): Promise<U[][]> {
  return run([first, second], ([a, b]) => operation(a as DStream<T>, b as DStream<V>), options);
}

async function run<U>(
  inputs: readonly (readonly (readonly unknown[])[])[],
  operation: (streams: DStream<unknown>[]) => DStream<U>,
  options: RunBatchesOptions,
): Promise<U[][]> {
  const { batchDuration = Seconds(1), numBatches = Math.max(...inputs.map(batches => batches.length)) } = options;
  const sc = options.sparkContext ?? new SparkContext(new SparkConf().setMaster("local[2]").setAppName("runBatches"));
  const clock = new VirtualClock();
  const ssc = new StreamingContext(sc, batchDuration, { clock });
  try {
    const streams = inputs.map(batches => {
      const rdds = batches.map(batch => sc.parallelize(batch as never[], options.numPartitions));
      return ssc.queueStream<never>(rdds) as DStream<unknown>;
    });
    const output: U[][] = [];
    operation(streams).foreachRDD(async rdd => {
      output.push(await rdd.collect());
    });
    await ssc.start();
    await clock.advance(numBatches * batchDuration.milliseconds);
    await throwReported(ssc);
    return output;
  } finally {
    await ssc.stop({ stopSparkContext: options.sparkContext === undefined });
  }
}

/** The error of a batch, if there was one. */
async function throwReported(ssc: StreamingContext): Promise<void> {
  await Promise.race([ssc.awaitTermination(), new Promise<void>(resolve => setImmediate(resolve))]);
}
