import assert from "node:assert/strict";
import { threadId } from "node:worker_threads";
import { describe, test } from "node:test";
import { travelsAs } from "../../../src/closure/travel.ts";
import type { Action } from "../../../src/engine/engine.ts";
import { StorageLevel } from "../../../src/engine/storage-level.ts";
import { nextNodeId } from "../../../src/plan/plan.ts";
import { collect, jobOf, withEngine } from "./engines.ts";
import { Marks, dieOnce, mark } from "./marks.ts";
import { aligned, coalesceToOne, range, reduceByKey, shuffle, source, step, union, zip } from "./plans.ts";

const add = (a: number, b: number): number => a + b;

describe("jobs on worker threads", () => {
  test("every action, one value a partition in the order asked for", async () => {
    await withEngine({}, async engine => {
      const numbers = range(10, 3);
      const run = (action: Action, partitions = [0, 1, 2]): Promise<unknown[]> =>
        engine.run(jobOf(numbers, action, { partitions }));
      assert.deepEqual(await run({ kind: "collect" }), [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8, 9],
      ]);
      assert.deepEqual(await run({ kind: "collect" }, [2, 0]), [
        [6, 7, 8, 9],
        [0, 1, 2],
      ]);
      assert.deepEqual(await run({ kind: "take", n: 2 }), [
        [0, 1],
        [3, 4],
        [6, 7],
      ]);
      assert.deepEqual(await run({ kind: "count" }), [3, 3, 4]);
      assert.deepEqual(await run({ kind: "reduce", fn: add }), [[3], [12], [30]]);
      assert.deepEqual(await run({ kind: "fold", zero: 100, fn: add }), [103, 112, 130]);
      assert.deepEqual(await run({ kind: "foreach", fn: () => {} }), [undefined, undefined, undefined]);
      const fn = (index: number, records: Iterable<number>): string => `${index}: ${[...records].join(" ")}`;
      assert.deepEqual(await run({ kind: "partition", fn }), ["0: 0 1 2", "1: 3 4 5", "2: 6 7 8 9"]);
      assert.deepEqual(await run({ kind: "count" }, []), []);
    });
  });

  test("results are handed over as they come, each once", async () => {
    await withEngine({}, async engine => {
      const seen: [number, unknown][] = [];
      const onResult = (index: number, value: unknown): void => void seen.push([index, value]);
      await engine.run(jobOf(range(6, 3), { kind: "count" }, { partitions: [2, 1], onResult }));
      assert.deepEqual(seen.sort(), [
        [0, 2],
        [1, 2],
      ]);
      const failing = engine.run(
        jobOf(
          range(6, 3),
          { kind: "count" },
          {
            onResult: () => {
              throw new Error("mine");
            },
          },
        ),
      );
      await assert.rejects(failing, { message: "mine" });
    });
  });

  test("word count: two shuffles, the same on one, two and four workers", async () => {
    const lines = Array.from({ length: 200 }, (_, i) => [`${i % 7} and ${i % 3}`, `and ${i % 5}`]);
    const words = step("flatMap", source(...lines), (line: string) => line.split(" "));
    const counts = reduceByKey(
      step("map", words, (word: string) => [word, 1]),
      3,
      add,
    );
    const byCount = shuffle(
      step("map", counts, ([word, n]: [string, number]) => [n, word]),
      2,
      {
        combine: { kind: "group" },
        sort: { ascending: true },
      },
    );
    const results: unknown[] = [];
    for (const threads of [1, 2, 4])
      await withEngine({ threads }, async engine => void results.push(await collect(engine, byCount)));
    const total = (results[0] as [number, string[]][]).reduce((sum, [n, group]) => sum + n * group.length, 0);
    assert.equal(total, 200 * 5);
    assert.deepEqual(results[1], results[0]);
    assert.deepEqual(results[2], results[0]);
  });

  test("unions, zips and windows that read several shuffles", async () => {
    await withEngine({}, async engine => {
      const one = reduceByKey(
        source(
          [
            ["a", 1],
            ["b", 2],
          ],
          [["a", 3]],
        ),
        2,
        add,
      );
      const two = reduceByKey(source([["b", 10]]), 2, add);
      const pairsOf = async (plan: Parameters<typeof collect>[1]): Promise<string[]> =>
        (await collect(engine, plan)).map(String).sort();
      assert.deepEqual(await pairsOf(union(one, two)), ["a,4", "b,10", "b,2"]);
      assert.deepEqual(await pairsOf(reduceByKey(aligned(one, two), 2, add)), ["a,4", "b,12"]);
      const joined = zip((_, inputs: readonly Iterable<unknown>[]) => [inputs.map(each => [...each].length)], one, two);
      assert.deepEqual((await collect(engine, joined)).flat().map(Number).reduce(add), 3);
    });
  });

  test("a shuffle is computed once, whoever reads it, until it is released", async () => {
    using marks = new Marks();
    const path = marks.path;
    await withEngine({}, async engine => {
      const pairs = step("map", range(4, 2), (x: number) => (mark(path), [x % 2, x]));
      const sums = reduceByKey(pairs, 2, add);
      const both = zip(
        (_, inputs: readonly Iterable<unknown>[]) => inputs.flatMap(each => [...each]),
        sums,
        step("filter", sums, () => true),
      );
      assert.equal((await collect(engine, both)).length, 4);
      assert.equal(marks.count, 4);
      await Promise.all([
        collect(engine, sums),
        collect(
          engine,
          step("map", sums, x => x),
        ),
      ]);
      assert.equal(marks.count, 4);
      engine.release(both);
      await collect(engine, sums);
      assert.equal(marks.count, 8);
    });
  });

  test("two jobs at once that need the same new shuffle compute it once", async () => {
    using marks = new Marks();
    const path = marks.path;
    await withEngine({}, async engine => {
      const sums = reduceByKey(
        step("map", range(4, 4), (x: number) => (mark(path), [x % 2, x])),
        2,
        add,
      );
      const [a, b] = await Promise.all([collect(engine, sums), collect(engine, sums)]);
      assert.deepEqual(a, b);
      assert.equal(marks.count, 4);
    });
  });

  test("known-empty partitions cost no task, functions of whole partitions are called", async () => {
    await withEngine({}, async engine => {
      const nothing = reduceByKey(
        step("map", source(), x => x),
        3,
        add,
      );
      assert.deepEqual(await engine.run(jobOf(nothing)), [[], [], []]);
      assert.deepEqual(await engine.run(jobOf(nothing, { kind: "count" })), [0, 0, 0]);
      assert.deepEqual(await engine.run(jobOf(nothing, { kind: "reduce", fn: add })), [[], [], []]);
      const zero = { n: 0 };
      const folded = await engine.run(jobOf(nothing, { kind: "fold", zero, fn: add }));
      assert.deepEqual(folded, [zero, zero, zero]);
      assert.notEqual(folded[0], folded[1]);
      const stages = [0, 1].map(id => engine.status.stage(id));
      assert.deepEqual(
        stages.map(stage => stage?.numActiveTasks),
        [0, 0],
      );
      const counted = step("partitions", nothing, (index: number, records: Iterable<unknown>) => [
        `${index}:${[...records].length}`,
      ]);
      assert.deepEqual(await collect(engine, counted), ["0:0", "1:0", "2:0"]);
      assert.deepEqual(await collect(engine, union(nothing, source(["x"]))), ["x"]);
    });
  });

  test("lineages thousands of steps and parents long", async () => {
    await withEngine({}, async engine => {
      const increment = (x: number): number => x + 1;
      let deep = source([1, 2]);
      for (let i = 0; i < 10_000; i++) deep = step("map", deep, increment);
      assert.deepEqual(await collect(engine, deep), [10_001, 10_002]);
      const wide = union(...Array.from({ length: 5000 }, (_, i) => source([i])));
      assert.equal((await collect(engine, wide)).length, 5000);
    });
  });

  test("jobs run side by side, and a job of no partitions is over at once", async () => {
    await withEngine({}, async engine => {
      const jobs = Array.from({ length: 20 }, (_, i) =>
        collect(
          engine,
          step("map", range(10, 4), (x: number) => x + i),
        ),
      );
      const sums = (await Promise.all(jobs)).map(values => (values as number[]).reduce(add));
      assert.deepEqual(
        sums,
        Array.from({ length: 20 }, (_, i) => 45 + 10 * i),
      );
    });
  });
});

