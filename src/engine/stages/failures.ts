/** What went wrong in a worker, as the error a user sees. */
import { DStreamsError, type ErrorCode, errorCodes } from "../../base/errors.ts";
import type { JobProperties } from "../engine.ts";
import type { PlainError, TaskFailure } from "./protocol.ts";

/** Where and when it happened. */
export type Circumstances = Occasion & { readonly partition: number };

interface Occasion {
  readonly stageId: number;
  /** Counted from 1. */
  readonly attempt: number;
  readonly maxFailures: number;
  readonly properties?: JobProperties | undefined;
}

/** The error of a job whose task has failed for the last time. */
export function jobError(failure: TaskFailure, where: Circumstances): DStreamsError {
  const facts = describe(where);
  switch (failure.kind) {
    case "user": {
      const thrown = failure.error.value ?? failure.error.message;
      const record = failure.record === undefined ? "" : `\n  record: ${failure.record}`;
      const message = `${failure.site} failed: ${thrown}${record}\n  ${facts}`;
      const error = new DStreamsError("DSTREAMS_USER_FUNCTION", message, { cause: revive(failure.error) });
      return withFrames(error, failure.error.stack);
    }
    case "engine": {
      const code = isErrorCode(failure.code) ? failure.code : "DSTREAMS_JOB_FAILED";
      const error = new DStreamsError(code, `${failure.error.message}\n  ${facts}`, { cause: revive(failure.error) });
      return withFrames(error, failure.error.stack);
    }
    case "missing":
    case "cancelled":
      return withFrames(new DStreamsError("DSTREAMS_JOB_FAILED", `A task ended as ${failure.kind}.\n  ${facts}`));
  }
}

/**
 * The driver's own frames say nothing to a user: the error shows those of the function that threw. The stack is written out in any
 * case: until then an error refers to the functions of its frames, and with them to the job, and a stream keeps its first error.
 */
function withFrames(error: DStreamsError, stack = ""): DStreamsError {
  const frames = stack.split("\n").filter(line => /^\s+at /.test(line));
  error.stack = frames.length > 0 ? `${error.name}: ${error.message}\n${frames.join("\n")}` : `${error.stack}`;
  return error;
}

/** Where the partition cannot be told, only the place of the task among those of its stage. */
type Unnamed = Occasion & { readonly task: number };

/** What only one engine can say. */
interface Details {
  readonly cause?: unknown;
  /** Where the limit of a worker's heap is set. */
  readonly heapKeys?: string;
}

/** The error of a job one of whose tasks has cost a worker its life too often. */
export function lostError(
  reason: string,
  outOfMemory: boolean,
  where: Circumstances | Unnamed,
  { cause, heapKeys = "spark.executor.memory, --executor-memory" }: Details = {},
): DStreamsError {
  const facts = describe(where);
  const options = cause === undefined ? undefined : { cause };
  if (!outOfMemory) {
    const message = `A worker died while it ran a task: ${reason}\n  ${facts}`;
    return withFrames(new DStreamsError("DSTREAMS_WORKER_LOST", message, options));
  }
  const advice =
    "Use more partitions, keep less in one record or one group (reduceByKey instead of groupByKey), " +
    `or give workers a larger heap (${heapKeys}).`;
  const message = `A worker ran out of memory: ${reason}\n  ${advice}\n  ${facts}`;
  return withFrames(new DStreamsError("DSTREAMS_OUT_OF_MEMORY", message, options));
}

function describe(where: Circumstances | Unnamed): string {
  const { stageId, attempt, maxFailures, properties } = where;
  const part = "partition" in where ? `partition ${where.partition}` : `task ${where.task}`;
  const batch = properties?.batchTime === undefined ? "" : `batch time ${properties.batchTime} ms, `;
  return `${batch}stage ${stageId}, ${part}, attempt ${attempt} of ${Math.max(attempt, maxFailures)}`;
}

/** An Error with the name, message, stack, code and causes of one that was thrown in a worker; what was no Error comes as text. */
export function revive(plain: PlainError): unknown {
  if (plain.value !== undefined) return plain.value;
  const error = new Error(plain.message, plain.cause && { cause: revive(plain.cause) });
  const fields: Record<string, string | undefined> = { name: plain.name, stack: plain.stack, code: plain.code };
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || Reflect.get(error, key) === value) continue;
    Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: key === "code" });
  }
  return error;
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}
