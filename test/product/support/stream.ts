/** A stream as a user has it, on real workers, in virtual time; and what a test asks of it again and again. */
import assert from "node:assert/strict";
import { after } from "node:test";
import { DStreamsError, Milliseconds, SparkConf, SparkContext, StreamingContext } from "../../../src/index.ts";
import type { ErrorCode } from "../../../src/index.ts";
import { VirtualClock } from "../../../src/testing.ts";

export interface StreamUnderTest extends AsyncDisposable {
  readonly ssc: StreamingContext;
  readonly clock: VirtualClock;
  /** Runs the next batches to their end. */
  batches(count: number): Promise<void>;
}

/** A context whose log is silent: errors are what these tests are about. */
export function newContext(master: string, settings: Record<string, string> = {}): SparkContext {
  const sc = new SparkContext(new SparkConf(false).setMaster(master).setAppName("product tests").setAll(settings));
  sc.setLogLevel("OFF");
  return sc;
}

/** One for all tests of a file, since there can be one at a time and it takes a moment to start. */
export function sharedContext(master: string): () => SparkContext {
  let context: SparkContext | undefined;
  after(() => context?.stop());
  return () => (context ??= newContext(master));
}

/** Batches of a second, beginning at 0, or at another time in ms. */
export function newStream(sc: SparkContext, start = 0): StreamUnderTest {
  const clock = new VirtualClock(start);
  const ssc = new StreamingContext(sc, Milliseconds(1000), { clock });
  return {
    ssc,
    clock,
    batches: count => clock.advance(count * 1000),
    [Symbol.asyncDispose]: () => ssc.stop({ stopSparkContext: false }),
  };
}

/** What `awaitTermination` rejects with; the stream must have failed. */
export async function errorOf(ssc: StreamingContext): Promise<DStreamsError> {
  const pending = new Promise<never>((_, reject) =>
    setImmediate(reject, new Error("the stream has reported no error")),
  );
  const error: unknown = await Promise.race([ssc.awaitTermination(), pending]).then(
    () => assert.fail("the stream was stopped without an error"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DStreamsError, `not one of the coded errors: ${String(error)}`);
  return error;
}

/** No batch may have failed. */
export async function assertHealthy(ssc: StreamingContext): Promise<void> {
  await Promise.race([ssc.awaitTermination(), new Promise<void>(resolve => setImmediate(resolve))]);
}

/** The promise must reject with that code, and a message that matches. */
export async function rejectsWith(promise: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(promise, error => {
    assert.ok(error instanceof DStreamsError, `not one of the coded errors: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}
