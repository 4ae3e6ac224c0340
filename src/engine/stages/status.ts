/** What the status tracker shows: all that runs, and the last of what has run. */
import type { EngineStatus, JobInfo, StageInfo } from "../engine.ts";

/** A job or stage as it is now. */
export interface JobRecord {
  readonly jobId: number;
  readonly group: string | undefined;
  status: JobInfo["status"];
  readonly stageIds: number[];
}

export type StageRecord = { -readonly [K in keyof StageInfo]: StageInfo[K] };

export class Status implements EngineStatus {
  readonly #jobs = new Map<number, JobRecord>();
  readonly #stages = new Map<number, StageRecord>();
  readonly #limit: number;

  /** @param limit how many jobs, and how many stages, are remembered (`spark.ui.retainedJobs`: 1000) */
  constructor(limit = 1000) {
    this.#limit = limit;
  }

  addJob(record: JobRecord): void {
    this.#jobs.set(record.jobId, record);
    trim(this.#jobs, this.#limit, job => job.status !== "RUNNING");
  }

  addStage(record: StageRecord): void {
    this.#stages.set(record.stageId, record);
    trim(this.#stages, this.#limit, stage => stage.numActiveTasks === 0);
  }

  activeJobs(): readonly JobInfo[] {
    return [...this.#jobs.values()].filter(job => job.status === "RUNNING").map(infoOf);
  }

  job(jobId: number): JobInfo | undefined {
    const record = this.#jobs.get(jobId);
    return record && infoOf(record);
  }

  stage(stageId: number): StageInfo | undefined {
    const record = this.#stages.get(stageId);
    return record && { ...record };
  }

  jobsOfGroup(group: string | undefined): readonly number[] {
    return [...this.#jobs.values()].filter(job => job.group === group).map(job => job.jobId);
  }
}

function infoOf(record: JobRecord): JobInfo {
  return { jobId: record.jobId, status: record.status, stageIds: [...record.stageIds] };
}

/** Forgets the oldest beyond the limit, but none that is still running. */
function trim<T>(records: Map<number, T>, limit: number, isOver: (record: T) => boolean): void {
  for (const [id, record] of records) {
    if (records.size <= limit) return;
    if (isOver(record)) records.delete(id);
  }
}
