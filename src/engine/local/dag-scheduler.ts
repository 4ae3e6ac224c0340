/**
 * Jobs → stages → tasks, and what comes back.
 *
 *     job ── result stage ── reads ──▶ shuffle stage ── reads ──▶ shuffle stage …
 *              │                         (one per shuffle, whoever needs it)
 *              └─ tasks ──▶ TaskScheduler ──▶ done | failed | lost
 *
 * Everything is driven by one function, `#advance(stage)`: lay the stage out over what is held now; if it reads a shuffle
 * that is not computed, start that shuffle's stage and wait; else make tasks for the partitions that are missing. When a
 * worker dies or has dropped what it was thought to keep, the layout is thrown away and the stage advances again: whatever
 * is held no longer has its lineage in the new one. So faults need no code of their own but "forget, and advance".
 */
import { DStreamsError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { Job } from "../engine.ts";
import { StorageLevel } from "../storage-level.ts";
import { type Circumstances, jobError, lostError } from "../stages/failures.ts";
import type { Purpose } from "../stages/flatten.ts";
import { layOut } from "../stages/layout.ts";
import type { KeptPartitions } from "./kept.ts";
import { type MapOutputs, noOutput } from "./map-outputs.ts";
import { TaskNeeds } from "../stages/parts.ts";
import type { Programs } from "../stages/programs.ts";
import type { TaskFailure } from "../stages/protocol.ts";
import { emptyValue, valueOf } from "../stages/results.ts";
import { RunningJob } from "./running-job.ts";
import { StageGraph } from "./stage-graph.ts";
import type { Stage, Task } from "./stage.ts";
import type { Status } from "../stages/status.ts";
import type { Done, Loss, TaskOwner, TaskScheduler } from "./task-scheduler.ts";
import { copyOf, type Held, heldElsewhere, wishOf } from "./wishes.ts";
import type { WorkerThread } from "./worker-thread.ts";

const log = logger("DAGScheduler");

export interface DagOptions {
  /** What has already been computed. */
  readonly holdings: { readonly kept: KeptPartitions; readonly outputs: MapOutputs };
  readonly programs: Programs;
  readonly status: Status;
  readonly maxFailures: number;
  /** Encoded accumulator terms of a task that counts. */
  readonly accumulate: (terms: Done["accumulated"]) => void;
  readonly free: (output: NonNullable<Done["output"]>) => void;
}

export class DagScheduler implements TaskOwner {
  readonly #options: DagOptions;
  readonly #jobs = new Set<RunningJob>();
  readonly #graph: StageGraph;
  readonly #touched = new Set<Stage>();
  #advancing = false;
  #startFailure: DStreamsError | undefined;
  #lastJob = -1;
  #lastTask = -1;
  #tasks: TaskScheduler | undefined;

  constructor(options: DagOptions) {
    this.#options = options;
    this.#graph = new StageGraph(options.status, options.maxFailures);
  }

  /** Tasks and workers refer to each other, so one of them comes later. */
  use(tasks: TaskScheduler): void {
    this.#tasks = tasks;
  }

  get activeJobs(): ReadonlySet<RunningJob> {
    return this.#jobs;
  }

  /** Shuffles that a running stage is going to read. */
  shufflesInUse(): Set<number> {
    const inUse = new Set<number>();
    for (const job of this.#jobs) {
      for (const stage of job.stages) for (const shuffle of stage.layout?.shuffles ?? []) inUse.add(shuffle.id);
    }
    return inUse;
  }

  /** Starts a job; it may be over when this returns. */
  run(job: Job): { readonly running: RunningJob; readonly results: Promise<unknown[]> } {
    const { promise: results, resolve, reject } = Promise.withResolvers<unknown[]>();
    const running = new RunningJob(++this.#lastJob, job, resolve, reject);
    this.#options.status.addJob(running.record);
    this.#jobs.add(running);
    const stage = this.#graph.create(
      "result",
      job.plan,
      job.plan,
      { kind: "action", action: job.action, site: job.site },
      job.partitions,
    );
    this.#graph.join(stage, running);
    if (this.#startFailure === undefined) this.#touch(stage);
    else this.fail(running, this.#startFailure);
    // Most jobs of idle streams are over by now, and holding the process costs a system call a worker.
    if (this.#jobs.size > 0) this.#scheduler.keepAlive(true);
    return { running, results };
  }

  /** Ends a job before it is done. Its tasks are told to stop. */
  fail(job: RunningJob, error: unknown): void {
    if (!this.#jobs.delete(job)) return;
    this.#leave(job);
    job.fail(error);
  }

  get #scheduler(): TaskScheduler {
    return this.#tasks as TaskScheduler;
  }

  // ── stages ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The job is over: stages that no other needs are abandoned. */
  #leave(job: RunningJob): void {
    for (const stage of this.#graph.leave(job)) this.#close(stage);
    if (this.#jobs.size === 0) this.#scheduler.keepAlive(false);
  }

  #touch(stage: Stage): void {
    this.#touched.add(stage);
    if (this.#advancing) return;
    this.#advancing = true;
    // Stages touched meanwhile join the end of the set, so chains of thousands of shuffles cost no stack.
    for (const each of this.#touched) {
      this.#touched.delete(each);
      try {
        this.#advance(each);
      } catch (error) {
        this.#failStage(each, () => error);
      }
    }
    this.#advancing = false;
    this.#scheduler.schedule();
  }

  #advance(stage: Stage): void {
    if (stage.isOver || stage.waitingFor.size > 0) return;
    const { holdings } = this.#options;
    stage.layout ??= layOut(stage.plan, holdings);
    for (const shuffle of stage.layout.shuffles) {
      const missing = holdings.outputs.missing(shuffle);
      if (missing.length > 0) this.#await(stage, this.#graph.ofShuffle(shuffle, missing));
    }
    if (stage.waitingFor.size > 0) return;
    // Made even when no task should need it: a function that cannot travel is refused with the first batch, data or none.
    stage.program ??= this.#options.programs.pin(stage.layout, stage.purpose);
    for (const partition of [...stage.missing]) if (!stage.tasks.has(partition)) this.#start(stage, partition);
    if (stage.queue.size > 0) this.#scheduler.enqueue(stage);
    if (stage.missing.size === 0) this.#complete(stage);
  }

  #await(stage: Stage, needed: Stage): void {
    this.#graph.link(stage, needed);
    this.#touch(needed);
  }

  #complete(stage: Stage): void {
    const jobs = [...stage.jobs];
    for (const dependent of this.#close(stage)) this.#touch(dependent);
    if (stage.kind !== "result") return;
    for (const job of jobs) {
      this.#jobs.delete(job);
      this.#leave(job);
      job.succeed();
    }
  }

  /** The stage is done or abandoned. Returns those that waited for it. */
  #close(stage: Stage): readonly Stage[] {
    if (stage.isOver) return [];
    stage.isOver = true;
    this.#scheduler.withdraw(stage);
    for (const task of stage.tasks.values()) this.#scheduler.cancel(task);
    if (stage.program !== undefined) this.#options.programs.unpin(stage.program);
    if (stage.kind === "fetch") this.#options.holdings.kept.unpersist(stage.plan.id);
    return this.#graph.remove(stage);
  }

  /** Throws the layout away, with the tasks that no worker has yet. */
  #replan(stage: Stage): void {
    for (const task of this.#scheduler.withdraw(stage)) stage.tasks.delete(task.partition);
    if (stage.program !== undefined) this.#options.programs.unpin(stage.program);
    stage.program = undefined;
    stage.layout = undefined;
    this.#touch(stage);
  }

  #failStage(stage: Stage, errorFor: (job: RunningJob) => unknown): void {
    for (const job of [...stage.jobs]) this.fail(job, errorFor(job));
  }

  // ── tasks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Makes the task of a partition, unless what it would find is known. */
  #start(stage: Stage, partition: number): void {
    const { layout, program } = stage;
    if (layout === undefined || program === undefined) return;
    if (layout.root.isEmpty(partition) && this.#finishEmpty(stage, partition)) return;
    const needs = new TaskNeeds();
    const input = layout.root.input(partition, needs);
    const elsewhere = heldElsewhere(needs);
    for (const held of elsewhere) this.#fetch(stage, held);
    if (elsewhere.length > 0) return;
    const wish = wishOf(partition, needs, this.#scheduler.slots, worker => this.#scheduler.slotOf(worker));
    const attempt = stage.attempts.count(partition);
    const task: Task = {
      id: ++this.#lastTask,
      stage,
      partition,
      program,
      input,
      attempt,
      wish,
      startedAt: 0,
    };
    stage.tasks.set(partition, task);
    stage.queue.add(task, performance.now());
  }

  /** True when the partition needs no task, since what becomes of no records is known here. */
  #finishEmpty(stage: Stage, partition: number): boolean {
    if (stage.purpose.kind !== "action") {
      this.#options.holdings.outputs.set(stage.target, partition, noOutput);
    } else {
      const value = emptyValue(stage.purpose.action);
      if (value === undefined) return false;
      this.#deliver(stage, partition, value());
    }
    this.#finished(stage, partition);
    return true;
  }

  /**
   * Has a partition turned into bytes by the worker that holds it: a node that is the same as the held one, but persisted as
   * bytes, is computed there; its block then becomes the held one's.
   */
  #fetch(stage: Stage, { nodeId, partition }: Held): void {
    const node = stage.layout?.parts.find(each => each.node.id === nodeId)?.node;
    if (node === undefined) return;
    for (const needed of stage.waitingFor) {
      if (needed.kind === "fetch" && needed.target === node && needed.missing.has(partition)) return;
    }
    const copy = copyOf(node);
    this.#options.holdings.kept.persist(copy.id, StorageLevel.MEMORY_AND_DISK_SER);
    const purpose: Purpose = { kind: "action", action: { kind: "count" }, site: node.site };
    this.#await(stage, this.#graph.create("fetch", copy, node, purpose, [partition]));
  }

  done(task: Task, message: Done, worker: WorkerThread): void {
    const { stage, partition } = task;
    this.#note(message, worker);
    stage.record.numActiveTasks--;
    if (stage.isOver || !stage.missing.has(partition)) {
      if (message.output !== undefined) this.#options.free(message.output);
      return;
    }
    if (stage.kind === "shuffle") {
      this.#options.holdings.outputs.set(stage.target, partition, message.output ?? noOutput);
    } else if (stage.kind === "fetch") {
      this.#options.holdings.kept.moveBlock(stage.plan.id, stage.target.id, partition);
    } else if (stage.purpose.kind === "action") {
      const value = valueOf(stage.purpose.action, message.value);
      if (value instanceof Promise) {
        value.then(
          ready => this.#conclude(task, message, ready),
          error => this.#failStage(stage, () => error),
        );
        return;
      }
      this.#conclude(task, message, value);
      return;
    }
    this.#conclude(task, message, undefined);
  }

  #conclude(task: Task, message: Done, value: unknown): void {
    const { stage, partition } = task;
    if (stage.isOver) return;
    this.#options.accumulate(message.accumulated);
    if (stage.kind === "result" && !this.#deliver(stage, partition, value)) return;
    this.#finished(stage, partition);
    if (stage.missing.size === 0) this.#touch(stage);
  }

  /** What workers now keep, and what they have dropped. */
  #note(message: Done, worker: WorkerThread): void {
    const { kept } = this.#options.holdings;
    for (const { nodeId, partition } of message.dropped) kept.drop(nodeId, partition, worker.id);
    for (const { nodeId, partition, block } of message.kept) {
      const wanted = kept.add(nodeId, partition, block === undefined ? { worker: worker.id } : { block });
      if (!wanted && block === undefined) worker.post({ type: "unpersist", nodeId });
    }
  }

  /** False: the caller's own function threw, and the job is over. */
  #deliver(stage: Stage, partition: number, value: unknown): boolean {
    for (const job of stage.jobs) {
      try {
        job.deliver(partition, value);
      } catch (error) {
        this.fail(job, error);
      }
    }
    return !stage.isOver;
  }

  #finished(stage: Stage, partition: number): void {
    stage.missing.delete(partition);
    stage.tasks.delete(partition);
    stage.record.numCompletedTasks++;
  }

  failed(task: Task, failure: TaskFailure, worker: WorkerThread): void {
    const { stage, partition } = task;
    stage.record.numActiveTasks--;
    if (stage.isOver) return;
    stage.tasks.delete(partition);
    if (failure.kind === "missing") {
      this.#options.holdings.kept.drop(failure.nodeId, failure.partition, worker.id);
      if (!stage.attempts.missed(partition)) return this.#replan(stage);
    }
    if (failure.kind !== "cancelled") {
      stage.record.numFailedTasks++;
      const error = (job: RunningJob): DStreamsError => jobError(failure, this.#circumstances(task, job));
      if (stage.attempts.failed(partition)) return this.#failStage(stage, error);
      const { message, cause } = error(oldest(stage.jobs));
      log.warn(() => `Lost a task, trying again: ${message}`, cause);
    }
    this.#touch(stage);
  }

  lost(worker: WorkerThread, loss: Loss, running: Task | undefined, waiting: readonly Task[]): void {
    this.#options.holdings.kept.dropWorker(worker.id);
    for (const task of running === undefined ? waiting : [running, ...waiting]) {
      task.stage.record.numActiveTasks--;
      task.stage.tasks.delete(task.partition);
    }
    if (loss.atStart) {
      this.#startFailure = new DStreamsError("DSTREAMS_WORKER_LOST", `A worker thread could not start: ${loss.reason}`);
      for (const job of [...this.#jobs]) this.fail(job, this.#startFailure);
      return;
    }
    if (running !== undefined && !running.stage.isOver) this.#countLoss(running, loss);
    // What was held by the worker may be part of any layout.
    const stages = new Set([...this.#jobs].flatMap(job => [...job.stages]));
    for (const stage of stages) if (!stage.isOver) this.#replan(stage);
  }

  #countLoss(task: Task, loss: Loss): void {
    const { stage, partition } = task;
    stage.record.numFailedTasks++;
    log.warn(() => `Lost a worker in task ${partition} of stage ${stage.id}: ${loss.reason}`);
    if (!stage.attempts.lost(partition)) return;
    this.#failStage(stage, job => lostError(loss.reason, loss.outOfMemory, this.#circumstances(task, job)));
  }

  #circumstances(task: Task, job: RunningJob): Circumstances {
    return {
      stageId: task.stage.id,
      partition: task.partition,
      attempt: task.attempt + 1,
      maxFailures: this.#options.maxFailures,
      properties: job.job.properties,
    };
  }
}

function oldest(jobs: ReadonlySet<RunningJob>): RunningJob {
  return [...jobs].reduce((a, b) => (a.id < b.id ? a : b));
}
