/** Kept partitions: where they go at every level, and that they are computed once. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { decodeBlock } from "../../../src/codec/block.ts";
import type { BlockRef, FlatNode, PlainLevel, TaskInput } from "../../../src/engine/stages/protocol.ts";
import { MissingPartition } from "../../../src/engine/tasks/failures.ts";
import { StorageLevel } from "../../../src/engine/storage-level.ts";
import { Resident, ResidentLost } from "../../../src/plan/resident.ts";
import { Bench, type Stage, chunked } from "./support/stages.ts";

const records = Array.from({ length: 1000 }, (_, i) => `record ${i}`);

interface Kept {
  readonly stage: Stage;
  readonly computed: () => number;
}

/** A stage that keeps its source's records, and counts how often these are computed. */
function keeping(bench: Bench, level: PlainLevel, source = bench.source()): Kept {
  let computed = 0;
  const count = bench.fn((record: unknown) => (computed++, record));
  const nodes: FlatNode[] = [
    source,
    { kind: "step", op: "map", fn: count, site: "map at test.ts:2", parent: 0 },
    { kind: "persist", level, parent: 1 },
  ];
  return { stage: bench.stage(nodes, { kind: "collect" }), computed: () => computed };
}

function persisted(
  nodeId: number,
  options: { partition?: number; block?: BlockRef; input?: TaskInput } = {},
): TaskInput {
  const { partition = 0, ...rest } = options;
  return { kind: "persisted", nodeId, partition, ...rest };
}

async function runTwice(
  bench: Bench,
  level: PlainLevel,
  source?: FlatNode,
): Promise<{ kept: unknown[]; dropped: unknown[]; computed: number }> {
  const { stage, computed } = keeping(bench, level, source);
  const first = await stage.run(persisted(1, { input: chunked(records) }), 0);
  assert.deepEqual(decodeBlock(first.value as Uint8Array), records);
  const [kept] = first.task.kept;
  const again = persisted(1, { input: chunked(records), ...(kept?.block && { block: kept.block }) });
  assert.deepEqual(await stage.records(again), records);
  return { kept: first.task.kept, dropped: first.task.dropped, computed: computed() };
}

for (const source of ["sync", "async"] as const) {
  const make = (bench: Bench): FlatNode => (source === "sync" ? bench.source() : bench.asyncSource());

  test(`values in the heap are computed once, from a ${source} source`, async () => {
    using bench = new Bench();
    assert.deepEqual(await runTwice(bench, StorageLevel.MEMORY_ONLY, make(bench)), {
      kept: [{ nodeId: 1, partition: 0 }],
      dropped: [],
      computed: 1000,
    });
  });

  test(`serialized and disk levels make blocks, from a ${source} source`, async () => {
    using bench = new Bench();
    const memory = await runTwice(bench, StorageLevel.MEMORY_ONLY_SER, make(bench));
    assert.equal(memory.computed, 1000);
    assert.ok((memory.kept as { block?: BlockRef }[])[0]?.block?.buffer);
    assert.deepEqual(readdirSync(bench.directory), []);
    const disk = await runTwice(bench, StorageLevel.DISK_ONLY, make(bench));
    assert.equal(disk.computed, 1000);
    assert.ok((disk.kept as { block?: BlockRef }[])[0]?.block?.file);
  });

  test(`more than the budget: memory only is not kept, memory and disk goes to disk, from a ${source} source`, async () => {
    using bench = new Bench(0, 5000);
    assert.deepEqual(await runTwice(bench, StorageLevel.MEMORY_ONLY, make(bench)), {
      kept: [],
      dropped: [{ nodeId: 1, partition: 0 }],
      computed: 2000,
    });
    assert.deepEqual(readdirSync(bench.directory), []);
    const disk = await runTwice(bench, StorageLevel.MEMORY_AND_DISK, make(bench));
    assert.equal(disk.computed, 1000);
    assert.equal((disk.kept as unknown[]).length, 1);
    const serialized = await runTwice(bench, StorageLevel.MEMORY_ONLY_SER, make(bench));
    assert.deepEqual([serialized.kept, serialized.computed], [[], 2000]);
    assert.equal(readdirSync(bench.directory).length, 1);
  });
}

test("the least recently used partition of another RDD leaves first; one's own never does", async () => {
  using bench = new Bench(1 << 20, 90_000);
  const { stage } = keeping(bench, StorageLevel.MEMORY_ONLY);
  const keep = async (nodeId: number, partition: number): Promise<{ kept: unknown[]; dropped: unknown[] }> => {
    const { task } = await stage.run(persisted(nodeId, { partition, input: chunked(records) }), partition);
    return { kept: task.kept, dropped: task.dropped };
  };
  await keep(1, 0);
  await keep(2, 0);
  await keep(1, 0);
  assert.deepEqual(await keep(3, 0), { kept: [{ nodeId: 3, partition: 0 }], dropped: [{ nodeId: 2, partition: 0 }] });
  await keep(3, 1);
  assert.deepEqual((await keep(3, 2)).dropped, [{ nodeId: 3, partition: 2 }]);
});

test("a partition that is not here and cannot be computed is reported missing", async () => {
  using bench = new Bench();
  const { stage } = keeping(bench, StorageLevel.MEMORY_ONLY);
  await assert.rejects(
    stage.run(persisted(5), 0),
    (error: unknown) => error instanceof MissingPartition && error.nodeId === 5,
  );
});

