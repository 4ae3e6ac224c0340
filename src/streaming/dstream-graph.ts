import { describeSite } from "../base/site.ts";
import { require } from "../base/errors.ts";
import { capture } from "../closure/capture.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { Duration } from "./duration.ts";
import type { InputDStream } from "./input-dstream.ts";
import type { Job } from "./scheduler/job.ts";
import type { OutputStream } from "./output-stream.ts";
import type { StreamNode } from "./stream-node.ts";
import type { Time } from "./time.ts";

/** All streams of a context: what comes in, what goes out, and what is between. */
export class DStreamGraph {
  readonly batchDuration: Duration;
  readonly #inputs: InputDStream<unknown>[] = [];
  readonly #outputs: OutputStream<unknown>[] = [];
  #rememberDuration: Duration | undefined;
  /** Every stream an output needs, once; known when the graph has started. */
  #streams: readonly StreamNode<unknown>[] = [];

  constructor(batchDuration: Duration) {
    this.batchDuration = batchDuration;
  }

  get inputs(): readonly InputDStream<unknown>[] {
    return this.#inputs;
  }

  get outputs(): readonly OutputStream<unknown>[] {
    return this.#outputs;
  }

  addInput(stream: InputDStream<unknown>): void {
    this.#inputs.push(stream);
  }

  addOutput(stream: OutputStream<unknown>): void {
    this.#outputs.push(stream);
  }

  remember(duration: Duration): void {
    require(this.#rememberDuration ===
      undefined, `Remember duration already set as ${this.#rememberDuration}. Cannot set it again.`);
    this.#rememberDuration = duration;
  }

  validate(): void {
    require(this.#outputs.length > 0, "No output operations registered, so nothing to execute");
  }

  /** The promise is that of the inputs; everything else is done when it returns. */
  start(zeroTime: Time): Promise<void> {
    this.#streams = reachable(this.#outputs.map(output => output.parent));
    for (const { parent } of this.#outputs) parent.initialize(zeroTime);
    for (const { parent } of this.#outputs) parent.remember(this.#rememberDuration);
    for (const stream of this.#streams) stream.validateAtStart();
    for (const stream of this.#streams) tryToCapture(stream);
    return all(this.#inputs.map(input => input.start()));
  }

  stop(): Promise<void> {
    return all(this.#inputs.map(input => input.stop()));
  }

  /** Asks the outputs for their jobs, in the order they were registered. */
  async generateJobs(time: Time): Promise<Job[]> {
    const jobs: Job[] = [];
    for (const [id, output] of this.#outputs.entries()) {
      const job = await output.generateJob(time, id);
      if (job !== undefined) jobs.push(job);
    }
    return jobs;
  }

  /** The RDDs that no later batch needs, now that this one is done. */
  clearMetadata(time: Time): Promise<RDD<unknown> | undefined>[] {
    return this.#streams.flatMap(stream => stream.clearMetadata(time));
  }

  /** How long the inputs' decisions are needed, in ms. */
  get maxInputRememberMs(): number {
    return Math.max(0, ...this.#inputs.map(input => input.rememberDuration?.milliseconds ?? 0));
  }
}

/** Parents before children. Without recursion, since a program may chain thousands. */
function reachable(roots: readonly StreamNode<unknown>[]): StreamNode<unknown>[] {
  const seen = new Set<StreamNode<unknown>>(roots);
  // A set hands out what is added while it is walked.
  for (const stream of seen) for (const parent of stream.parents) seen.add(parent);
  return [...seen].reverse();
}

/** A function that cannot travel is the program's mistake, not the first batch's: it shows before anything has run. */
function tryToCapture(stream: StreamNode<unknown>): void {
  for (const fn of stream.functions) capture(fn, describeSite(stream.site));
}

/** Waits for all, also when one has failed: what goes on behind an error would surprise. */
async function all(promises: readonly (void | Promise<void>)[]): Promise<void> {
  const failed = (await Promise.allSettled(promises.map(each => Promise.resolve(each)))).find(
    result => result.status === "rejected",
  );
  if (failed !== undefined) throw failed.reason;
}
