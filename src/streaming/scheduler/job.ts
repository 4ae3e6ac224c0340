import { stackOf } from "../../base/error-text.ts";
import type { CallSite } from "../../base/site.ts";
import { describeSite } from "../../base/site.ts";
import type { OutputOperationInfo } from "./listener.ts";
import type { Time } from "../time.ts";

/** One output operation of one batch: a function that runs on the driver and may start any number of Spark jobs. */
export class Job {
  readonly time: Time;
  readonly outputOpId: number;
  readonly site: CallSite;
  readonly run: () => unknown;
  /** ms since the epoch, from the context's clock. */
  startTime: number | undefined;
  endTime: number | undefined;
  /** Wrapped, since anything can be thrown, `undefined` too. */
  failure: { readonly error: unknown } | undefined;

  constructor(time: Time, outputOpId: number, site: CallSite, run: () => unknown) {
    this.time = time;
    this.outputOpId = outputOpId;
    this.site = site;
    this.run = run;
  }

  /** `streaming job 1700000000000 ms.0`. */
  toString(): string {
    return `streaming job ${this.time}.${this.outputOpId}`;
  }

  toInfo(): OutputOperationInfo {
    const { startTime, endTime, failure } = this;
    return {
      batchTime: this.time,
      id: this.outputOpId,
      name: describeSite(this.site),
      description: this.site.long,
      startTime,
      endTime,
      failureReason: failure === undefined ? undefined : stackOf(failure.error),
      duration: startTime === undefined || endTime === undefined ? undefined : endTime - startTime,
    };
  }
}
