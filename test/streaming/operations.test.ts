import assert from "node:assert/strict";
import { test } from "node:test";
import type { DStream } from "../../src/streaming/dstream.ts";
import { runBatches, runBatches2 } from "../../src/testing/run-batches.ts";
import type { RunBatchesOptions } from "../../src/testing/run-batches.ts";
import type { Shaped } from "../../src/rdd/types.ts";
import { onEveryEngine } from "../support/engines.ts";

function sorted<T>(batch: T[]): T[] {
  const byText = (a: T, b: T) => JSON.stringify(a).localeCompare(JSON.stringify(b));
  return batch.toSorted(byText);
}

onEveryEngine("operations of DStreams", sc => {
  /** Batches in, batches out; the order in a batch is not the subject here. */
  async function batches<T extends Shaped, U>(
    input: readonly (readonly T[])[],
    operation: (stream: DStream<T>) => DStream<U>,
    options: RunBatchesOptions = {},
  ): Promise<U[][]> {
    return (await runBatches(input, operation, { sparkContext: sc(), numPartitions: 2, ...options })).map(sorted);
  }

  async function batches2<T extends Shaped, V extends Shaped, U>(
    first: readonly (readonly T[])[],
    second: readonly (readonly V[])[],
    operation: (first: DStream<T>, second: DStream<V>) => DStream<U>,
  ): Promise<U[][]> {
    return (await runBatches2(first, second, operation, { sparkContext: sc(), numPartitions: 2 })).map(sorted);
  }

  const numbers = [[1, 2, 3, 4], [], [5, 6]];

  test("map, filter, flatMap and mapAsync act on every record of every batch", async () => {
    assert.deepEqual(await batches(numbers, s => s.map(n => n * 10)), [[10, 20, 30, 40], [], [50, 60]]);
    assert.deepEqual(await batches(numbers, s => s.filter(n => n % 2 === 0)), [[2, 4], [], [6]]);
    assert.deepEqual(await batches([[1, 2], [3]], s => s.flatMap(n => Array<number>(n).fill(n))), [
      [1, 2, 2],
      [3, 3, 3],
    ]);
    assert.deepEqual(await batches(numbers, s => s.mapAsync(async n => n + 1)), [[2, 3, 4, 5], [], [6, 7]]);
  });

  test("mapPartitions and mapPartitionsWithIndex see whole partitions, empty ones too", async () => {
    const sum = (records: Iterable<number>) => [[...records].reduce((a, b) => a + b, 0)];
    assert.deepEqual(await batches([[1, 2, 3], []], s => s.mapPartitions(sum)), [
      [1, 5],
      [0, 0],
    ]);
    const withIndex = await batches([[1, 2]], s =>
      s.mapPartitionsWithIndex((i, records) => [...records].map(n => [i, n])),
    );
    assert.deepEqual(withIndex, [
      [
        [0, 1],
        [1, 2],
      ],
    ]);
  });

  test("glom, repartition and partitionBy give the partitions asked for", async () => {
    assert.deepEqual(await batches([[1, 2, 3]], s => s.glom()), [[[1], [2, 3]]]);
    assert.deepEqual((await batches([[1, 2, 3]], s => s.repartition(5).glom()))[0]?.length, 5);
    const byKey = (s: DStream<number>) =>
      s
        .map(n => [n, n])
        .partitionBy(3, key => key)
        .glom();
    assert.deepEqual(await batches([[0, 1, 2, 3]], byKey), [
      [
        [
          [0, 0],
          [3, 3],
        ],
        [[1, 1]],
        [[2, 2]],
      ],
    ]);
  });

  test("count and reduce give one record a batch; of empty partitions count gives 0 and reduce nothing", async () => {
    assert.deepEqual(await batches(numbers, s => s.count()), [[4], [0], [2]]);
    assert.deepEqual(await batches(numbers, s => s.reduce((a, b) => a + b)), [[10], [], [11]]);
    assert.deepEqual(await batches([["a", "b"]], s => s.reduce((a, b) => (a < b ? a : b)).glom()), [[["a"]]]);
  });

  test("a batch of no partitions has no count, as in PySpark", async () => {
    assert.deepEqual(await batches([[1]], s => s.transform(rdd => rdd.context.emptyRDD<number>()).count()), [[]]);
  });

  test("countByValue counts equal records", async () => {
    assert.deepEqual(await batches([["a", "b", "a"], []], s => s.countByValue()), [
      [
        ["a", 2],
        ["b", 1],
      ],
      [],
    ]);
    assert.deepEqual(
      await batches(
        [
          [
            [1, "x"],
            [1, "x"],
          ],
        ],
        s => s.countByValue(),
      ),
      [[[[1, "x"], 2]]],
    );
  });

  test("operations by key act within a batch", async () => {
    const words = [["a", "b", "a"], ["b"], []];
    const pairs = (s: DStream<string>) => s.map(word => [word, 1]);
    assert.deepEqual(await batches(words, s => pairs(s).reduceByKey((a, b) => a + b)), [
      [
        ["a", 2],
        ["b", 1],
      ],
      [["b", 1]],
      [],
    ]);
    assert.deepEqual(await batches(words, s => pairs(s).groupByKey()), [
      [
        ["a", [1, 1]],
        ["b", [1]],
      ],
      [["b", [1]]],
      [],
    ]);
    const lists = await batches(words, s =>
      pairs(s).combineByKey(
        (value): number[] => [value],
        (list, value) => [...list, value],
        (a, b) => [...a, ...b],
      ),
    );
    assert.deepEqual(lists, [
      [
        ["a", [1, 1]],
        ["b", [1]],
      ],
      [["b", [1]]],
      [],
    ]);
    assert.deepEqual(await batches(words, s => pairs(s).mapValues(n => n + 1)), [
      [
        ["a", 2],
        ["a", 2],
        ["b", 2],
      ],
      [["b", 2]],
      [],
    ]);
    assert.deepEqual(await batches([["a"]], s => pairs(s).flatMapValues(n => [n, n + 1])), [
      [
        ["a", 1],
        ["a", 2],
      ],
    ]);
  });

  test("operations by key have defaultParallelism partitions, or as many as asked", async () => {
    const pairs = (s: DStream<number>) => s.map(n => [n, n]);
    const input = [[1, 2, 3, 4, 5]];
    const byDefault = await batches(input, s => pairs(s).groupByKey().glom(), { numPartitions: 4 });
    assert.equal(byDefault[0]?.length, sc().defaultParallelism);
    assert.equal(
      (
        await batches(input, s =>
          pairs(s)
            .reduceByKey(a => a, 3)
            .glom(),
        )
      )[0]?.length,
      3,
    );
    assert.equal((await batches(input, s => pairs(s).join(pairs(s), 5).glom()))[0]?.length, 5);
  });

  test("union keeps all records of both", async () => {
    assert.deepEqual(await batches2([[1], [2]], [[3], []], (a, b) => a.union(b)), [[1, 3], [2]]);
    assert.deepEqual(await batches2([[1]], [["x"]], (a, b) => a.union(b)), [["x", 1]]);
    assert.deepEqual(await batches2([[1]], [[2]], (a, b) => a.context.union(a, b, a)), [[1, 1, 2]]);
  });

  test("cogroup and the joins pair what has the same key in the same batch", async () => {
    const left: [string, number][][] = [
      [
        ["a", 1],
        ["b", 2],
      ],
      [["c", 3]],
    ];
    const right: [string, string][][] = [
      [
        ["a", "x"],
        ["d", "y"],
      ],
      [],
    ];
    assert.deepEqual(await batches2(left, right, (a, b) => a.cogroup(b)), [
      [
        ["a", [[1], ["x"]]],
        ["b", [[2], []]],
        ["d", [[], ["y"]]],
      ],
      [["c", [[3], []]]],
    ]);
    assert.deepEqual(await batches2(left, right, (a, b) => a.join(b)), [[["a", [1, "x"]]], []]);
    assert.deepEqual(await batches2(left, right, (a, b) => a.leftOuterJoin(b)), [
      [
        ["a", [1, "x"]],
        ["b", [2, null]],
      ],
      [["c", [3, null]]],
    ]);
    assert.deepEqual(await batches2(left, right, (a, b) => a.rightOuterJoin(b)), [
      [
        ["a", [1, "x"]],
        ["d", [null, "y"]],
      ],
      [],
    ]);
    assert.deepEqual(await batches2(left, right, (a, b) => a.fullOuterJoin(b)), [
      [
        ["a", [1, "x"]],
        ["b", [2, null]],
        ["d", [null, "y"]],
      ],
      [["c", [3, null]]],
    ]);
  });

  test("transform hands over the RDD and the batch time, and may wait", async () => {
    const times: number[] = [];
    const output = await batches([[3, 1], [2]], s =>
      s.transform(async (rdd, time) => {
        times.push(time.milliseconds);
        return rdd.sortBy(n => -n);
      }),
    );
    assert.deepEqual(output, [[1, 3], [2]]);
    assert.deepEqual(times, [1000, 2000]);
  });

  test("transformWith and ssc.transform see the RDDs of one batch together", async () => {
    assert.deepEqual(
      await batches2([[1, 2, 2]], [[2]], (a, b) =>
        a.transformWith((x, y, time) => x.subtract(y).map(n => n + time.milliseconds), b),
      ),
      [[1001]],
    );
    assert.deepEqual(
      await batches2([[1]], [["x"]], (a, b) => a.context.transform([a, b], ([x, y]) => x.map(String).union(y))),
      [["1", "x"]],
    );
  });

  test("a transform function that returns nothing is told so", async () => {
    await assert.rejects(
      batches([[1]], s => s.transform((() => undefined) as never)),
      /Transform function must not return null. Return SparkContext.emptyRDD\(\) instead/,
    );
  });
});
