/** A worker program for tests: the command of a task says, in words, what the task does. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { getHeapStatistics } from "node:v8";
import { start } from "../../../src/engine/spark/worker/start.ts";
import { type IncomingTask, type RunTask, TaskFailed } from "../../../src/engine/spark/worker/task.ts";

type Parts = readonly Uint8Array[];

async function* echo(input: AsyncIterable<Buffer[]>): AsyncGenerator<Parts> {
  for await (const batch of input) for (const frame of batch) yield [frame];
}

/** 200 frames of 1 MiB, made without a pause; the last frame says how much memory the process ever had, in KiB. */
function* much(): Generator<Parts> {
  for (let frame = 0; frame < 200; frame++) yield [Buffer.alloc(1 << 20, frame)];
  yield [Buffer.from(String(process.resourceUsage().maxRSS))];
}

function* thrower(): Generator<Parts> {
  yield [Buffer.from("before")];
  throw new RangeError("thrown between frames");
}

async function batchesOf(input: AsyncIterable<Buffer[]>, most: number): Promise<Buffer[]> {
  const frames: Buffer[] = [];
  for await (const batch of input) {
    frames.push(...batch);
    if (--most === 0) break;
  }
  return frames;
}

const tasks: Record<
  string,
  (task: IncomingTask, argument: string) => Iterable<Parts> | AsyncIterable<Parts> | Promise<Iterable<Parts>>
> = {
  echo: task => echo(task.input),
  much,
  thrower,
  "count parts": () => [
    [Buffer.from("a"), Buffer.alloc(0), Buffer.from("bc")],
    [],
    [Buffer.alloc(100_000, "x"), Buffer.from("y")],
  ],
  ignore: () => [],
  "one batch": async task => (await batchesOf(task.input, 1)).map(frame => [frame]),
  "two loops": async task =>
    [await batchesOf(task.input, 1), await batchesOf(task.input, Infinity)].flat().map(frame => [frame]),
  broadcast: (task, id) => [[task.broadcasts.get(Number(id))]],
  describe: ({ partition, stageId, attempt, taskAttemptId, localProperties, filesDirectory }) => [
    [Buffer.from(JSON.stringify({ partition, stageId, attempt, taskAttemptId, localProperties, filesDirectory }))],
  ],
  "process id": () => [[Buffer.from(String(process.pid))]],
  "heap limit": () => [[Buffer.from(String(getHeapStatistics().heap_size_limit))]],
  print: (_, text) => {
    console.log(text);
    return [];
  },
  fail: (_, text) => {
    throw new TaskFailed(text);
  },
  stray: async (_, text) => {
    void Promise.reject(new Error(text));
    return new Promise(() => setInterval(() => {}, 1000));
  },
  exit: async (task, code) => {
    // Spark 3.5 looks for the note only where the connection ends in order, which it does not with something unread in it.
    await batchesOf(task.input, Infinity);
    process.exit(Number(code));
  },
  /** Computes for ever, and says so with a file in the folder, if there is one. */
  spin: (_, folder) => {
    if (folder !== "") writeFileSync(join(folder, `spins-${process.pid}`), "");
    for (;;);
  },
};

/** Counts what it passes on, so that it has its updates only at the end. */
const runTask: RunTask = async task => {
  const [name = "", argument = ""] = task.command.toString().split(": ");
  const frames = await tasks[name]?.(task, argument);
  if (frames === undefined) throw new Error(`no task ${name}`);
  let count = 0;
  async function* counted(): AsyncGenerator<Parts> {
    for await (const frame of frames ?? []) {
      count++;
      yield frame;
    }
  }
  return {
    frames: name.startsWith("count ") ? counted() : frames,
    get updates() {
      return count === 0 ? [] : [Buffer.from(`${count} frames`), Buffer.alloc(0)];
    },
  };
};

await start(import.meta.url, async () => {
  if (process.env["TEST_CANNOT_START"] !== undefined) throw new Error("This worker cannot start.");
  return runTask;
});
