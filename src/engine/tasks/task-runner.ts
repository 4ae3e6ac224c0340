/** Runs tasks: compiles their programs when first needed, and words what came of them for the driver. */
import { loadClass } from "../../closure/classes.ts";
import { MissingClassError } from "../../codec/block.ts";
import { ResidentLost } from "../../plan/resident.ts";
import { enterTask } from "../task-context.ts";
import type { FlatProgram } from "../stages/protocol.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import type { BlockStore } from "./block-store.ts";
import { MissingPartition, blame, describeFailure, forgetBlame } from "./failures.ts";
import { Functions } from "./functions.ts";
import { Handles } from "./handles.ts";
import type { PartitionCache } from "./partition-cache.ts";
import { type Outcome, type Stage, compileStage, functionsOf } from "./stage.ts";
import { TaskRun } from "./task-run.ts";

type TaskMessage = Extract<ToWorker, { readonly type: "task" }>;

export class TaskRunner {
  readonly #store: BlockStore;
  readonly #cache: PartitionCache;
  readonly #poll: () => void;
  readonly #handles = new Handles();
  readonly #functions = new Functions(this.#handles);
  readonly #programs = new Map<number, FlatProgram>();
  readonly #stages = new Map<number, Stage>();
  #running: { readonly taskId: number; readonly task: TaskRun } | undefined;
  /** Tasks that were cancelled before they began. */
  readonly #cancelled = new Set<number>();

  constructor(store: BlockStore, cache: PartitionCache, poll: () => void) {
    this.#store = store;
    this.#cache = cache;
    this.#poll = poll;
  }

  /** Everything that is no task. */
  learn(message: Exclude<ToWorker, TaskMessage>): void {
    switch (message.type) {
      case "define":
        this.#functions.define(message.functions, message.classes);
        break;
      case "program":
        this.#programs.set(message.program.programId, message.program);
        break;
      case "forget":
        this.#functions.forget(message.functions);
        for (const id of message.programs) {
          this.#programs.delete(id);
          this.#stages.delete(id);
        }
        break;
      case "unpersist":
        this.#cache.forget(message.nodeId);
        break;
      case "broadcast":
        this.#handles.setBroadcast(message.id, message.bytes);
        break;
      case "unbroadcast":
        this.#handles.dropBroadcast(message.id);
        break;
      case "cancel":
        this.#cancelled.delete(message.taskId);
        break;
    }
  }

  cancel(taskId: number): void {
    if (this.#running?.taskId === taskId) this.#running.task.cancel();
    else this.#cancelled.add(taskId);
  }

  /** Fails the running task for an error that a user's function left behind, in a promise or a callback; false when none runs. */
  abort(error: unknown): boolean {
    this.#running?.task.abort(blame(error ?? new Error(String(error)), "A promise or callback that nobody awaited"));
    return this.#running !== undefined;
  }

  async run(message: TaskMessage): Promise<FromWorker> {
    const { taskId } = message;
    const loaded = new Set<string>();
    for (;;) {
      const task = new TaskRun(message.partition, this.#store, this.#cache, this.#poll);
      try {
        return await this.#attempt(message, task);
      } catch (error) {
        task.rollBack();
        if (error instanceof MissingClassError && !loaded.has(error.classId)) {
          loaded.add(error.classId);
          if (await loads(error.classId)) continue;
        }
        return { type: "failed", taskId, failure: describeFailure(this.#located(error)) };
      } finally {
        this.#running = undefined;
        enterTask(undefined);
      }
    }
  }

  async #attempt(message: TaskMessage, task: TaskRun): Promise<FromWorker> {
    const { taskId, partition, attempt, stageId } = message;
    this.#running = { taskId, task };
    forgetBlame();
    this.#handles.startTask();
    if (this.#cancelled.delete(taskId)) task.cancel();
    try {
      task.checkpoint();
      await this.#functions.defineClasses();
      const stage = this.#stages.get(message.programId) ?? (await this.#compile(message.programId));
      enterTask({ partitionId: partition, attemptNumber: attempt, stageId, taskAttemptId: taskId });
      const outcome: Outcome = await Promise.race([stage(message.input, task), task.aborted]);
      await settled();
      try {
        task.checkpoint();
      } catch (error) {
        if (outcome.output !== undefined) this.#store.discard(outcome.output);
        throw error;
      }
      return {
        type: "done",
        taskId,
        ...outcome,
        accumulated: this.#handles.accumulated(),
        kept: task.kept,
        dropped: task.dropped,
      };
    } finally {
      await task.end();
    }
  }

  /** A state that was read too late is a kept partition that is gone. */
  #located(error: unknown): unknown {
    const home = error instanceof ResidentLost ? this.#cache.homeOf(error.resident) : undefined;
    return home === undefined ? error : new MissingPartition(home.nodeId, home.partition);
  }

  async #compile(programId: number): Promise<Stage> {
    const program = this.#programs.get(programId);
    if (program === undefined) throw new RangeError(`program ${programId} was not sent`);
    await this.#functions.prepare(functionsOf(program));
    const stage = compileStage(program, id => this.#functions.get(id));
    this.#stages.set(programId, stage);
    return stage;
  }
}

/** Until promises that the task left rejected have been reported (`unhandledRejection` comes before the next turn). */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** False when the class cannot be had: then the error stands. */
async function loads(classId: string): Promise<boolean> {
  try {
    await loadClass(classId);
    return true;
  } catch {
    return false;
  }
}
