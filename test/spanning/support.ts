/** A stream in virtual time with a checkpoint directory, for tests that look into it while it runs. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DStreamsError, type SparkContext, StreamingContext } from "../../src/index.ts";
import { VirtualClock } from "../../src/testing.ts";
import { TemporaryDirectory } from "../product/support/temporary-directory.ts";

export interface Spanning extends AsyncDisposable {
  readonly ssc: StreamingContext;
  readonly directory: TemporaryDirectory;
  /** Runs batches, each a second; the stream has been started. */
  batches(count: number): Promise<void>;
  /** What the stream has reported, if anything. */
  error(): Promise<unknown>;
}

export function spanning(sc: SparkContext): Spanning {
  const clock = new VirtualClock();
  const ssc = new StreamingContext(sc, 1, { clock });
  const directory = new TemporaryDirectory();
  ssc.checkpoint(directory.path);
  return {
    ssc,
    directory,
    batches: count => clock.advance(count * 1000),
    error: () =>
      Promise.race([
        ssc.awaitTermination().catch((error: unknown): unknown => error),
        new Promise<void>(resolve => setImmediate(resolve)),
      ]),
    async [Symbol.asyncDispose]() {
      await ssc.stop({ stopSparkContext: false });
      directory[Symbol.dispose]();
    },
  };
}

/** The message of what `call` throws, or rejects with. */
export async function messageOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (error instanceof DStreamsError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Batch times, in seconds, of the states that an operator has in files, and the bytes of each. */
export function savedStates(directory: string, operator: string): Map<number, number> {
  // Beside it may be files of the test's own.
  const context = readdirSync(directory, { withFileTypes: true }).find(entry => entry.isDirectory());
  const base = join(directory, context?.name ?? "", operator);
  const size = (time: string): number => {
    try {
      return readdirSync(join(base, time)).reduce((sum, name) => sum + statSync(join(base, time, name)).size, 0);
    } catch {
      return 0; // just being removed
    }
  };
  return new Map(
    readdirSync(base)
      .map((time): [number, number] => [Number(time) / 1000, size(time)])
      .sort(([a], [b]) => a - b),
  );
}
