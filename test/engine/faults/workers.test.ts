import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { threadId } from "node:worker_threads";
import { StorageLevel } from "../../../src/engine/storage-level.ts";
import { collect, jobOf, withEngine } from "../driver/engines.ts";
import { Marks, dieOnce, mark } from "../driver/marks.ts";
import { coalesceToOne, range, reduceByKey, source, step } from "../driver/plans.ts";

const add = (a: number, b: number): number => a + b;

describe("a worker that dies", () => {
  test("in the middle of a task: the task runs again", async () => {
    using marks = new Marks();
    const path = marks.path;
    await withEngine({}, async engine => {
      const dying = step("partitions", range(8, 4), (index: number, records: Iterable<number>) => {
        if (index === 1) dieOnce(path);
        return records;
      });
      assert.deepEqual(await collect(engine, dying), [0, 1, 2, 3, 4, 5, 6, 7]);
      assert.equal(marks.count, 2);
      assert.deepEqual(await collect(engine, range(4, 2)), [0, 1, 2, 3]);
    });
  });

  test("between the sides of a shuffle: what it wrote is still there", async () => {
    using marks = new Marks();
    using deaths = new Marks();
    const [path, deathPath] = [marks.path, deaths.path];
    await withEngine({}, async engine => {
      const pairs = step("map", range(100, 4), (x: number) => (mark(path), [x % 10, 1]));
      const sums = reduceByKey(pairs, 4, add);
      const dying = step("partitions", sums, (index: number, records: Iterable<unknown>) => {
        if (index === 2) dieOnce(deathPath);
        return records;
      });
      const result = (await collect(engine, dying)) as [number, number][];
      assert.deepEqual(
        result.sort(),
        Array.from({ length: 10 }, (_, key) => [key, 10]),
      );
      assert.equal(marks.count, 100);
    });
  });

  test("while it holds cached partitions: they are computed anew from the lineage", async () => {
    using marks = new Marks();
    using deaths = new Marks();
    const [path, deathPath] = [marks.path, deaths.path];
    await withEngine({}, async engine => {
      const sums = reduceByKey(
        step("map", range(40, 4), (x: number) => [x % 8, x]),
        4,
        add,
      );
      const cached = step("map", sums, (pair: unknown) => (mark(path), pair));
      engine.persist(cached.id, StorageLevel.MEMORY_ONLY);
      const first = await collect(engine, cached);
      engine.release(cached);
      assert.equal(marks.count, 8);
      const dying = step("partitions", cached, (index: number, records: Iterable<unknown>) => {
        if (index === 0) dieOnce(deathPath);
        return records;
      });
      assert.deepEqual(await collect(engine, dying), first);
      // Half of the partitions were in the worker that died.
      assert.ok(marks.count > 8 && marks.count < 16, `${marks.count} records were computed`);
      assert.deepEqual(await collect(engine, coalesceToOne(cached)), first);
    });
  });

  test("again and again in the same task: DSTREAMS_WORKER_LOST, and the engine goes on", async () => {
    await withEngine({}, async engine => {
      const dying = step("map", source([1], [2]), (x: number) => (x === 2 ? process.exit(7) : x));
      await assert.rejects(collect(engine, dying), {
        code: "DSTREAMS_WORKER_LOST",
        message: /^A worker died while it ran a task: it exited with code 7\n {2}stage 0, partition 1, attempt 2 of 2$/,
      });
      assert.deepEqual(await collect(engine, range(4, 2)), [0, 1, 2, 3]);
    });
  });

  test("of too little memory: DSTREAMS_OUT_OF_MEMORY says what to change", async () => {
    await withEngine({ workerHeapMb: 40 }, async engine => {
      const greedy = step("map", source([1], [2]), (x: number) => {
        if (x === 1) return x;
        const hoard: number[][] = [];
        for (;;) hoard.push(Array.from({ length: 1000 }, () => Math.random()));
      });
      await assert.rejects(collect(engine, greedy), {
        code: "DSTREAMS_OUT_OF_MEMORY",
        message: /more partitions[^]*spark\.executor\.memory/,
      });
      assert.deepEqual(await collect(engine, range(4, 2)), [0, 1, 2, 3]);
    });
  });

  test("while other jobs run: they are unharmed", async () => {
    using deaths = new Marks();
    const path = deaths.path;
    await withEngine({}, async engine => {
      const dying = step("map", range(8, 8), (x: number) => {
        if (x === 5) dieOnce(path);
        return x;
      });
      const jobs = Array.from({ length: 5 }, (_, i) =>
        collect(
          engine,
          step("map", range(50, 10), (x: number) => x + i),
        ),
      );
      assert.deepEqual(await collect(engine, dying), [0, 1, 2, 3, 4, 5, 6, 7]);
      for (const [i, job] of jobs.entries()) assert.equal((await job).length, 50, `job ${i}`);
    });
  });
});

