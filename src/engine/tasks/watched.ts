/** Streams as the engine opens them for a task: errors are blamed on their operator, and cancellation is looked for. */
import { type Chunks, isPromise } from "./chunks.ts";
import { blame } from "./failures.ts";
import type { TaskRun } from "./task-run.ts";

/** Calls a user's function that is called once for a partition. */
export function called<R>(call: () => R, site: string): R {
  let result: R;
  try {
    result = call();
  } catch (error) {
    throw blame(error, site);
  }
  if (!isPromise(result)) return result;
  return result.catch((error: unknown) => {
    throw blame(error, site);
  }) as R;
}

/** A stream at the beginning of a pipeline: between its chunks the task looks whether it is still wanted. */
export function watchedChunks<C>(open: () => Chunks<C>, site: string, task: TaskRun): Chunks<C> {
  const fail = (error: unknown): never => {
    throw blame(error, site);
  };
  const source = called(open, site);
  task.onEnd(() => source.close());
  return {
    async: source.async,
    next() {
      task.checkpoint();
      try {
        const chunk = source.next();
        return isPromise(chunk) ? chunk.catch(fail) : chunk;
      } catch (error) {
        return fail(error);
      }
    },
    close: () => source.close(),
  };
}
