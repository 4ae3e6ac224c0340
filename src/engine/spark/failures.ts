/** What Spark says about a job that failed, as the error a user sees. */
import { DStreamsError } from "../../base/errors.ts";
import type { JobProperties } from "../engine.ts";
import { jobError } from "../stages/failures.ts";
import { readFailure } from "./failure-text.ts";
import { JavaError } from "./gateway/java-error.ts";

export interface Circumstances {
  readonly properties: JobProperties | undefined;
  /** How often a task may fail. */
  readonly maxFailures: number;
}

/** Anything but an exception of the JVM is handed on as it is. */
export function jobFailure(thrown: unknown, { properties, maxFailures }: Circumstances): unknown {
  if (!(thrown instanceof JavaError)) return thrown;
  const told = readFailure(thrown.message) ?? readFailure(thrown.javaStack);
  if (told !== undefined) {
    const { failure, scene } = told;
    return jobError(failure, { ...scene, attempt: scene.attempt + 1, maxFailures, properties });
  }
  const unstarted = workerSaid.exec(thrown.message)?.[1];
  if (unstarted !== undefined) {
    const text = unstarted.replaceAll("\n  ", "\n");
    return new DStreamsError("DSTREAMS_JOB_FAILED", `An executor cannot start workers. ${text}`, { cause: thrown });
  }
  const [first = ""] = thrown.message.split("\n");
  const lost = /exited unexpectedly|ExecutorLostFailure|Remote RPC client disassociated/.test(thrown.message);
  return new DStreamsError(lost ? "DSTREAMS_WORKER_LOST" : "DSTREAMS_JOB_FAILED", `Spark: ${first}`, { cause: thrown });
}

/** What the program that an executor started printed before it ended: no Node, an old one, … */
const workerSaid = /Error from python worker:\s+([^]*?)\nPYTHONPATH was:/;
