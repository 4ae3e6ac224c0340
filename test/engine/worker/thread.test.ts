/** A real worker over the protocol: results, failures and what survives them. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { decodeBlock, decodeValue, encodeValue } from "../../../src/codec/block.ts";
import { travelsAs } from "../../../src/closure/travel.ts";
import type { FlatNode, TaskFailure, TaskInput } from "../../../src/engine/stages/protocol.ts";
import { TaskContext } from "../../../src/engine/task-context.ts";
import { type Done, Thread } from "./support/thread.ts";

const input = (...chunks: unknown[][]): TaskInput => ({ kind: "split", split: chunks });
const records = (done: Done): unknown[] => decodeBlock(done.value as Uint8Array);
const value = (done: Done): unknown => decodeValue(done.value as Uint8Array);

function source(thread: Thread): FlatNode {
  return { kind: "source", reader: thread.fn((split: never) => split), site: "parallelize at app.ts:1" };
}

function step(thread: Thread, op: string, fn: (...args: never[]) => unknown, parent = 0): FlatNode {
  return {
    kind: "step",
    op,
    fn: thread.fn(fn),
    site: `${op} at app.ts:${parent + 2}`,
    parent,
    concurrency: 4,
  } as FlatNode;
}

function userFailure(failure: TaskFailure): Extract<TaskFailure, { kind: "user" }> {
  assert.equal(failure.kind, "user", JSON.stringify(failure));
  return failure as Extract<TaskFailure, { kind: "user" }>;
}

test("one worker runs task after task, and goes on after failures", async () => {
  await using thread = new Thread();
  const factor = 3;
  const times = thread.program([source(thread), step(thread, "map", (x: number) => x * factor)], { kind: "collect" });
  const fails = thread.program(
    [
      source(thread),
      step(thread, "map", (x: number) => x + 1),
      step(
        thread,
        "map",
        (x: number) => {
          if (x === 3) throw new RangeError("three is too many");
          return x;
        },
        1,
      ),
    ],
    { kind: "count" },
  );
  const answers = await Promise.all([
    thread.done(times, input([1, 2], [3])),
    thread.failed(fails, input([1, 2], [3])),
    thread.done(times, input([])),
  ]);
  assert.deepEqual(records(answers[0]), [3, 6, 9]);
  assert.deepEqual(records(answers[2]), []);
  const failure = userFailure(answers[1]);
  assert.equal(failure.site, "map at app.ts:3");
  assert.equal(failure.record, "3");
  assert.equal(failure.error.name, "RangeError");
  assert.equal(failure.error.message, "three is too many");
  assert.match(failure.error.stack ?? "", /thread\.test\.ts/);
  assert.doesNotMatch(failure.error.stack ?? "", /dstreams-stage|engine\/(local|tasks)\//);
});

test("whatever a function throws arrives, with a harmless rendering of the record", async () => {
  await using thread = new Thread();
  const failing = async (
    fn: (record: never) => unknown,
    ...chunk: unknown[]
  ): Promise<Extract<TaskFailure, { kind: "user" }>> =>
    userFailure(
      await thread.failed(thread.program([source(thread), step(thread, "map", fn)], { kind: "collect" }), input(chunk)),
    );
  const thrown = await failing(() => {
    throw "just a string";
  }, "x".repeat(50_000_000));
  assert.equal(thrown.error.value, '"just a string"');
  assert.ok((thrown.record ?? "").length <= 121);
  const overflow = await failing((x: never) => {
    const down = (n: number): number => down(n + 1) + 1;
    return down(x);
  }, 1);
  assert.match(overflow.error.message, /Maximum call stack/);
  assert.equal(overflow.record, "1");
  const hostile = await failing(
    () => {
      const error = new Error("hidden");
      Object.defineProperty(error, "message", {
        get() {
          throw new Error("gotcha");
        },
      });
      throw error;
    },
    { a: [1, { b: undefined }] },
  );
  assert.equal(hostile.record, "{a: [1, {b: undefined}]}");
  const caused = await failing(() => {
    throw new Error("outer", { cause: new TypeError("inner") });
  }, null);
  assert.equal(caused.error.cause?.message, "inner");
});

test("results that are not iterable are explained", async () => {
  await using thread = new Thread();
  const message = async (op: string, fn: (...args: never[]) => unknown): Promise<string> =>
    userFailure(
      await thread.failed(thread.program([source(thread), step(thread, op, fn)], { kind: "collect" }), input([1])),
    ).error.message;
  assert.match(await message("flatMap", () => 5), /returned 5, where an iterable/);
  assert.match(await message("flatMap", async () => [5]), /Promise.*async/);
  assert.match(await message("flatMap", () => undefined), /returned undefined/);
  assert.match(await message("partitions", () => 5), /returned 5, where an iterable of records/);
  assert.match(await message("mapValues", () => 5), /must be a pair \[key, value\], but it is a number/);
});

test("the innermost operator is blamed, also through user code that catches", async () => {
  await using thread = new Thread();
  const inner = step(thread, "map", (x: number) => {
    if (x === 2) throw new Error("no two");
    return x;
  });
  const rethrows = step(
    thread,
    "partitions",
    function* (_: number, all: Iterable<number>) {
      yield* all;
    },
    1,
  );
  const failure = userFailure(
    await thread.failed(thread.program([source(thread), inner, rethrows], { kind: "collect" }), input([1, 2])),
  );
  assert.equal(failure.site, "map at app.ts:2");
  const catches = step(
    thread,
    "partitions",
    (_: number, all: Iterable<number>) => {
      try {
        return [...all];
      } catch (error) {
        return [(error as Error).message];
      }
    },
    1,
  );
  const done = await thread.done(thread.program([source(thread), inner, catches], { kind: "collect" }), input([1, 2]));
  assert.deepEqual(records(done), ["no two"]);
});

test("rejections fail the task, awaited or not", async () => {
  await using thread = new Thread();
  const awaited = thread.program(
    [source(thread), step(thread, "mapAsync", async (x: number) => Promise.reject(new Error(`no ${x}`)))],
    {
      kind: "count",
    },
  );
  const failure = userFailure(await thread.failed(awaited, input([1, 2])));
  assert.deepEqual([failure.error.message, failure.record, failure.site], ["no 1", "1", "mapAsync at app.ts:2"]);
  const stray = thread.fn(() => void Promise.reject(new Error("nobody waits")));
  const floating = await thread.failed(
    thread.program([source(thread)], { kind: "foreach", fn: stray, site: "foreach" }),
    input([1]),
  );
  assert.match(JSON.stringify(floating), /nobody waits/);
  const fine = thread.program([source(thread)], { kind: "count" });
  assert.equal(value(await thread.done(fine, input([1]))), 1);
});

test("broadcasts, accumulators and the task's context", async () => {
  await using thread = new Thread();
  thread.post({ type: "broadcast", id: 4, bytes: encodeValue({ limit: 10 }) });
  const settings = { value: { limit: 0 }, [travelsAs]: { kind: "broadcast", id: 4 } };
  const total = { value: 0, add(_: number) {}, [travelsAs]: { kind: "accumulator", id: 9 } };
  const add = step(thread, "map", (x: number) => {
    total.add(x);
    return [x + settings.value.limit, TaskContext.get()?.partitionId(), TaskContext.get()?.attemptNumber()];
  });
  const done = await thread.done(thread.program([source(thread), add], { kind: "collect" }), input([1, 2]), 3);
  assert.deepEqual(records(done), [
    [11, 3, 2],
    [12, 3, 2],
  ]);
  const terms = done.accumulated.map(([id, term]) => [id, decodeValue(term)]);
  assert.deepEqual(
    terms.reduce((sum, [, term]) => sum + (term as number), 0),
    3,
  );
  const reads = thread.program([source(thread), step(thread, "map", () => total.value)], { kind: "collect" });
  assert.match(
    JSON.stringify(await thread.failed(reads, input([1]))),
    /Accumulator\.value cannot be accessed inside tasks/,
  );
});

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
  twice(): number {
    return this.x * 2;
  }
}

test("instances of the user's classes are records", async () => {
  await using thread = new Thread();
  const make = step(thread, "map", (x: number) => [x % 2, new Point(x)]);
  const map = thread.program([source(thread), make], {
    kind: "shuffleWrite",
    partitioner: { kind: "hash", n: 1 },
    site: "partitionBy",
  });
  const { output } = await thread.done(map, input([1, 2, 3]));
  const read: FlatNode = { kind: "shuffleRead", site: "partitionBy" };
  const use = step(thread, "map", ([, point]: [number, Point]) => point.twice());
  const reduce = thread.program([read, use], { kind: "collect" });
  const block = { buffer: output?.buffer as SharedArrayBuffer, start: 0, end: output?.offsets[1] as number };
  assert.deepEqual(records(await thread.done(reduce, { kind: "blocks", blocks: [block] })), [2, 4, 6]);
});

test("a cancelled task ends between two chunks; one that waits ends at once", async () => {
  await using thread = new Thread();
  const endless = thread.fn(function* () {
    for (;;) yield [1];
  });
  const busy = thread.program([{ kind: "source", reader: endless, site: "endless" }], { kind: "count" });
  const first = thread.task(busy, { kind: "split", split: 0 });
  thread.post({ type: "cancel", taskId: 1 });
  assert.deepEqual(await first, { type: "failed", taskId: 1, failure: { kind: "cancelled" } });
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const hanging = thread.fn(async function* (signal: Int32Array) {
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
    await new Promise(() => {});
    yield [];
  });
  const waiting = thread.program([{ kind: "source", reader: hanging, site: "hanging" }], { kind: "count" });
  const second = thread.task(waiting, { kind: "split", split: begun });
  const third = thread.task(busy, { kind: "split", split: 0 });
  await Atomics.waitAsync(begun, 0, 0).value;
  thread.post({ type: "cancel", taskId: 3 });
  thread.post({ type: "cancel", taskId: 2 });
  assert.deepEqual(await second, { type: "failed", taskId: 2, failure: { kind: "cancelled" } });
  assert.deepEqual(await third, { type: "failed", taskId: 3, failure: { kind: "cancelled" } });
});

test("where code generation is forbidden, none is tried", async () => {
  const module = new URL("../../../src/engine/tasks/make-loop.ts", import.meta.url).href;
  const script = `import(${JSON.stringify(module)}).then(({ canGenerate }) => console.log(canGenerate()))`;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ["--disallow-code-generation-from-strings", "-e", script]);
  assert.equal(stdout, "false\n");
});
