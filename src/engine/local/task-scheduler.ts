/**
 * Hands the tasks of all stages to the workers: older jobs first, data before distance, and one task at a time, but for
 * short ones, of which a worker gets the next while it still runs one.
 *
 *     stages' queues ──schedule()──▶ workers ──done / failed / lost──▶ owner (dag-scheduler.ts)
 *
 * A worker that dies is replaced in its slot at once. The task it was running has been lost, the others are unharmed.
 */
import type { Forgotten } from "../stages/programs.ts";
import type { PlainError, TaskFailure } from "../stages/protocol.ts";
import type { FromWorker, ToWorker } from "../tasks/messages.ts";
import type { Settings } from "./options.ts";
import type { Stage, Task } from "./stage.ts";
import type { TaskQueue } from "./task-queue.ts";
import type { WorkerThread } from "./worker-thread.ts";

export type Done = Extract<FromWorker, { type: "done" }>;

/** Why a worker is no more. */
export interface Loss {
  readonly reason: string;
  readonly outOfMemory: boolean;
  /** It never got as far as to take a task. */
  readonly atStart: boolean;
}

export interface TaskOwner {
  done(task: Task, message: Done, worker: WorkerThread): void;
  failed(task: Task, failure: TaskFailure, worker: WorkerThread): void;
  /** `running` was the worker's task when it died; those it had at hand as well are in `waiting`. */
  lost(worker: WorkerThread, loss: Loss, running: Task | undefined, waiting: readonly Task[]): void;
}

export class TaskScheduler {
  readonly #workers: WorkerThread[] = [];
  readonly #queues: TaskQueue[] = [];
  readonly #running = new Map<number, WorkerThread>();
  readonly #spawn: (slot: number) => WorkerThread;
  readonly #owner: TaskOwner;
  readonly #localityWait: number;
  readonly #cancelWait: number;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #alive = false;

  constructor(settings: Settings, owner: TaskOwner, spawn: (slot: number) => WorkerThread) {
    this.#localityWait = settings.localityWait;
    this.#cancelWait = settings.cancelWait;
    this.#owner = owner;
    this.#spawn = spawn;
    for (let slot = 0; slot < settings.threads; slot++) this.#workers.push(this.#start(slot));
  }

  get slots(): number {
    return this.#workers.length;
  }

  /** The slot of a worker that is alive. */
  slotOf(workerId: number): number | undefined {
    return this.#workers.find(worker => worker.id === workerId)?.slot;
  }

  /** The stage's queue holds tasks: they are handed out by the next `schedule`. */
  enqueue(stage: Stage): void {
    if (!this.#queues.includes(stage.queue)) this.#queues.push(stage.queue);
  }

  /** Takes back the stage's tasks that no worker has yet. */
  withdraw(stage: Stage): readonly Task[] {
    const index = this.#queues.indexOf(stage.queue);
    if (index >= 0) this.#queues.splice(index, 1);
    return stage.queue.clear();
  }

  /** Tells the worker that has the task to stop it. One that does not, in an endless loop for instance, is replaced. */
  cancel({ id }: Task): void {
    const worker = this.#running.get(id);
    if (worker === undefined) return;
    worker.post({ type: "cancel", taskId: id });
    // By its id: the task, with its stage and their lineage, shall not stay as long as the timer.
    const end = (): void => {
      if (this.#running.get(id) === worker && !this.#stopped) void worker.terminate();
    };
    setTimeout(end, this.#cancelWait).unref();
  }

  /** Gives workers that can take a task one. */
  schedule(): void {
    if (this.#stopped || this.#queues.length === 0) return;
    const now = performance.now();
    this.#queues.sort((a, b) => a.stage.priority - b.stage.priority || a.stage.id - b.stage.id);
    for (const worker of this.#workers) if (worker.tasks.length === 0) this.#feed(worker, now, false);
    for (const worker of this.#workers) if (worker.tasks.length === 1) this.#feed(worker, now, true);
    this.#dropEmptyQueues();
    this.#setTimer(now);
  }

  /** Says something to every worker. */
  broadcast(message: ToWorker): void {
    for (const worker of this.#workers) worker.post(message);
  }

  forget(forgotten: Forgotten): void {
    for (const worker of this.#workers) worker.forget(forgotten);
  }

  /** Whether the process has to stay for the workers' sake. */
  keepAlive(wanted: boolean): void {
    if (wanted === this.#alive) return;
    this.#alive = wanted;
    for (const worker of this.#workers) worker.keepAlive(wanted);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#workers.map(worker => worker.terminate()));
  }

  onMessage(worker: WorkerThread, message: FromWorker): void {
    if (message.type !== "done" && message.type !== "failed") return;
    const task = worker.tasks.find(each => each.id === message.taskId);
    if (task === undefined) return;
    worker.remove(task);
    this.#running.delete(task.id);
    const now = performance.now();
    task.stage.queue.spent(now - task.startedAt);
    const next = worker.tasks[0];
    if (next !== undefined) next.startedAt = now;
    if (message.type === "done") this.#owner.done(task, message, worker);
    else this.#owner.failed(task, message.failure, worker);
    this.schedule();
  }

  /** A worker has ended. Unless all is over, another takes its slot. */
  onExit(worker: WorkerThread, loss: Loss): void {
    if (this.#stopped) return;
    const [running, ...waiting] = worker.tasks.splice(0);
    for (const task of [running, ...waiting]) if (task !== undefined) this.#running.delete(task.id);
    if (!loss.atStart) this.#workers[worker.slot] = this.#start(worker.slot);
    this.#owner.lost(worker, loss, running, waiting);
    this.schedule();
  }

  #feed(worker: WorkerThread, now: number, onlyShort: boolean): void {
    for (const queue of this.#queues) {
      if (onlyShort && !queue.areShort) continue;
      const task = queue.take(worker.slot, now, this.#localityWait);
      if (task === undefined) continue;
      this.#launch(worker, task, now);
      return;
    }
  }

  #launch(worker: WorkerThread, task: Task, now: number): void {
    task.startedAt = now;
    task.stage.record.numActiveTasks++;
    try {
      worker.launch(task);
      this.#running.set(task.id, worker);
    } catch (error) {
      // The input cannot be cloned. The owner hears of it when this round of scheduling is over.
      queueMicrotask(() =>
        this.#owner.failed(task, { kind: "engine", code: "DSTREAMS_RECORD", error: plainError(error) }, worker),
      );
    }
  }

  #start(slot: number): WorkerThread {
    const worker = this.#spawn(slot);
    worker.keepAlive(this.#alive);
    return worker;
  }

  #dropEmptyQueues(): void {
    for (let i = this.#queues.length - 1; i >= 0; i--) if (this.#queues[i]?.size === 0) this.#queues.splice(i, 1);
  }

  /** Comes back when a task that waits for its worker may go to another. */
  #setTimer(now: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let least: number | undefined;
    for (const queue of this.#queues) {
      const left = queue.waitLeft(now, this.#localityWait);
      if (left !== undefined) least = Math.min(least ?? Infinity, left);
    }
    if (least !== undefined) this.#timer = setTimeout(() => this.schedule(), Math.ceil(least)).unref();
  }
}

function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const message = `What a task needs cannot be sent to a worker: ${error.message}`;
  return { name: error.name, message, ...(error.stack !== undefined && { stack: error.stack }) };
}
