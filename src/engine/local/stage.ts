/** A stage while it runs: what is computed, for whom, and how far it is. Data; the rules are in dag-scheduler.ts. */
import { describeSite } from "../../base/site.ts";
import type { PlanNode } from "../../plan/plan.ts";
import { Attempts } from "./attempts.ts";
import type { Purpose } from "../stages/flatten.ts";
import type { Layout } from "../stages/layout.ts";
import type { Program } from "../stages/programs.ts";
import type { TaskInput } from "../stages/protocol.ts";
import type { RunningJob } from "./running-job.ts";
import type { StageRecord } from "../stages/status.ts";
import { TaskQueue } from "./task-queue.ts";
import type { Wish } from "./wishes.ts";

/** One partition of a stage, on its way to a worker or in it. */
export interface Task {
  readonly id: number;
  readonly stage: Stage;
  readonly partition: number;
  readonly program: Program;
  readonly input: TaskInput;
  readonly attempt: number;
  readonly wish: Wish;
  startedAt: number;
}

export type StageKind =
  /** Computes what a job asked for. */
  | "result"
  /** Computes the map side of a shuffle. */
  | "shuffle"
  /** Turns partitions in a worker's heap into bytes that other workers can read. */
  | "fetch";

export class Stage {
  readonly id: number;
  readonly kind: StageKind;
  /** The node whose partitions the tasks compute. */
  readonly plan: PlanNode;
  /** The node that wants them: the shuffle, or the plan itself. */
  readonly target: PlanNode;
  readonly purpose: Purpose;
  readonly record: StageRecord;
  /** Nobody left: the stage is abandoned. */
  readonly jobs = new Set<RunningJob>();
  /** Stages whose results this one reads, and those that read its. */
  readonly waitingFor = new Set<Stage>();
  readonly dependents = new Set<Stage>();
  /** Partitions that are not finished. */
  readonly missing: Set<number>;
  /** Of these, the ones with a task in the queue or in a worker. */
  readonly tasks = new Map<number, Task>();
  readonly attempts: Attempts;
  readonly queue: TaskQueue;
  layout: Layout | undefined;
  program: Program | undefined;
  isOver = false;

  constructor(
    id: number,
    kind: StageKind,
    plan: PlanNode,
    target: PlanNode,
    purpose: Purpose,
    partitions: Iterable<number>,
    maxFailures: number,
  ) {
    this.id = id;
    this.kind = kind;
    this.plan = plan;
    this.target = target;
    this.purpose = purpose;
    this.missing = new Set(partitions);
    this.attempts = new Attempts(maxFailures);
    this.queue = new TaskQueue(this);
    const { site } = purpose;
    this.record = {
      stageId: id,
      currentAttemptId: 0,
      // Rendering a call site costs more than an empty stage does. Records outlive stages: nothing but the site is held.
      get name() {
        return describeSite(site);
      },
      numTasks: this.missing.size,
      numActiveTasks: 0,
      numCompletedTasks: 0,
      numFailedTasks: 0,
    };
  }

  /** The oldest job that needs the stage; older jobs go first. */
  get priority(): number {
    let oldest = Infinity;
    for (const job of this.jobs) oldest = Math.min(oldest, job.id);
    return oldest;
  }
}
