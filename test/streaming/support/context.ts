import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SparkConf } from "../../../src/conf/spark-conf.ts";
import { SparkContext, withEngine } from "../../../src/rdd/spark-context.ts";
import { Duration } from "../../../src/streaming/duration.ts";
import { StreamingContext } from "../../../src/streaming/streaming-context.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { ReferenceEngine } from "../../support/reference-engine.ts";

export interface TestContext extends AsyncDisposable {
  /** A directory for checkpoints; made when it is first asked for. */
  readonly checkpoints: string;
  readonly sc: SparkContext;
  readonly ssc: StreamingContext;
  readonly clock: VirtualClock;
}

/** A SparkContext on the reference engine: what streams do must not depend on which engine runs. */
export function newSparkContext(settings: Record<string, string> = {}): SparkContext {
  const conf = new SparkConf(false).setMaster("local[2]").setAppName("streaming tests").setAll(settings);
  return withEngine(
    () => new ReferenceEngine(2),
    () => new SparkContext(conf),
  );
}

/** A stream in virtual time that begins at 0; batches of `batchMs`. Stopped, with its SparkContext, at the end of the scope. */
export function newContext(options: { batchMs?: number; settings?: Record<string, string> } = {}): TestContext {
  const sc = newSparkContext(options.settings);
  const clock = new VirtualClock();
  const ssc = new StreamingContext(sc, new Duration(options.batchMs ?? 1000), { clock });
  let directory: string | undefined;
  return {
    sc,
    ssc,
    clock,
    get checkpoints() {
      return (directory ??= mkdtempSync(join(tmpdir(), "dstreams-checkpoints-")));
    },
    async [Symbol.asyncDispose]() {
      await ssc[Symbol.asyncDispose]();
      await sc.stop();
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The records of each batch of a stream, as they come. */
export function collectBatches<T>(stream: {
  foreachRDD(f: (rdd: { collect(): Promise<T[]> }) => unknown): void;
}): T[][] {
  const batches: T[][] = [];
  stream.foreachRDD(async rdd => {
    batches.push(await rdd.collect());
  });
  return batches;
}
