/** Broadcast variables, accumulators, added files: what driver and tasks share. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SparkFiles } from "../../src/rdd/spark-files.ts";
import { engines, onEveryEngine } from "../support/engines.ts";
import { fails } from "./support.ts";

onEveryEngine("shared variables", sc => {
  test("tasks read a broadcast value", async () => {
    const names = sc().broadcast(
      new Map([
        [1, "one"],
        [2, "two"],
      ]),
    );
    const rdd = sc()
      .parallelize([1, 2, 3], 2)
      .map(n => names.value.get(n) ?? "many");
    assert.deepEqual(await rdd.collect(), ["one", "two", "many"]);
    await names.unpersist();
    assert.deepEqual(await rdd.collect(), ["one", "two", "many"]);
    await names.destroy();
    await fails(
      sc()
        .parallelize([1])
        .map(() => names.value.size)
        .collect(),
      "after it was destroyed",
    );
  });

  test("tasks add to accumulators of numbers and of anything", async () => {
    const sum = sc().accumulator(100);
    const seen = sc().accumulator([] as string[], { zero: () => [], addInPlace: (a, b) => [...a, ...b] });
    await sc()
      .parallelize(["a", "b", "c"], 2)
      .foreach(word => {
        sum.add(word.length);
        seen.add([word]);
      });
    assert.equal(sum.value, 103);
    assert.deepEqual(seen.value.toSorted(), ["a", "b", "c"]);
  });

  test("added files are found in tasks", async () => {
    const here = mkdtempSync(join(tmpdir(), "dstreams-test-"));
    try {
      writeFileSync(join(here, "greeting.txt"), "hello");
      await sc().addFile(join(here, "greeting.txt"));
      const read = sc()
        .parallelize([1, 2], 2)
        .map(n => readFileSync(SparkFiles.get("greeting.txt"), "utf8") + n);
      assert.deepEqual(await read.collect(), ["hello1", "hello2"]);
    } finally {
      rmSync(here, { recursive: true });
    }
  });
});

for (const engine of engines.filter(({ name }) => name.startsWith("local"))) {
  test(`what must stay in the driver is refused on ${engine.name}`, async () => {
    await using sc = engine.open();
    const rdd = sc.parallelize([1, 2]);
    const counter = sc.accumulator(0);
    await fails(rdd.map(n => rdd.count().then(count => count + n)).collect(), "SPARK-5063");
    await fails(rdd.map(n => sc.parallelize([n])).collect(), "SPARK-5063");
    await fails(rdd.map(n => counter.value + n).collect(), "Accumulator.value cannot be accessed inside tasks");
    const nested = rdd.map(n => sc.appName + n).count();
    await assert.rejects(nested, { code: "DSTREAMS_NESTED_CONTEXT" });
  });
}
