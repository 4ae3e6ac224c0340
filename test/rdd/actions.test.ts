import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { onEveryEngine } from "../support/engines.ts";
import { fails } from "./support.ts";

const add = (a: number, b: number): number => a + b;

onEveryEngine("actions", sc => {
  const numbers = () => sc().parallelize([5, 3, 8, 1, 9, 2, 7, 3], 3);
  const none = () => sc().parallelize([] as number[], 2);

  test("collect, count, first, take, isEmpty", async () => {
    assert.deepEqual(await numbers().collect(), [5, 3, 8, 1, 9, 2, 7, 3]);
    assert.equal(await numbers().count(), 8);
    assert.equal(await numbers().first(), 5);
    assert.deepEqual(await Promise.all([0, 1, 4, 100].map(n => numbers().take(n))), [
      [],
      [5],
      [5, 3, 8, 1],
      [5, 3, 8, 1, 9, 2, 7, 3],
    ]);
    assert.deepEqual(
      [await none().isEmpty(), await numbers().isEmpty(), await sc().emptyRDD().isEmpty()],
      [true, false, true],
    );
    assert.deepEqual(await sc().parallelize([undefined], 1).first(), undefined);
    assert.deepEqual(await sc().emptyRDD().collect(), []);
  });

  test("take stops as soon as it can", async () => {
    const touched = sc().accumulator(0);
    const rdd = sc()
      .range(0, 1000, 1, 20)
      .mapPartitions(records => {
        touched.add(1);
        return records;
      });
    await rdd.take(10);
    assert.equal(touched.value, 1);
    touched.value = 0;
    // one, then four times as many, and there it is
    assert.deepEqual(await rdd.filter(n => n >= 150).take(1), [150]);
    assert.equal(touched.value, 5);
    touched.value = 0;
    // one gives 50 of the 120, so two and a half and half as much again should do: int(1.5 * 120 * 1 / 50) - 1
    assert.equal((await rdd.take(120)).length, 120);
    assert.equal(touched.value, 3);
    touched.value = 0;
    await rdd.filter(n => n >= 940).take(3);
    // one, then four times as many as before while nothing is found: 1 + 4 + 15 (of 20, cut off)
    assert.equal(touched.value, 20);
  });

  test("reduce, fold and aggregate, flat and as trees", async () => {
    assert.equal(await numbers().reduce(add), 38);
    assert.equal(await sc().range(0, 100, 1, 11).treeReduce(add, 3), 4950);
    assert.equal(await numbers().fold(10, add), 78);
    assert.deepEqual(
      await numbers().aggregate(
        [0, 0],
        ([sum, n], x) => [sum + x, n + 1],
        (a, b) => [a[0] + b[0], a[1] + b[1]],
      ),
      [38, 8],
    );
    assert.equal(await sc().range(0, 100, 1, 11).treeAggregate(0, add, add, 3), 4950);
    assert.equal(await sc().emptyRDD<number>().treeAggregate(7, add, add), 7);
    await fails(sc().range(0, 10, 1, 2).treeAggregate(0, add, add, 0), "Depth cannot be smaller than 1 but got 0.");
  });

  test("partitions are merged in their order", async () => {
    const letters = sc().parallelize([..."abcdefg"], 4);
    assert.equal(await letters.reduce((a, b) => a + b), "abcdefg");
    assert.equal(await letters.fold("", (a, b) => a + b), "abcdefg");
    assert.equal(
      await letters.aggregate(
        "",
        (a, b) => a + b,
        (a, b) => a + b,
      ),
      "abcdefg",
    );
  });

  test("a zero value that is changed is a copy", async () => {
    const zero: number[] = [];
    const push = (list: number[], n: number): number[] => (list.push(n), list);
    const lists = await numbers().aggregate(zero, push, (a, b) => [...a, ...b]);
    assert.deepEqual(lists, [5, 3, 8, 1, 9, 2, 7, 3]);
    assert.deepEqual(zero, []);
  });

  test("of nothing there is no first, no maximum, nothing to reduce", async () => {
    await fails(none().reduce(add), "Can not reduce() empty RDD");
    await fails(none().treeReduce(add), "Can not reduce() empty RDD");
    await fails(none().first(), "RDD is empty");
    await fails(none().max(), "Can not reduce() empty RDD");
    assert.deepEqual([await none().sum(), await none().mean(), await none().count()], [0, 0, 0]);
    await assert.rejects(none().min(), { code: "DSTREAMS_EMPTY" });
  });

  test("max, min, top and takeOrdered", async () => {
    assert.deepEqual([await numbers().max(), await numbers().min(), await numbers().max(n => -n)], [9, 1, 1]);
    assert.deepEqual(await numbers().top(3), [9, 8, 7]);
    assert.deepEqual(await numbers().takeOrdered(3), [1, 2, 3]);
    assert.deepEqual(await numbers().takeOrdered(3, n => -n), [9, 8, 7]);
    const words = sc().parallelize("to be or not to be that is the question to be".split(" "), 3);
    assert.deepEqual(await words.top(2, word => word.length), ["question", "that"]);
    assert.deepEqual(
      await sc()
        .range(0, 5000, 1, 4)
        .map(n => (n * 7919) % 5003)
        .takeOrdered(5),
      [0, 1, 2, 3, 4],
    );
    assert.deepEqual([await numbers().take(0), await numbers().top(0)], [[], []]);
    await fails(numbers().top(-1), "whole number");
  });

  test("countByValue and countApproxDistinct", async () => {
    const words = sc().parallelize("to be or not to be".split(" "), 3);
    assert.deepEqual([...(await words.countByValue())].sort(), [
      ["be", 2],
      ["not", 1],
      ["or", 1],
      ["to", 2],
    ]);
    assert.deepEqual(
      [
        ...(await sc()
          .parallelize([[1], [1], [2]], 2)
          .countByValue()),
      ],
      [
        [[1], 2],
        [[2], 1],
      ],
    );
    for (const [records, distinct] of [
      [1000, 100],
      [20_000, 20_000],
      [5000, 1],
    ] as const) {
      const about = await sc()
        .range(0, records, 1, 3)
        .map(n => `key ${n % distinct}`)
        .countApproxDistinct(0.02);
      assert.ok(Math.abs(about - distinct) <= distinct * 0.08, `${about} for ${distinct}`);
    }
    assert.equal(await none().countApproxDistinct(), 0);
    assert.equal(await numbers().countApprox(60_000), 8);
  });

  test("statistics", async () => {
    const stats = await numbers().stats();
    assert.equal(String(stats), "(count: 8, mean: 4.75, stdev: 2.7726341266023544, max: 9, min: 1)");
    assert.equal(await numbers().sum(), 38);
    assert.equal(await numbers().mean(), 4.75);
    assert.equal(await numbers().variance(), 7.6875);
    assert.equal(await numbers().stdev(), 2.7726341266023544);
    assert.equal(await numbers().sampleVariance(), 8.785714285714286);
    assert.equal(await numbers().sampleStdev(), 2.9640705601780613);
    assert.ok(Number.isNaN(await none().variance()));
  });

  test("histogram, by number of buckets and by bounds", async () => {
    assert.deepEqual(await numbers().histogram(4), [
      [1, 3, 5, 7, 9],
      [2, 2, 1, 3],
    ]);
    assert.deepEqual(await numbers().histogram([0, 4, 8]), [
      [0, 4, 8],
      [4, 3],
    ]);
    assert.deepEqual(await sc().parallelize([2, 2], 2).histogram(3), [[2, 2], [2]]);
    assert.deepEqual(await sc().parallelize(["ab", "ac", "b", "ef"], 2).histogram(["a", "b", "c"]), [
      ["a", "b", "c"],
      [2, 1],
    ]);
    await fails(none().histogram(2), "can not generate buckets from empty RDD");
    await fails(numbers().histogram(0), "number of buckets must be >= 1");
    await fails(numbers().histogram([3, 1]), "buckets should be sorted");
    await fails(numbers().histogram([3, 3]), "buckets should not contain duplicated values");
  });

  test("foreach and foreachPartition run in the workers", async () => {
    const sum = sc().accumulator(0);
    await numbers().foreach(n => sum.add(n));
    assert.equal(sum.value, 38);
    const sizes = sc().accumulator(0);
    await numbers().foreachPartition(async records => {
      for await (const _ of records) sizes.add(10);
    });
    assert.equal(sizes.value, 80);
    await numbers().foreachPartition(records => sizes.add([...records].length));
    assert.equal(sizes.value, 88);
  });

  test("toLocalIterator yields partition by partition", async () => {
    for (const prefetchPartitions of [false, true]) {
      assert.deepEqual(
        await Array.fromAsync(numbers().toLocalIterator({ prefetchPartitions })),
        [5, 3, 8, 1, 9, 2, 7, 3],
      );
    }
    for await (const n of numbers().toLocalIterator({ prefetchPartitions: true })) {
      assert.equal(n, 5);
      break;
    }
  });

  test("runJob runs over the partitions it is given", async () => {
    const sums = await sc().runJob(numbers(), records => [[...records].reduce(add, 0)], [0, 2]);
    assert.deepEqual(sums, [8, 12]);
    const doubled = await sc().runJob(numbers(), async function* (records) {
      for await (const n of records) yield n * 2;
    });
    assert.deepEqual(doubled, [10, 6, 16, 2, 18, 4, 14, 6]);
  });

  test("saveAsTextFile writes a directory once", async () => {
    const here = mkdtempSync(join(tmpdir(), "dstreams-test-"));
    try {
      const out = join(here, "out");
      await sc()
        .parallelize(
          [
            ["a", 1],
            ["it's", 2],
          ],
          2,
        )
        .saveAsTextFile(out);
      assert.deepEqual(readdirSync(out).sort(), ["_SUCCESS", "part-00000", "part-00001"]);
      assert.equal(readFileSync(join(out, "part-00001"), "utf8"), `("it's", 2)\n`);
      await assert.rejects(numbers().saveAsTextFile(out), { code: "DSTREAMS_PATH_EXISTS" });
      assert.deepEqual(await sc().textFile(out).collect(), ["('a', 1)", `("it's", 2)`]);
    } finally {
      rmSync(here, { recursive: true });
    }
  });
});
