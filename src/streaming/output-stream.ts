import type { CallSite } from "../base/site.ts";
import type { RDD } from "../rdd/rdd.ts";
import { Job } from "./scheduler/job.ts";
import type { StreamNode } from "./stream-node.ts";
import type { Time } from "./time.ts";

/** An output operation: what is done on the driver with each RDD of a stream. One per batch makes one job. */
export class OutputStream<T> {
  readonly parent: StreamNode<T>;
  readonly site: CallSite;
  readonly #operation: (rdd: RDD<T>, time: Time) => unknown;

  constructor(parent: StreamNode<T>, site: CallSite, operation: (rdd: RDD<T>, time: Time) => unknown) {
    this.parent = parent;
    this.site = site;
    this.#operation = operation;
  }

  /** The job of a batch; none when the stream has no RDD then. */
  async generateJob(time: Time, outputOpId: number): Promise<Job | undefined> {
    const rdd = await this.parent.getOrCompute(time);
    if (rdd === undefined) return undefined;
    return new Job(time, outputOpId, this.site, () => this.#operation(rdd, time));
  }
}
