/**
 * The worker half of the engine alone, in one thread and without messages: stage programs against the loop one would write.
 *
 *     node bench/engine-worker.ts            prints the ratios
 *     node bench/engine-worker.ts words …    is one contestant
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeValue, encodeValue } from "../src/codec/block.ts";
import { MemoryLedger } from "../src/engine/tasks/memory.ts";
import type { BlockRef, FlatNode, MapOutput, Sink, TaskInput } from "../src/engine/stages/protocol.ts";
import { BlockStore } from "../src/engine/tasks/block-store.ts";
import { PartitionCache } from "../src/engine/tasks/partition-cache.ts";
import { type Outcome, compileStage } from "../src/engine/tasks/stage.ts";
import { TaskRun } from "../src/engine/tasks/task-run.ts";
import type { Fn } from "../src/plan/plan.ts";
import { rangeReader, rangeSplits } from "../src/sources/collection.ts";
import { textFileSplits } from "../src/sources/text-file.ts";
import { textReader } from "../src/sources/text-reader.ts";
import { realText, syntheticWords } from "./data.ts";
import { type Comparison, alternate, printTable, seconds } from "./harness.ts";

const functions: Fn[] = [];
const fn = (f: Fn): number => functions.push(f) - 1;
let programs = 0;

/** One thread's worth of engine. */
class Thread {
  readonly directory = mkdtempSync(join(tmpdir(), "dstreams-bench-"));
  readonly store = new BlockStore(MemoryLedger.create(1 << 30), this.directory, 1);
  readonly cache = new PartitionCache(1 << 28);

  stage(nodes: readonly FlatNode[], sink: Sink): (input: TaskInput) => Promise<Outcome> {
    const run = compileStage({ programId: ++programs, nodes, sink }, id => functions[id] as Fn);
    return async input => {
      const task = new TaskRun(0, this.store, this.cache, () => undefined);
      const outcome = await run(input, task);
      await task.end();
      return outcome;
    };
  }
}

function steps(reader: Fn, ...list: readonly [op: "map" | "filter" | "flatMap", f: Fn][]): FlatNode[] {
  const source: FlatNode = { kind: "source", reader: fn(reader), site: "source" };
  return [source, ...list.map(([op, f], i): FlatNode => ({ kind: "step", op, fn: fn(f), site: op, parent: i }))];
}

async function words(thread: Thread, path: string, n: number): Promise<unknown> {
  const splits = await textFileSplits(path, n);
  const combine = { kind: "reduce", fn: fn((a: number, b: number) => a + b), site: "reduceByKey" } as const;
  const nodes = steps(
    textReader(),
    ["flatMap", (line: string) => line.split(" ")],
    ["map", (word: string) => [word, 1]],
  );
  const map = thread.stage(nodes, {
    kind: "shuffleWrite",
    partitioner: { kind: "hash", n },
    combine,
    site: "reduceByKey",
  });
  const outputs: MapOutput[] = [];
  for (const split of splits) outputs.push((await map({ kind: "split", split })).output as MapOutput);
  const reduce = thread.stage([{ kind: "shuffleRead", combine, site: "reduceByKey" }], {
    kind: "fold",
    zero: encodeValue([0, 0, 0]),
    fn: fn((t: number[], [, count]: [string, number]) => [
      (t[0] ?? 0) + 1,
      (t[1] ?? 0) + count,
      Math.max(t[2] ?? 0, count),
    ]),
    site: "aggregate",
  });
  const total = [0, 0, 0];
  for (let r = 0; r < n; r++) {
    const blocks = outputs.map(
      (output): BlockRef => ({
        ...(output.buffer && { buffer: output.buffer }),
        ...(output.file !== undefined && { file: output.file }),
        start: output.offsets[r] ?? 0,
        end: output.offsets[r + 1] ?? 0,
      }),
    );
    const [size, sum, most] = decodeValue((await reduce({ kind: "blocks", blocks })).value as Uint8Array) as [
      number,
      number,
      number,
    ];
    total[0] = (total[0] ?? 0) + size;
    total[1] = (total[1] ?? 0) + sum;
    total[2] = Math.max(total[2] ?? 0, most);
  }
  for (const output of outputs) thread.store.discard(output);
  return total;
}

