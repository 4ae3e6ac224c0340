/** What a user's function can learn about the task it runs in. */

/**
 * The task that is running in this thread. Functions in the workers ask for it; on the driver there is none.
 *
 * @example
 * ```ts
 * import { SparkContext, TaskContext } from "dstreams";
 * const sc = new SparkContext("local[2]", "Partitions");
 * const tagged = sc.parallelize(["a", "b"], 2).map(word => [TaskContext.get()?.partitionId(), word]);
 * console.log(await tagged.collect());
 * await sc.stop();
 * ```
 * ```text
 * [ [ 0, 'a' ], [ 1, 'b' ] ]
 * ```
 */
export class TaskContext {
  readonly #facts: TaskFacts;

  /** Made by the engine. @internal */
  constructor(facts: TaskFacts) {
    this.#facts = facts;
  }

  /** The context of the running task; undefined on the driver. */
  static get(): TaskContext | undefined {
    return current;
  }

  /** Which partition of the RDD the task computes, from 0. */
  partitionId(): number {
    return this.#facts.partitionId;
  }

  /** How many attempts at this partition came before: 0 the first time. */
  attemptNumber(): number {
    return this.#facts.attemptNumber;
  }

  /** The stage that the task belongs to. */
  stageId(): number {
    return this.#facts.stageId;
  }

  /** Unique among all attempts of all tasks of this engine. */
  taskAttemptId(): number {
    return this.#facts.taskAttemptId;
  }
}

export interface TaskFacts {
  readonly partitionId: number;
  readonly attemptNumber: number;
  readonly stageId: number;
  readonly taskAttemptId: number;
}

/** One task runs at a time in a thread, so one variable holds it. */
let current: TaskContext | undefined;

/** For engines: says which task runs from now on, undefined when none does. */
export function enterTask(facts: TaskFacts | undefined): void {
  current = facts === undefined ? undefined : new TaskContext(facts);
}
