import { AsyncLocalStorage } from "node:async_hooks";
import type { JobProperties } from "./engine.ts";

/** What holds for every job that a piece of driver code starts, however often it awaits in between. */
export interface JobScope {
  readonly properties: JobProperties;
  /** Aborted when the code's jobs must end, e.g. when a stream is stopped while an output operation runs. */
  readonly signal?: AbortSignal;
}

/**
 * The scope of the code that is running now. The batch layer runs each output operation in one; SparkContext reads it when
 * a job is started: its properties hold in place of those set on the context. (They are handed on as they are, since some
 * are written only when somebody reads them.)
 */
export const jobScope = new AsyncLocalStorage<JobScope>();
