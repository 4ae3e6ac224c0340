import { userFrames } from "./site.ts";

/**
 * Every error a user can cause, by code. The list is closed: a new kind of mistake gets a line here, with what it means.
 * Lifecycle and RDD messages carry Spark's own wording, because people search for it.
 */
export const errorCodes = {
  DSTREAMS_ILLEGAL_ARGUMENT:
    "An argument has the wrong type or value (Spark: IllegalArgumentException, `requirement failed: …`).",
  DSTREAMS_ILLEGAL_STATE: "The call is not allowed in this state of the context (Spark: IllegalStateException).",
  DSTREAMS_UNSUPPORTED:
    "The operation exists in Spark but not here, or not on this object (Spark: UnsupportedOperationException).",
  DSTREAMS_CONFIGURATION: "A configuration key has a value that cannot be used.",
  DSTREAMS_MASTER: "The master URL is not one that can be run.",
  DSTREAMS_CONTEXT_EXISTS: "A second SparkContext or StreamingContext was started in one process.",
  DSTREAMS_CONTEXT_STOPPED: "A method was called on a stopped context.",
  DSTREAMS_CLOSURE: "A function, or something it captured, cannot travel to the workers.",
  DSTREAMS_NESTED_CONTEXT: "A function refers to a context, an RDD or a DStream (SPARK-5063).",
  DSTREAMS_RECORD: "A record cannot be sent between threads or machines.",
  DSTREAMS_KEY: "A value cannot be a key: keys are compared by value.",
  DSTREAMS_EMPTY: "An action needs at least one element (`reduce`, `first`, …).",
  DSTREAMS_USER_FUNCTION: "A user's function threw; the cause is what it threw.",
  DSTREAMS_JOB_FAILED: "A job failed for a reason that is not a user's function.",
  DSTREAMS_CANCELLED: "A job was cancelled.",
  DSTREAMS_WORKER_LOST: "A worker died more often than `local[N,F]` allows.",
  DSTREAMS_OUT_OF_MEMORY: "A worker ran out of memory.",
  DSTREAMS_SPILL: "Data could not be written to or read back from the spill directory.",
  DSTREAMS_PATH_NOT_FOUND: "An input path does not exist or a pattern matches nothing.",
  DSTREAMS_PATH_EXISTS: "An output directory already exists.",
  DSTREAMS_STORAGE: "A file system reported an error.",
  DSTREAMS_DATA: "Input data do not have the promised form (record length, encoding, compression).",
  DSTREAMS_STREAM: "A DStream could not yield the RDD of a batch.",
  DSTREAMS_RECEIVER: "A receiver failed or was used before it was started.",
  DSTREAMS_DEPENDENCY: "A package that a connector needs is not installed.",
  DSTREAMS_KAFKA: "Kafka refused a request, or its brokers cannot be reached.",
  DSTREAMS_DATA_LOSS: "Records that a batch was to read are no longer there (retention, a deleted topic).",
  DSTREAMS_SPARK_NOT_FOUND: "There is no Apache Spark where it was looked for.",
  DSTREAMS_SPARK_START: "Spark's driver JVM ended before it was ready (no Java, a wrong option, …).",
  DSTREAMS_SPARK_LOST: "Spark's driver JVM, or the connection to it, is gone.",
  DSTREAMS_SPARK_GATEWAY:
    "Spark's driver JVM did not understand a call, or answered with what was not expected: mostly a Spark that is not supported.",
  DSTREAMS_USAGE: "A command line is wrong.",
} as const;

/** The codes that a DStreamsError can have. */
export type ErrorCode = keyof typeof errorCodes;

/**
 * The one error class of the product. `code` says which kind of mistake it is, `cause` what lies beneath.
 *
 * @example
 * ```ts
 * import { DStreamsError } from "dstreams";
 * const error = new DStreamsError("DSTREAMS_EMPTY", "Can not reduce() empty RDD");
 * console.log(error.code); // DSTREAMS_EMPTY
 * ```
 */
export class DStreamsError extends Error {
  /** Which kind of mistake it is. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "DStreamsError";
    this.code = code;
    beginAtUser(this);
  }
}

/**
 * A stack of the user's own lines: what is above them is this package's and says nothing to them. It stays whole when there are
 * none, or when `NODE_DEBUG=dstreams` asks for it.
 */
function beginAtUser(error: DStreamsError): void {
  if (process.env["NODE_DEBUG"]?.includes("dstreams")) return;
  const limit = Error.stackTraceLimit;
  // Ten frames, Node's measure, are often all ours.
  Error.stackTraceLimit = Math.max(limit, 50);
  Error.captureStackTrace(error, DStreamsError);
  const frames = userFrames(error.stack ?? "");
  Error.stackTraceLimit = limit;
  if (frames.length > 0) {
    error.stack = [`${error.name}: ${error.message}`, ...frames.slice(0, limit).map(frame => `    ${frame}`)].join(
      "\n",
    );
  }
}

/** Spark's `require`: throws `requirement failed: <message>` unless the condition holds. */
export function require(condition: boolean, message: string): asserts condition {
  if (!condition) throw new DStreamsError("DSTREAMS_ILLEGAL_ARGUMENT", `requirement failed: ${message}`);
}
