/** A program of windows and states, run in virtual time over given batches. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DStream, type SparkContext, StreamingContext } from "../../src/index.ts";
import { VirtualClock } from "../../src/testing.ts";
import type { Batch, Output, Pair } from "./model.ts";

export interface Directories {
  readonly checkpoints: string;
  /** For marks and whatever a test needs. */
  readonly scratch: string;
}

/** What came out of each batch. Rejects with the first error that a batch reported. */
export async function outputOf(
  sc: SparkContext,
  batches: readonly Batch[],
  program: (pairs: DStream<Pair>, directories: Directories) => DStream<unknown>,
): Promise<Output> {
  const scratch = mkdtempSync(join(tmpdir(), "dstreams-spanning-"));
  const directories = { scratch, checkpoints: join(scratch, "checkpoints") };
  const clock = new VirtualClock();
  const ssc = new StreamingContext(sc, 1, { clock });
  try {
    ssc.checkpoint(directories.checkpoints);
    const rdds = batches.map(partitions => inPartitions(sc, partitions));
    const pairs = ssc.queueStream<Pair>(rdds);
    const output: [number, unknown[]][] = [];
    program(pairs, directories).foreachRDD(async (rdd, time) => {
      output.push([time.milliseconds / 1000, await rdd.collect()]);
    });
    pairs.foreachRDD(() => undefined);
    await ssc.start();
    await clock.advance(batches.length * 1000);
    await Promise.race([ssc.awaitTermination(), new Promise<void>(resolve => setImmediate(resolve))]);
    return output;
  } finally {
    await ssc.stop({ stopSparkContext: false });
    rmSync(scratch, { recursive: true, force: true });
  }
}

function inPartitions(sc: SparkContext, partitions: Batch) {
  return sc.union(partitions.map(records => sc.parallelize<Pair>(records as Pair[], 1)));
}
