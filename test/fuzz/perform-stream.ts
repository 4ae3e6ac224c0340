/** Runs a program of streams in virtual time. */
import { type SparkContext, StreamingContext } from "../../src/index.ts";
import { VirtualClock } from "../../src/testing.ts";
import { weigh } from "./functions.ts";
import { given } from "./given.ts";
import type { Answer } from "./perform.ts";
import { isSource, type Program, type Source } from "./program.ts";
import { type Stream, streamOperation } from "./streams.ts";
import { fromJson, text } from "./values.ts";

/** For each action the records of each batch, sorted: `3: "a" ["b",1]`. */
export async function performStream(sc: SparkContext, program: Program, directory: string): Promise<Answer[]> {
  const clock = new VirtualClock();
  const ssc = new StreamingContext(sc, 1, { clock });
  try {
    ssc.checkpoint(directory);
    const streams: Stream[] = [];
    for (const step of program.steps) {
      if (isSource(step)) streams.push(queued(ssc, sc, step, program.batches));
      else {
        const [a, b = a] = step.of.map(index => streams[index]) as [Stream, Stream?];
        streams.push(streamOperation(step.op).ours(a, b, given(step.options)));
      }
    }
    const outputs: string[][] = program.actions.map(() => []);
    for (const [i, { of }] of program.actions.entries()) {
      streams[of]?.foreachRDD(async (rdd, time) => {
        const records = (await rdd.collect()).map(record => text(record));
        outputs[i]?.push(`${time.milliseconds / 1000}: ${records.sort().join(" ")}`);
      });
    }
    // Every batch is taken from the queue, whether somebody wants it or not.
    for (const [i, step] of program.steps.entries()) if (isSource(step)) streams[i]?.foreachRDD(() => undefined);
    await ssc.start();
    await clock.advance((program.batches + 3) * 1000);
    await Promise.race([ssc.awaitTermination(), new Promise<void>(resolve => setImmediate(resolve))]);
    return outputs;
  } catch (error) {
    return [{ error: String(error) }];
  } finally {
    await ssc.stop({ stopSparkContext: false });
  }
}

function queued(ssc: StreamingContext, sc: SparkContext, { records, slices }: Source, batches: number): Stream {
  const values = records.map(fromJson);
  const dealt = Array.from({ length: batches }, (_, i) => values.filter(value => weigh(value) % batches === i));
  return ssc.queueStream(dealt.map(batch => sc.parallelize(batch, slices) as never));
}