describe("persisted partitions", () => {
  for (const level of ["MEMORY_ONLY", "MEMORY_ONLY_SER", "DISK_ONLY", "MEMORY_AND_DISK"] as const) {
    test(`${level}: computed once, until they are unpersisted`, async () => {
      using marks = new Marks();
      const path = marks.path;
      await withEngine({}, async engine => {
        const cached = step("map", range(8, 4), (x: number) => (mark(path), x * 2));
        engine.persist(cached.id, StorageLevel[level]);
        const doubled = step("map", cached, (x: number) => x * 2);
        for (let i = 0; i < 3; i++) assert.deepEqual(await collect(engine, doubled), [0, 4, 8, 12, 16, 20, 24, 28]);
        assert.equal(marks.count, 8);
        await engine.unpersist(cached.id);
        await collect(engine, doubled);
        assert.equal(marks.count, 16);
      });
    });
  }

  test("tasks go to the worker that keeps their partition", async () => {
    await withEngine({}, async engine => {
      const cached = step("partitions", range(8, 4), () => [threadId]);
      engine.persist(cached.id, StorageLevel.MEMORY_ONLY);
      const made = await collect(engine, cached);
      assert.equal(new Set(made).size, 2);
      const read = step("partitions", cached, (_, records: Iterable<number>) => [[...records, threadId]]);
      for (const [maker, reader] of (await collect(engine, read)) as [number, number][]) assert.equal(reader, maker);
    });
  });

  test("a task that needs partitions of two workers is given bytes, not the lineage", async () => {
    using marks = new Marks();
    const path = marks.path;
    await withEngine({}, async engine => {
      const cached = step("map", range(8, 4), (x: number) => (mark(path), x));
      engine.persist(cached.id, StorageLevel.MEMORY_ONLY);
      await collect(engine, cached);
      assert.deepEqual(await collect(engine, coalesceToOne(cached)), [0, 1, 2, 3, 4, 5, 6, 7]);
      assert.equal(marks.count, 8);
      await engine.unpersist(cached.id);
      assert.deepEqual(await collect(engine, coalesceToOne(cached)), [0, 1, 2, 3, 4, 5, 6, 7]);
      assert.equal(marks.count, 16);
    });
  });

  test("cut the lineage: what is above them is not computed again", async () => {
    using marks = new Marks();
    const path = marks.path;
    await withEngine({}, async engine => {
      const sums = reduceByKey(
        step("map", range(6, 3), (x: number) => (mark(path), [x % 3, x])),
        2,
        add,
      );
      const pane = step("mapValues", sums, (x: number) => -x);
      engine.persist(pane.id, StorageLevel.MEMORY_ONLY);
      const first = await collect(engine, pane);
      engine.release(pane);
      assert.deepEqual(await collect(engine, pane), first);
      assert.equal(marks.count, 6);
    });
  });
});

