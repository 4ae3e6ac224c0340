/** What is done with every batch, on the driver. Without one of these nothing is computed. */
import { renderRecord } from "../base/render.ts";
import { atSite, captureSite } from "../base/site.ts";
import type { CallSite } from "../base/site.ts";
import { requireCount, requireFunction } from "../rdd/checks.ts";
import type { RDD } from "../rdd/rdd.ts";
import { OutputStream } from "./output-stream.ts";
import { localTime, renderBatch, scalaString } from "./printing.ts";
import type { Time } from "./time.ts";
import { WindowOperations } from "./window-operations.ts";

export abstract class OutputOperations<T> extends WindowOperations<T> {
  /**
   * Calls `func` with each batch's RDD and time. It runs on the driver and may start any number of actions, or none (then
   * nothing is computed); a promise it returns is awaited before the next output operation begins. What it throws is
   * reported to `awaitTermination`, and the stream goes on.
   *
   * @example
   * ```ts no-run
   * import type { DStream } from "dstreams";
   * declare const counts: DStream<[string, number]>;
   * counts.foreachRDD(async (rdd, time) => {
   *   console.log(time.toDate(), await rdd.count());
   * });
   * ```
   */
  foreachRDD(func: (rdd: RDD<T>, time: Time) => unknown): void {
    requireFunction("foreachRDD", func);
    this.#output("foreachRDD", () => func);
  }

  /** Prints the first `num` records of every batch to standard output, in PySpark's form. */
  pprint(num = 10): void {
    requireCount("pprint", "num", num);
    this.#output("pprint", site => async (rdd, time) => {
      const taken = await atSite(site, () => rdd.take(num + 1));
      console.log(renderBatch(localTime(time), taken, num, renderRecord));
    });
  }

  /** Prints the first `num` records of every batch to standard output, in the form of Spark's Scala API. */
  print(num = 10): void {
    requireCount("print", "num", num);
    this.#output("print", site => async (rdd, time) => {
      const taken = await atSite(site, () => rdd.take(num + 1));
      console.log(renderBatch(String(time), taken, num, scalaString));
    });
  }

  /**
   * Saves every batch as text files, in a directory of its own: `prefix-TIME` or `prefix-TIME.suffix`, TIME in ms since the epoch. A
   * directory that exists is written over, since a batch may be run again after a crash.
   */
  saveAsTextFiles(prefix: string, suffix?: string): void {
    this.#output("saveAsTextFiles", site => (rdd, time) => {
      const path = rddToFileName(prefix, suffix, time);
      return atSite(site, () => rdd.saveAsTextFile(path, { overwrite: true }));
    });
  }

  /** `make` is given the line of the program; Spark jobs of our own operations belong to it. */
  #output(operator: string, make: (site: CallSite) => (rdd: RDD<T>, time: Time) => unknown): void {
    this.context.requireNotStarted();
    const site = captureSite(operator);
    const output = new OutputStream<T>(this, site, make(site));
    this.context.graph.addOutput(output as unknown as OutputStream<unknown>);
  }
}

/** `prefix-TIME.suffix`; what is empty leaves out its sign too. */
export function rddToFileName(prefix: string, suffix: string | undefined, time: Time): string {
  const name = prefix === "" ? String(time.milliseconds) : `${prefix}-${time.milliseconds}`;
  return suffix === undefined || suffix === "" ? name : `${name}.${suffix}`;
}
