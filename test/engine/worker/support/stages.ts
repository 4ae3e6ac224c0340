/** Runs stage programs in this thread, on plain functions: the pipeline without threads and closures. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeBlock, decodeValue } from "../../../../src/codec/block.ts";
import { MemoryLedger } from "../../../../src/engine/tasks/memory.ts";
import type {
  BlockRef,
  CombineProgram,
  FlatNode,
  FnId,
  MapOutput,
  PartitionerProgram,
  Sink,
  SortProgram,
  TaskInput,
} from "../../../../src/engine/stages/protocol.ts";
import { BlockStore } from "../../../../src/engine/tasks/block-store.ts";
import { PartitionCache } from "../../../../src/engine/tasks/partition-cache.ts";
import { type Outcome, compileStage } from "../../../../src/engine/tasks/stage.ts";
import { TaskRun } from "../../../../src/engine/tasks/task-run.ts";
import type { Fn } from "../../../../src/plan/plan.ts";

let lastProgram = 0;

/** A place to compute in: memory, spill directory, cache, functions by id. */
export class Bench {
  readonly directory = mkdtempSync(join(tmpdir(), "dstreams-worker-test-"));
  readonly ledger: MemoryLedger;
  readonly store: BlockStore;
  readonly cache: PartitionCache;
  readonly #functions: Fn[] = [];

  constructor(memoryBytes = 1 << 28, cacheBytes = 1 << 28) {
    this.ledger = MemoryLedger.create(memoryBytes);
    this.store = new BlockStore(this.ledger, this.directory, 1);
    this.cache = new PartitionCache(cacheBytes);
  }

  fn(fn: Fn): FnId {
    return this.#functions.push(fn) - 1;
  }

  /** A source whose split is the list of its chunks. */
  source(): FlatNode {
    return { kind: "source", reader: this.fn((split: unknown) => split), site: "source at test.ts:1" };
  }

  asyncSource(): FlatNode {
    const reader = async function* (split: readonly unknown[]): AsyncGenerator<unknown> {
      for (const chunk of split) {
        await Promise.resolve();
        yield chunk;
      }
    };
    return { kind: "source", reader: this.fn(reader), site: "source at test.ts:1" };
  }

  step(op: string, fn: Fn, line: number, concurrency?: number): FlatNode {
    return {
      kind: "step",
      op,
      fn: this.fn(fn),
      site: `${op} at test.ts:${line}`,
      parent: line - 2,
      concurrency,
    } as unknown as FlatNode;
  }

  stage(nodes: readonly FlatNode[], sink: Sink): Stage {
    const run = compileStage({ programId: ++lastProgram, nodes, sink }, id => this.#functions[id] as Fn);
    return new Stage(this, async (input, partition) => {
      const task = new TaskRun(partition, this.store, this.cache, () => undefined);
      try {
        return { ...(await run(input, task)), task };
      } catch (error) {
        task.rollBack();
        throw error;
      } finally {
        await task.end();
      }
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export class Stage {
  readonly bench: Bench;
  readonly run: (input: TaskInput, partition: number) => Promise<Outcome & { task: TaskRun }>;

  constructor(bench: Bench, run: Stage["run"]) {
    this.bench = bench;
    this.run = run;
  }

  async records(input: TaskInput, partition = 0): Promise<unknown[]> {
    return decodeBlock((await this.run(input, partition)).value as Uint8Array);
  }

  async value(input: TaskInput, partition = 0): Promise<unknown> {
    return decodeValue((await this.run(input, partition)).value as Uint8Array);
  }

  async output(input: TaskInput, partition = 0): Promise<MapOutput> {
    return (await this.run(input, partition)).output as MapOutput;
  }
}

/** A split whose reader yields these chunks. */
export function chunked(records: readonly unknown[], size = 100): TaskInput {
  const chunks: unknown[][] = [];
  for (let i = 0; i < records.length; i += size) chunks.push(records.slice(i, i + size));
  return { kind: "split", split: chunks };
}

/** Part `r` of every map output, as a reduce task is given them. */
export function partsOf(outputs: readonly MapOutput[], r: number): TaskInput {
  const blocks: BlockRef[] = [];
  for (const { buffer, file, offsets } of outputs) {
    const [start, end] = [offsets[r] as number, offsets[r + 1] as number];
    if (start < end) blocks.push({ ...(buffer && { buffer }), ...(file !== undefined && { file }), start, end });
  }
  return { kind: "blocks", blocks };
}

export interface Shuffle {
  readonly partitioner: PartitionerProgram;
  readonly combine?: CombineProgram;
  readonly sort?: SortProgram;
}

/** A whole shuffle: every partition of records through the map side, then all reduce partitions. */
export async function shuffle(
  bench: Bench,
  partitions: readonly (readonly unknown[])[],
  how: Shuffle,
  chunk = 100,
): Promise<unknown[][]> {
  const { partitioner, combine, sort } = how;
  const map = bench.stage([bench.source()], {
    kind: "shuffleWrite",
    partitioner,
    site: "shuffle at test.ts:2",
    ...(combine && { combine }),
  });
  const reduce = bench.stage(
    [{ kind: "shuffleRead", site: "shuffle at test.ts:2", ...(combine && { combine }), ...(sort && { sort }) }],
    { kind: "collect" },
  );
  const outputs: MapOutput[] = [];
  for (const [i, records] of partitions.entries()) outputs.push(await map.output(chunked(records, chunk), i));
  const results: unknown[][] = [];
  for (let r = 0; r < partitioner.n; r++) results.push(await reduce.records(partsOf(outputs, r), r));
  return results;
}
