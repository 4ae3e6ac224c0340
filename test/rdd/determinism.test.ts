/** The same program gives the same records in the same places, however many threads compute it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SparkContext } from "../../src/rdd/spark-context.ts";
import { engines } from "../support/engines.ts";

const programs: Record<string, (sc: SparkContext) => Promise<unknown>> = {
  reduceByKey: sc =>
    numbers(sc)
      .map(n => [`k${n % 17}`, n])
      .reduceByKey((a, b) => a + b, 3)
      .glom()
      .collect(),
  groupByKey: sc =>
    numbers(sc)
      .map(n => [n % 7, n])
      .groupByKey(3)
      .glom()
      .collect(),
  join: sc =>
    numbers(sc)
      .map(n => [n % 7, n])
      .join(
        numbers(sc).map(n => [n % 5, n]),
        3,
      )
      .glom()
      .collect(),
  distinct: sc =>
    numbers(sc)
      .map(n => n % 31)
      .distinct()
      .glom()
      .collect(),
  repartition: sc => numbers(sc).repartition(5).glom().collect(),
  sortBy: sc =>
    numbers(sc)
      .sortBy(n => n % 10, true, 3)
      .glom()
      .collect(),
  partitionBy: sc =>
    numbers(sc)
      .map(n => [n % 7, n])
      .partitionBy(4, key => key * 3)
      .glom()
      .collect(),
  sample: sc => numbers(sc).sample(true, 0.3, 42).glom().collect(),
  randomSplit: sc =>
    Promise.all(
      numbers(sc)
        .randomSplit([1, 3], 5)
        .map(part => part.glom().collect()),
    ),
  takeSample: sc => numbers(sc).takeSample(true, 20, 9),
  countApproxDistinct: sc =>
    numbers(sc)
      .map(n => n % 100)
      .countApproxDistinct(),
};

function numbers(sc: SparkContext) {
  return sc.range(0, 500, 1, 4).map(n => (n * 7919) % 503);
}

test("the same on every number of threads", async t => {
  const answers = new Map<string, Record<string, unknown>>();
  for (const engine of engines) {
    await using sc = engine.open();
    const found: Record<string, unknown> = {};
    for (const [name, program] of Object.entries(programs)) found[name] = await program(sc);
    answers.set(engine.name, found);
  }
  const local = [...answers].filter(([name]) => name.startsWith("local"));
  for (const name of Object.keys(programs)) {
    await t.test(name, () => {
      const [first, ...others] = local.map(([, found]) => found[name]);
      for (const other of others) assert.deepEqual(other, first);
    });
  }
});