test("a task that fails leaves no block behind; what it kept in the heap is there for the next attempt", async () => {
  for (const level of [StorageLevel.MEMORY_ONLY, StorageLevel.MEMORY_ONLY_SER, StorageLevel.DISK_ONLY]) {
    using bench = new Bench();
    const fails = bench.fn(() => {
      throw new Error("no");
    });
    const nodes: FlatNode[] = [
      bench.source(),
      { kind: "persist", level, parent: 0 },
      { kind: "step", op: "map", fn: fails, site: "map", parent: 1 },
    ];
    await assert.rejects(bench.stage(nodes, { kind: "count" }).run(persisted(1, { input: chunked(records) }), 0), /no/);
    assert.equal(bench.cache.get(1, 0) !== undefined, level === StorageLevel.MEMORY_ONLY);
    assert.equal(bench.ledger.used, 0);
    assert.deepEqual(readdirSync(bench.directory), []);
  }
});

test("what a consumer does with collected records does not reach the kept ones", async () => {
  using bench = new Bench();
  const { stage } = keeping(bench, StorageLevel.MEMORY_ONLY);
  const wreck = bench.fn((_: number, all: Iterable<unknown>) => {
    const own = [...all];
    own.length = 0;
    return own;
  });
  const nodes: FlatNode[] = [
    { kind: "persist", level: StorageLevel.MEMORY_ONLY },
    { kind: "step", op: "partitions", fn: wreck, site: "mapPartitions", parent: 0 },
  ];
  await stage.run(persisted(1, { input: chunked(records) }), 0);
  assert.deepEqual(await bench.stage(nodes, { kind: "collect" }).records(persisted(1)), []);
  assert.deepEqual(await stage.records(persisted(1)), records);
});

/** A state of some records, which another may take over. */
class Table extends Resident {
  readonly rows: readonly unknown[];
  taken = false;

  constructor(rows: readonly unknown[]) {
    super();
    this.rows = rows;
  }

  override get isValid(): boolean {
    return !this.taken;
  }

  override get bytes(): number {
    return this.taken ? 0 : 100 * this.rows.length;
  }

  override *toChunks(): Generator<readonly unknown[]> {
    if (this.taken) throw new ResidentLost(this);
    yield this.rows.slice(0, 2);
    yield this.rows.slice(2);
  }
}

/** A stage that keeps one table a partition, made by `make` of the records that come in. */
function tables(bench: Bench, level: PlainLevel, make: (records: readonly unknown[]) => Table): Stage {
  const fn = bench.fn((_: number, incoming: Iterable<unknown>) => [make([...incoming])]);
  const nodes: FlatNode[] = [
    bench.source(),
    { kind: "step", op: "partitions", fn, site: "state at test.ts:2", parent: 0 },
    { kind: "persist", level, parent: 1 },
  ];
  return bench.stage(nodes, { kind: "count" });
}

test("a state stays in the heap as it is; one that has been taken over is reported as dropped, and computed again", async () => {
  using bench = new Bench();
  const made: Table[] = [];
  const stage = tables(bench, StorageLevel.MEMORY_AND_DISK, rows => {
    const table = new Table(rows);
    for (const before of made) before.taken = true;
    made.push(table);
    return table;
  });
  const first = await stage.run(persisted(1, { input: chunked([1, 2, 3]) }), 0);
  assert.deepEqual([first.task.kept, first.task.dropped], [[{ nodeId: 1, partition: 0 }], []]);
  const second = await stage.run(persisted(2, { input: chunked([1, 2, 3]) }), 0);
  assert.deepEqual(
    [second.task.kept, second.task.dropped],
    [[{ nodeId: 2, partition: 0 }], [{ nodeId: 1, partition: 0 }]],
  );
  await stage.run(persisted(2, { input: chunked([1, 2, 3]) }), 0);
  assert.equal(made.length, 2);
  (made[1] as Table).taken = true;
  await stage.run(persisted(2, { input: chunked([1, 2, 3]) }), 0);
  assert.equal(made.length, 3);
});

test("a state that does not fit is written as its records; one that was taken over makes room and is not written", async () => {
  using bench = new Bench(1 << 28, 1000);
  const rows = (n: number): unknown[] => Array.from({ length: n }, (_, i) => i);
  const made: Table[] = [];
  const stage = tables(bench, StorageLevel.MEMORY_AND_DISK, all => {
    made.push(new Table(all));
    return made.at(-1) as Table;
  });
  const large = await stage.run(persisted(1, { input: chunked(rows(20)) }), 0);
  assert.notEqual(large.task.kept[0]?.block?.file, undefined);
  const back = bench.stage([{ kind: "persist", level: StorageLevel.MEMORY_AND_DISK }], { kind: "collect" });
  const block = large.task.kept[0]?.block as BlockRef;
  assert.deepEqual(await back.records(persisted(1, { block })), rows(20));
  // Two of 800 bytes do not fit together, unless the first one is taken.
  await stage.run(persisted(2, { input: chunked(rows(8)) }), 0);
  (made.at(-1) as Table).taken = true;
  const next = await stage.run(persisted(3, { input: chunked(rows(8)) }), 0);
  assert.deepEqual([next.task.kept, next.task.dropped], [[{ nodeId: 3, partition: 0 }], [{ nodeId: 2, partition: 0 }]]);
  const other = await stage.run(persisted(4, { input: chunked(rows(8)) }), 0);
  assert.deepEqual(
    other.task.kept.map(({ nodeId, block: on }) => [nodeId, on?.file !== undefined]),
    [
      [4, false],
      [3, true],
    ],
  );
});