describe("broadcasts and accumulators", () => {
  test("a broadcast's value is in every task, in workers that start later too", async () => {
    await withEngine({}, async engine => {
      const id = nextNodeId();
      engine.broadcast(id, new Map([["a", 1]]));
      const handle = { [travelsAs]: { kind: "broadcast", id } } as unknown as { value: Map<string, number> };
      const looked = step("map", source(["a"], ["b"]), (key: string) => handle.value.get(key) ?? 0);
      assert.deepEqual(await collect(engine, looked), [1, 0]);
      await engine.unbroadcast(id, false);
      assert.deepEqual(await collect(engine, looked), [1, 0]);
    });
  });

  test("the terms of a task count once: not those of attempts that failed or of workers that died", async () => {
    using marks = new Marks();
    const path = marks.path;
    await withEngine({ maxFailures: 2 }, async engine => {
      const terms: [number, unknown][] = [];
      engine.onAccumulate((id, term) => void terms.push([id, term]));
      const total = { add: (_: number) => {}, [travelsAs]: { kind: "sum", id: 9 } };
      const counted = step("partitions", range(8, 4), (index: number, records: Iterable<number>) => {
        for (const _ of records) total.add(1);
        if (index === 1 && mark(path) === 1) throw new Error("once");
        if (index === 2) dieOnce(`${path}2`);
        return [];
      });
      await collect(engine, counted);
      assert.deepEqual(
        terms,
        Array.from({ length: 4 }, () => [9, 2]),
      );
    });
  });

  test("instances of the program's classes come back as such", async () => {
    class Point {
      readonly x: number;
      constructor(x: number) {
        this.x = x;
      }
    }
    await withEngine({}, async engine => {
      const points = step("map", source([1], [2]), (x: number) => new Point(x));
      const result = await collect(
        engine,
        step("map", points, (point: Point) => [point, point instanceof Point]),
      );
      assert.deepEqual(result, [
        [new Point(1), true],
        [new Point(2), true],
      ]);
      assert.ok((result as [Point, boolean][]).every(([point]) => point instanceof Point));
    });
  });
});

describe("the life of a job", () => {
  test("status: what runs and what has run", async () => {
    await withEngine({}, async engine => {
      const properties = { group: "g" };
      const running = engine.run(jobOf(reduceByKey(source([["a", 1]]), 2, add), { kind: "count" }, { properties }));
      assert.deepEqual(
        engine.status.activeJobs().map(job => job.jobId),
        [0],
      );
      await running;
      const job = engine.status.job(0);
      assert.equal(job?.status, "SUCCEEDED");
      assert.deepEqual(engine.status.activeJobs(), []);
      assert.deepEqual(engine.status.jobsOfGroup("g"), [0]);
      const stages = (job?.stageIds ?? []).map(id => engine.status.stage(id));
      assert.deepEqual(
        stages.map(stage => [stage?.numTasks, stage?.numCompletedTasks]),
        [
          [2, 2],
          [1, 1],
        ],
      );
    });
  });

  test("after stop, jobs are refused, and those that ran are cancelled", async () => {
    await withEngine({}, async engine => {
      const endless = step("map", source([1]), () => {
        for (;;);
      });
      const running = engine.run(jobOf(endless));
      const rejected = assert.rejects(running, {
        code: "DSTREAMS_CANCELLED",
        message: "Job 0 cancelled because SparkContext was shut down",
      });
      await engine.stop();
      await rejected;
      await assert.rejects(engine.run(jobOf(endless)), { code: "DSTREAMS_CONTEXT_STOPPED" });
      await engine.stop();
    });
  });
});
