import type { EngineStatus, JobInfo, StageInfo } from "../engine/engine.ts";

/** What is running and how far it is. Snapshots; what has long ended may be forgotten. */
export class StatusTracker {
  readonly #status: EngineStatus;

  /** Made by `sc.statusTracker()`. @internal */
  constructor(status: EngineStatus) {
    this.#status = status;
  }

  /** The jobs of a group, of no group without an argument: running ones and what is remembered of ended ones. */
  getJobIdsForGroup(jobGroup?: string): number[] {
    return [...this.#status.jobsOfGroup(jobGroup)];
  }

  /** The jobs that are running. */
  getActiveJobsIds(): number[] {
    return this.#status.activeJobs().map(job => job.jobId);
  }

  /** The stages that are running. */
  getActiveStageIds(): number[] {
    const stages = this.#status.activeJobs().flatMap(job => job.stageIds);
    return [...new Set(stages)].filter(id => (this.#status.stage(id)?.numActiveTasks ?? 0) > 0);
  }

  /** A job; undefined when there was none, or it has been forgotten. */
  getJobInfo(jobId: number): JobInfo | undefined {
    return this.#status.job(jobId);
  }

  /** A stage; undefined when there was none, or it has been forgotten. */
  getStageInfo(stageId: number): StageInfo | undefined {
    return this.#status.stage(stageId);
  }
}
