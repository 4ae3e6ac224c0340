import type { DStreamsError } from "../../base/errors.ts";
import type { Job } from "../engine.ts";
import type { Stage } from "./stage.ts";
import type { JobRecord } from "../stages/status.ts";

/** A job from `run` until its promise settles. */
export class RunningJob {
  readonly id: number;
  readonly job: Job;
  readonly record: JobRecord;
  /** In the order of `job.partitions`. */
  readonly results: unknown[];
  readonly stages = new Set<Stage>();
  readonly #indexOf: Map<number, number>;
  readonly #resolve: (results: unknown[]) => void;
  readonly #reject: (error: unknown) => void;

  constructor(id: number, job: Job, resolve: (results: unknown[]) => void, reject: (error: unknown) => void) {
    this.id = id;
    this.job = job;
    this.record = { jobId: id, group: job.properties?.group, status: "RUNNING", stageIds: [] };
    this.results = Array.from({ length: job.partitions.length });
    this.#indexOf = new Map(job.partitions.map((partition, index) => [partition, index]));
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** A partition's value has come. What the caller's own function throws fails the job. */
  deliver(partition: number, value: unknown): void {
    const index = this.#indexOf.get(partition) as number;
    this.results[index] = value;
    this.job.onResult?.(index, value);
  }

  succeed(): void {
    this.record.status = "SUCCEEDED";
    this.#resolve(this.results);
  }

  fail(error: DStreamsError | unknown): void {
    this.record.status = "FAILED";
    this.#reject(error);
  }
}
