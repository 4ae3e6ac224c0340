/** What Spark says about a job that failed, as the error a user sees. */
import { DStreamsError } from "../../base/errors.ts";
import { type CallSite, describeSite } from "../../base/site.ts";
import type { JobProperties } from "../engine.ts";
import { jobError, lostError } from "../stages/failures.ts";
import { type Loss, readFailure, readLoss } from "./failure-text.ts";
import { JavaError } from "./gateway/java-error.ts";
import { quote } from "./gateway/launch.ts";

export interface Circumstances {
  readonly properties: JobProperties | undefined;
  /** Of the action. */
  readonly site: CallSite;
  /** How often a task may fail. */
  readonly maxFailures: number;
  /** What the JVM has printed. */
  readonly said: string | undefined;
}

/** Anything but an exception of the JVM is handed on as it is. */
export function jobFailure(thrown: unknown, circumstances: Circumstances): unknown {
  if (!(thrown instanceof JavaError)) return thrown;
  const { properties, maxFailures } = circumstances;
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
  if (isShutDown.test(thrown.message)) return givenUp(circumstances.said, thrown);
  const loss = readLoss(thrown.message) ?? readLoss(thrown.javaStack) ?? lossOf(thrown.message);
  if (loss !== undefined) {
    const { reason, outOfMemory, scene } = loss;
    const of = `${reason} (in ${describeSite(circumstances.site)})`;
    const where = scene === undefined ? placeOf(thrown.message) : { ...scene, attempt: scene.attempt + 1 };
    const details = {
      cause: thrown,
      heapKeys: "spark.executor.pyspark.memory: what the tasks of an executor share, two thirds of it as heaps",
    };
    return lostError(of, outOfMemory, { attempt: maxFailures, ...where, maxFailures, properties }, details);
  }
  const [first = ""] = thrown.message.split("\n");
  return new DStreamsError("DSTREAMS_JOB_FAILED", `Spark: ${first}`, { cause: thrown });
}

const isShutDown = /SparkContext (?:has been shutdown|was shut down)|stopped SparkContext/;

/** The error of a context that Spark itself has stopped: when its cluster is gone, or will not have the application. */
export function givenUp(said: string | undefined, cause?: unknown): DStreamsError {
  const [code, what] = /masters are unresponsive/.test(said ?? "")
    ? ([
        "DSTREAMS_SPARK_START",
        "No master answers at spark.master: does it run, is its port right, and is it of the same version as spark.home?",
      ] as const)
    : ([
        "DSTREAMS_SPARK_LOST",
        "Spark has stopped the application by itself: its cluster has given it up, or is gone.",
      ] as const);
  return new DStreamsError(code, `${what}${quote(said)}`, { cause });
}

/** Of a worker that nobody could speak for, since its executor is gone with it, or it was in the middle of a sentence. */
function lossOf(message: string): Loss | undefined {
  const [, executor, reason] = /ExecutorLostFailure \((.*?)\) Reason: (.*)/.exec(message) ?? [];
  if (executor !== undefined) return { reason: `${executor}: ${reason}`, outOfMemory: false };
  if (!/exited unexpectedly|Connection reset|Broken pipe/.test(message)) return undefined;
  return { reason: "it ended in the middle of its answer", outOfMemory: false };
}

/** What Spark says of a task that could not speak for itself. */
function placeOf(message: string): { stageId: number; task: number; attempt?: number } {
  const [, task, stageId, attempt] = /Task (\d+) in stage (\d+)\.\d+ failed (\d+) times/.exec(message) ?? [];
  return { task: Number(task), stageId: Number(stageId), ...(attempt !== undefined && { attempt: Number(attempt) }) };
}

/** What the program that an executor started printed before it ended: no Node, an old one, … */
const workerSaid = /Error from python worker:\s+([^]*?)\nPYTHONPATH was:/;
