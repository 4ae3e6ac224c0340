import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { describe, test } from "node:test";
import { StorageLevel } from "../../../src/engine/storage-level.ts";
import { collect, jobOf, withEngine } from "../driver/engines.ts";
import { heapAfterGc } from "../../support/heap.ts";
import { range, reduceByKey, source, step } from "../driver/plans.ts";
import type { PlanNode } from "../../../src/plan/plan.ts";
import type { LocalEngine } from "../../../src/engine/local/local-engine.ts";

const add = (a: number, b: number): number => a + b;

/** A batch whose functions are made anew, with a value of its own, as `transform` and `foreachRDD` do. */
async function batch(engine: LocalEngine, i: number): Promise<void> {
  const pairs = step("map", range(4, 2), (x: number) => [x % 2, x + i]);
  const sums = reduceByKey(pairs, 2, (a: number, b: number) => a + b);
  engine.persist(sums.id, StorageLevel.MEMORY_ONLY);
  assert.equal((await engine.run(jobOf(sums, { kind: "count" }))).length, 2);
  await engine.unpersist(sums.id);
  engine.release(sums);
}

describe("thousands of jobs", () => {
  test("leave memory of driver and workers, functions, programs and blocks flat", async () => {
    await withEngine({ threads: 1 }, async engine => {
      const workerHeap = async (): Promise<number> =>
        (
          await collect(
            engine,
            step("partitions", source([1]), () => [heapAfterGc()]),
          )
        )[0] as number;
      for (let i = 0; i < 600; i++) await batch(engine, i);
      const [driver, worker] = [heapAfterGc(), await workerHeap()];
      for (let i = 600; i < 3000; i++) await batch(engine, i);
      const growth = { driver: heapAfterGc() - driver, worker: (await workerHeap()) - worker };
      assert.ok(growth.driver < 2e6, `the driver's heap grew by ${growth.driver} bytes`);
      assert.ok(growth.worker < 2e6, `the worker's heap grew by ${growth.worker} bytes`);
      const { functions, programs, shuffles, blockBytes } = engine.usage;
      assert.ok(programs <= 300, `${programs} programs`);
      assert.ok(functions <= 600, `${functions} functions`);
      assert.equal(shuffles, 0);
      assert.equal(blockBytes, 0);
    });
  });

  test("of one program share its functions, however often they are made", async () => {
    await withEngine({}, async engine => {
      for (let i = 0; i < 50; i++)
        await collect(
          engine,
          step("map", source([i]), (x: number) => x + 1),
        );
      assert.equal(engine.usage.programs, 1);
      assert.equal(engine.usage.functions, 2);
    });
  });

  test("map outputs go when nobody can reach the shuffle any more", async () => {
    await withEngine({}, async engine => {
      const twice = (i: number): PlanNode => reduceByKey(reduceByKey(source([["a", i]]), 2, add), 2, add);
      for (let i = 0; i < 20; i++) await collect(engine, twice(i));
      for (let i = 0; i < 100 && engine.usage.shuffles > 0; i++) {
        heapAfterGc();
        await setImmediate();
      }
      assert.equal(engine.usage.shuffles, 0);
      assert.equal(engine.usage.blockBytes, 0);
    });
  });
});
