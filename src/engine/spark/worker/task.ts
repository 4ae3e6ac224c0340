/** What the protocol hands to the code that computes a task, and what it wants back. */

/** One task as the executor sent it. */
export interface IncomingTask {
  /** The partition of the RDD whose function this is: in a union it is not the number of the task in its stage. */
  readonly partition: number;
  readonly stageId: number;
  /** 0 for the first attempt. */
  readonly attempt: number;
  /** Unique within the application. */
  readonly taskAttemptId: number;
  readonly localProperties: Readonly<Record<string, string>>;
  /** The folder that `sc.addFile` puts files into; absolute. */
  readonly filesDirectory: string;
  readonly broadcasts: BroadcastTable;
  /** What the driver gave to the function object, byte for byte. */
  readonly command: Buffer;
  /**
   * The elements of the input, in batches as they arrive. They are views of larger buffers: who keeps one for long copies it.
   * A task may stop anywhere in it, and may go on with a second loop where a first one broke off.
   */
  readonly input: AsyncIterable<Buffer[]>;
}

/** Broadcast values that the driver has announced on this connection and not taken back. */
export interface BroadcastTable {
  /** The bytes that the driver wrote; read from the file when first asked for. Throws `TaskFailed` when there is no such id. */
  get(id: number): Buffer;
  has(id: number): boolean;
}

/** What a task yields. */
export interface TaskOutcome {
  /**
   * The output, a frame an element. A frame is given in parts, so that a header costs no copy; the parts must stay as they are
   * until the task has ended. An error thrown while it is iterated fails the task.
   */
  readonly frames: Iterable<readonly Uint8Array[]> | AsyncIterable<readonly Uint8Array[]>;
  /** Updates of accumulators; asked for when `frames` is at its end. */
  readonly updates: readonly Uint8Array[];
}

/**
 * Computes a task. What it throws, or what `frames` throws, fails the task, and this process takes no other: a `TaskFailed` with
 * its text as it is, anything else with its stack.
 */
export type RunTask = (task: IncomingTask) => Promise<TaskOutcome>;

/** A task that fails with a text which the driver takes apart. */
export class TaskFailed extends Error {
  override readonly name = "TaskFailed";
}
