import type { Job } from "./job.ts";
import type { BatchInfo, StreamInputInfo } from "./listener.ts";
import type { Time } from "../time.ts";

/** All jobs of one batch, and when what happened to it. */
export class JobSet {
  readonly time: Time;
  readonly jobs: readonly Job[];
  readonly streamIdToInputInfo: ReadonlyMap<number, StreamInputInfo>;
  readonly submissionTime: number;
  processingStartTime: number | undefined;
  processingEndTime: number | undefined;
  /** Resolves when all jobs have ended, or have been dropped because the stream stops. */
  readonly ended: Promise<void>;
  readonly #end: () => void;
  #incomplete: number;

  constructor(time: Time, jobs: readonly Job[], inputs: ReadonlyMap<number, StreamInputInfo>, submissionTime: number) {
    this.time = time;
    this.jobs = jobs;
    this.streamIdToInputInfo = inputs;
    this.submissionTime = submissionTime;
    this.#incomplete = jobs.length;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    if (jobs.length === 0) resolve();
  }

  get hasStarted(): boolean {
    return this.processingStartTime !== undefined;
  }

  get hasCompleted(): boolean {
    return this.processingEndTime !== undefined;
  }

  /** A job of this set has ended; the last one completes the set. */
  jobEnded(time: number): void {
    if (--this.#incomplete > 0) return;
    this.processingEndTime = time;
  }

  /** Nothing more will happen to this set. */
  close(): void {
    this.#end();
  }

  toInfo(): BatchInfo {
    const { submissionTime, processingStartTime: start, processingEndTime: end } = this;
    return {
      batchTime: this.time,
      streamIdToInputInfo: this.streamIdToInputInfo,
      submissionTime,
      processingStartTime: start,
      processingEndTime: end,
      outputOperationInfos: new Map(this.jobs.map(job => [job.outputOpId, job.toInfo()])),
      schedulingDelay: start === undefined ? undefined : start - submissionTime,
      processingDelay: start === undefined || end === undefined ? undefined : end - start,
      totalDelay: end === undefined ? undefined : end - submissionTime,
      numRecords: [...this.streamIdToInputInfo.values()].reduce((sum, info) => sum + info.numRecords, 0),
    };
  }
}
