/**
 * The tasks of one stage that wait for a worker. Each worker is given those that want it first; a task whose worker is busy
 * may go elsewhere after a while, unless its data are nowhere else.
 */
import type { Stage, Task } from "./stage.ts";

/** A wish from habit is worth this part of the wait for data. */
const habitShare = 0.1;

export class TaskQueue {
  readonly stage: Stage;
  readonly #anywhere: Task[] = [];
  /** By slot, in two classes: `data` and `habit` may go elsewhere, `must` may not. */
  readonly #wishing = new Map<number, Task[]>();
  readonly #bound = new Map<number, Task[]>();
  #size = 0;
  /** When a task last went where it wanted to, or the queue was filled: waiting is counted from here. */
  #satisfiedAt = 0;
  #finished = 0;
  #spentMs = 0;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  get size(): number {
    return this.#size;
  }

  add(task: Task, now: number): void {
    if (this.#size++ === 0) this.#satisfiedAt = now;
    const { kind, slot } = task.wish;
    if (kind === "anywhere") this.#anywhere.push(task);
    else push(kind === "must" ? this.#bound : this.#wishing, slot, task);
  }

  /** The next task for the worker in this slot. */
  take(slot: number, now: number, localityWait: number): Task | undefined {
    const own = this.#bound.get(slot)?.shift() ?? this.#wishing.get(slot)?.shift();
    if (own !== undefined) this.#satisfiedAt = now;
    const task = own ?? this.#anywhere.shift() ?? this.#takeFromOthers(now - this.#satisfiedAt, localityWait);
    if (task !== undefined) this.#size--;
    return task;
  }

  /** Milliseconds until a task may go to a worker it did not wish for; undefined when that will never be. */
  waitLeft(now: number, localityWait: number): number | undefined {
    let least: number | undefined;
    for (const [task] of this.#wishing.values()) {
      if (task === undefined) continue;
      const left = this.#satisfiedAt + waitOf(task, localityWait) - now;
      if (left > 0) least = Math.min(least ?? Infinity, left);
    }
    return least;
  }

  /** Empties the queue. */
  clear(): Task[] {
    const tasks = [...this.#anywhere, ...[...this.#wishing.values()].flat(), ...[...this.#bound.values()].flat()];
    this.#anywhere.length = 0;
    this.#wishing.clear();
    this.#bound.clear();
    this.#size = 0;
    return tasks;
  }

  /** A task of the stage took so long. */
  spent(ms: number): void {
    this.#finished++;
    this.#spentMs += ms;
  }

  /** True when tasks are so short that a worker should have the next at hand, and so short that none suffers by waiting behind one. */
  get areShort(): boolean {
    return this.#finished > 0 && this.#spentMs / this.#finished < 5;
  }

  #takeFromOthers(waited: number, localityWait: number): Task | undefined {
    for (const tasks of this.#wishing.values()) {
      const [task] = tasks;
      if (task !== undefined && waited >= waitOf(task, localityWait)) return tasks.shift();
    }
    return undefined;
  }
}

function waitOf(task: Task, localityWait: number): number {
  return task.wish.kind === "data" ? localityWait : localityWait * habitShare;
}

function push(tasks: Map<number, Task[]>, slot: number, task: Task): void {
  const list = tasks.get(slot);
  if (list === undefined) tasks.set(slot, [task]);
  else list.push(task);
}
