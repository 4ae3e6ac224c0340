/** The same program over the same data has the same result, to the order, however many workers there are and whoever is first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RDD, SparkContext } from "../../src/index.ts";
import { runBatches } from "../../src/testing.ts";
import { newContext } from "./support/stream.ts";

type Pair = [key: unknown, value: number];

/** Keys that something in JavaScript treats as special. */
const key = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    "",
    "__proto__",
    "constructor",
    "toString",
    "\uD800",
    "\uDC00x",
    "é",
    "e\u0301",
  ),
  fc.constantFrom<unknown>(Number.NaN, 0, -0, 1, -1, 2 ** 53, 0.1, Number.POSITIVE_INFINITY, 1n, -(2n ** 70n)),
  fc.constantFrom<unknown>(new Date(0), new Date(1e12), [], [[]], [1, ["a", null]], { a: 1, b: [2] }, { b: [2], a: 1 }),
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.integer({ min: -5, max: 5 }),
  fc.tuple(fc.string({ maxLength: 2 }), fc.integer({ min: 0, max: 3 })),
);

const records: fc.Arbitrary<Pair[]> = fc.array(fc.tuple(key, fc.integer({ min: -100, max: 100 })), { maxLength: 60 });

/** One operation of a program; `n` are the partitions it asks for. */
type Operation = (rdd: RDD<Pair>, n: number) => RDD<Pair>;

const operations: Record<string, Operation> = {
  map: rdd => rdd.map(([k, v]) => [k, v * 3 - 1]),
  filter: rdd => rdd.filter(([, v]) => v % 5 !== 0),
  flatMap: rdd => rdd.flatMap(([k, v]) => (v % 2 === 0 ? [[k, v] as Pair] : [[k, v] as Pair, [v, 1] as Pair])),
  // Not associative on purpose: the order in which values meet shows.
  reduceByKey: (rdd, n) => rdd.reduceByKey((a, b) => (a * 31 + b) | 0, n),
  groupByKey: (rdd, n) => rdd.groupByKey(n).mapValues(values => [...values].reduce((a, b) => (a * 31 + b) | 0, 7)),
  aggregateByKey: (rdd, n) =>
    rdd.aggregateByKey(
      1,
      (a, b) => (a * 7 + b) | 0,
      (a, b) => (a * 31 + b) | 0,
      n,
    ),
  distinct: (rdd, n) => rdd.distinct(n),
  repartition: (rdd, n) => rdd.repartition(n),
  coalesce: (rdd, n) => rdd.coalesce(n),
  partitionBy: (rdd, n) => rdd.partitionBy(n),
  sortByValue: (rdd, n) => rdd.sortBy(([, v]) => v, true, n),
  union: rdd => rdd.union(rdd.map(([k, v]) => [k, -v])),
  join: (rdd, n) =>
    rdd
      .join(
        rdd.reduceByKey((a, b) => a + b, n),
        n,
      )
      .mapValues(([a, b]) => (a * 31 + b) | 0),
  cache: rdd => rdd.cache(),
  sample: rdd => rdd.sample(false, 0.7, 42),
};

const program = fc.array(fc.tuple(fc.constantFrom(...Object.keys(operations)), fc.integer({ min: 1, max: 5 })), {
  minLength: 1,
  maxLength: 4,
});

type Program = readonly (readonly [operation: string, n: number])[];

function apply(rdd: RDD<Pair>, steps: Program): RDD<Pair> {
  return steps.reduce((result, [name, n]) => (operations[name] as Operation)(result, n), rdd);
}

interface Case {
  readonly data: Pair[];
  readonly steps: Program;
  readonly partitions: number;
}

/** Of an RDD, its records by partition; and of a stream with the data as two batches, what each batch has come to. */
async function results(sc: SparkContext, { data, steps, partitions }: Case): Promise<unknown> {
  const rdd = sc.parallelize(data, partitions);
  const half = data.length >> 1;
  const stream = await runBatches(
    [data.slice(0, half), data.slice(half)],
    pairs => pairs.transform(rdd => apply(rdd, steps)),
    { sparkContext: sc, numPartitions: partitions },
  );
  return [await apply(rdd, steps).glom().collect(), stream];
}

test("random programs over hostile data are the same on 1, 2 and 4 workers, twice each", async () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
  const cases = fc.sample(fc.record({ data: records, steps: program, partitions: fc.integer({ min: 1, max: 5 }) }), {
    numRuns: 40,
    seed,
  });
  let expected: unknown[] | undefined;
  for (const threads of [1, 2, 4]) {
    const sc = newContext(`local[${threads}]`);
    try {
      for (let round = 0; round < 2; round++) {
        const found: unknown[] = [];
        for (const each of cases) found.push(await results(sc, each));
        expected ??= found;
        for (const [i, each] of cases.entries()) {
          assert.deepStrictEqual(
            found[i],
            expected[i],
            `SEED=${seed}, local[${threads}], round ${round}: ${fc.stringify(each)}`,
          );
        }
      }
    } finally {
      await sc.stop();
    }
  }
});