async function sum(
  thread: Thread,
  count: number,
  ...list: readonly [op: "map" | "filter" | "flatMap", f: Fn][]
): Promise<unknown> {
  const run = thread.stage(steps(rangeReader(), ...list), {
    kind: "fold",
    zero: encodeValue(0),
    fn: fn((a: number, b: number) => a + b),
    site: "sum",
  });
  const [split] = rangeSplits(0, count, 1, 1);
  return decodeValue((await run({ kind: "split", split })).value as Uint8Array);
}

async function otherPipelines(thread: Thread): Promise<void> {
  const n = 200_000;
  await sum(
    thread,
    n,
    ["map", (x: number) => `${x}`],
    ["filter", (s: string) => s.length > 2],
    ["map", (s: string) => s.length],
  );
  await sum(thread, n, ["map", (x: number) => [x, x]], ["map", (p: number[]) => (p[0] ?? 0) + (p[1] ?? 0)]);
  await sum(
    thread,
    n,
    ["filter", (x: number) => x % 3 === 0],
    ["map", (x: number) => ({ x })],
    ["map", (o: { x: number }) => o.x],
  );
  await sum(thread, n, ["map", (x: number) => x / 2], ["map", (x: number) => x + 0.5], ["map", (x: number) => x * 2]);
  await sum(
    thread,
    n,
    ["flatMap", (x: number) => [x, -x]],
    ["map", (x: number) => x + 1],
    ["filter", (x: number) => x > 0],
  );
  await sum(thread, n, ["map", (x: number) => BigInt(x)], ["filter", (b: bigint) => b > 10n], ["map", Number]);
  await sum(
    thread,
    n,
    ["map", (x: number) => (x % 2 === 0 ? x : `${x}`)],
    ["filter", (x: unknown) => typeof x === "number"],
  );
  await sum(thread, n, ["map", (x: number) => x & 7], ["filter", (x: number) => x > 1], ["map", (x: number) => x - 1]);
}

async function contestant(what: string | undefined, path = ""): Promise<void> {
  const thread = new Thread();
  const times: number[] = [];
  let check: unknown;
  if (what === "numbers") await otherPipelines(thread);
  for (let i = 0; i < (what === "numbers" ? 5 : 3); i++) {
    const start = performance.now();
    check =
      what === "numbers"
        ? await sum(
            thread,
            10_000_000,
            ["map", (x: number) => x * 3],
            ["filter", (y: number) => y % 2 === 0],
            ["map", (y: number) => y + 1],
          )
        : await words(thread, path, 2);
    times.push((performance.now() - start) / 1000);
  }
  rmSync(thread.directory, { recursive: true, force: true });
  console.log(JSON.stringify({ seconds: times.slice(1), check }));
}

async function compareAll(): Promise<void> {
  const node = process.execPath;
  const here = fileURLToPath(import.meta.url);
  const peer = (name: string): string => fileURLToPath(new URL(`./peers/${name}`, import.meta.url));
  const rows: Comparison[] = [];
  const compare = async (
    workload: string,
    goal: string,
    ours: readonly string[],
    theirs: readonly string[],
  ): Promise<void> => {
    const [our, their] = await alternate(
      [
        { name: "ours", command: [node, here, ...ours] },
        { name: "hand loop", command: [node, ...theirs] },
      ],
      3,
    );
    const ratio = (their?.seconds ?? 0) / (our?.seconds ?? 1);
    rows.push({
      workload,
      goal,
      ours: seconds(our?.seconds ?? 0),
      peer: seconds(their?.seconds ?? 0),
      ratio: ratio.toFixed(2),
    });
  };
  const real = await realText(50);
  await compare("words, real text, 50 MB", ">= 1.0", ["words", real], [peer("words-loop.mjs"), real]);
  const few = await syntheticWords(50, 10_000);
  await compare("words, 10 k distinct, 50 MB", ">= 1.0", ["words", few], [peer("words-loop.mjs"), few]);
  const many = await syntheticWords(50, 1_000_000);
  await compare("words, 1 M distinct, 50 MB", ">= 2.0", ["words", many], [peer("words-loop.mjs"), many]);
  await compare("numbers, 8 pipelines before", ">= 0.9", ["numbers"], [peer("numbers-loop.mjs")]);
  printTable(rows);
}

if (process.argv[2] === undefined) await compareAll();
else await contestant(process.argv[2], process.argv[3]);