describe("a user's function that throws", () => {
  test("fails the job: operator, message, record and place are told, the cause is what was thrown", async () => {
    await withEngine({}, async engine => {
      const failing = step("map", range(6, 2), (x: number) => {
        if (x === 4) throw new TypeError("four is not allowed", { cause: new RangeError("below") });
        return x;
      });
      const properties = { batchTime: 1000 };
      const error = await engine.run(jobOf(failing, { kind: "count" }, { properties })).then(
        () => assert.fail("it should fail"),
        (thrown: unknown) => thrown as Error & { code: string; cause: Error },
      );
      assert.equal(error.code, "DSTREAMS_USER_FUNCTION");
      assert.equal(
        error.message,
        "map at test.ts:1 failed: four is not allowed\n  record: 4\n  batch time 1000 ms, stage 0, partition 1, attempt 1 of 1",
      );
      assert.equal(error.cause.name, "TypeError");
      assert.match(error.cause.stack ?? "", /TypeError: four is not allowed\n\s+at .*workers\.test\.ts:\d+:\d+/);
      assert.equal((error.cause.cause as Error).message, "below");
      assert.deepEqual(await collect(engine, range(4, 2)), [0, 1, 2, 3]);
    });
  });

  test("in a shuffle's map side fails every job that needs it", async () => {
    await withEngine({}, async engine => {
      const sums = reduceByKey(
        step("map", range(6, 2), (x: number) => {
          throw new Error(`no ${x}`);
        }),
        2,
        add,
      );
      const settled = await Promise.allSettled([collect(engine, sums), collect(engine, sums)]);
      assert.deepEqual(
        settled.map(each => each.status),
        ["rejected", "rejected"],
      );
      await assert.rejects(collect(engine, sums), { code: "DSTREAMS_USER_FUNCTION" });
    });
  });

  test("is tried again as often as local[N,F] allows", async () => {
    using marks = new Marks();
    const path = marks.path;
    const failing = step("map", source([1]), (x: number) => {
      if (mark(path) < 3) throw new Error("not yet");
      return x;
    });
    await withEngine({ maxFailures: 2 }, async engine => {
      await assert.rejects(collect(engine, failing), { code: "DSTREAMS_USER_FUNCTION", message: /attempt 2 of 2/ });
      assert.equal(marks.count, 2);
    });
    await withEngine({ maxFailures: 3 }, async engine => {
      assert.deepEqual(await collect(engine, failing), [1]);
      assert.equal(marks.count, 3);
    });
  });

  test("what it throws need not be an Error", async () => {
    await withEngine({}, async engine => {
      const failing = step("map", source([1]), () => {
        throw "just text";
      });
      await assert.rejects(collect(engine, failing), { message: /^map at test\.ts:1 failed: .*just text/ });
    });
  });
});

describe("cancelling", () => {
  test("a group's jobs, or all, and what runs alone goes on", async () => {
    await withEngine({}, async engine => {
      const slow = step("partitions", source([1], [2]), async () => {
        await new Promise(resolve => setTimeout(resolve, 60_000));
        return [];
      });
      const group = engine.run(jobOf(slow, { kind: "count" }, { properties: { group: "slow" } }));
      const rejected = assert.rejects(group, {
        code: "DSTREAMS_CANCELLED",
        message: "Job 0 cancelled part of cancelled job group slow",
      });
      engine.cancel("other");
      engine.cancel("slow");
      await rejected;
      assert.equal(engine.status.job(0)?.status, "FAILED");
    });
  });

  test("by a signal, before and while it runs; workers are free for the next job", async () => {
    await withEngine({}, async engine => {
      const many = step("map", range(2_000_000, 2), (x: number) => x + 1);
      await assert.rejects(engine.run(jobOf(many, { kind: "count" }, { signal: AbortSignal.abort() })), {
        code: "DSTREAMS_CANCELLED",
      });
      const abort = new AbortController();
      const running = engine.run(jobOf(many, { kind: "count" }, { signal: abort.signal }));
      abort.abort();
      await assert.rejects(running, { code: "DSTREAMS_CANCELLED" });
      assert.deepEqual(
        await collect(
          engine,
          step("map", source([1], [2]), () => threadId > 0),
        ),
        [true, true],
      );
    });
  });

  test("a task that does not listen costs its worker", async () => {
    await withEngine({ threads: 1, cancelWait: 20 }, async engine => {
      const endless = step("map", source([1]), () => {
        for (;;);
      });
      const running = engine.run(jobOf(endless));
      const next = collect(engine, range(4, 2));
      engine.cancel();
      await assert.rejects(running, { code: "DSTREAMS_CANCELLED" });
      await assert.rejects(next, { code: "DSTREAMS_CANCELLED" });
      assert.deepEqual(await collect(engine, range(4, 2)), [0, 1, 2, 3]);
    });
  });
});
