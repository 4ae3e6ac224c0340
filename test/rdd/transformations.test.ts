import assert from "node:assert/strict";
import { test } from "node:test";
import { onEveryEngine } from "../support/engines.ts";
import { byKey, fails } from "./support.ts";

onEveryEngine("transformations", sc => {
  const numbers = () => sc().parallelize([5, 3, 8, 1, 9, 2, 7, 3], 3);

  test("functions over partitions are told the number of their own partition, whatever reads it", async () => {
    const places = numbers().mapPartitionsWithIndex((index, records) => Array.from(records, n => [index, n]));
    const all = await places.collect();
    const index = [0, 0, 1, 1, 1, 2, 2, 2];
    assert.deepEqual(
      all.map(([i]) => i),
      index,
    );
    assert.deepEqual(await places.coalesce(1).collect(), all);
    assert.deepEqual(await places.coalesce(2).union(places).collect(), [...all, ...all]);
    assert.deepEqual(await numbers().zipWithIndex().coalesce(2).values().collect(), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(await sc().union([places.keys(), places.keys()]).collect(), [...index, ...index]);
    assert.deepEqual((await places.repartition(2).keys().collect()).sort(), index);
    const joined = await places
      .keys()
      .cartesian(places.keys())
      .filter(([a, b]) => a === b)
      .count();
    assert.equal(joined, 2 * 2 + 3 * 3 + 3 * 3);
  });

  test("map, flatMap and filter keep order and partitions", async () => {
    assert.deepEqual(
      await numbers()
        .map(n => n * 2)
        .glom()
        .collect(),
      [
        [10, 6],
        [16, 2, 18],
        [4, 14, 6],
      ],
    );
    assert.deepEqual(
      await numbers()
        .flatMap(n => (n > 7 ? [n, -n] : []))
        .collect(),
      [8, -8, 9, -9],
    );
    assert.deepEqual(
      await numbers()
        .filter(n => n % 2 === 0)
        .glom()
        .collect(),
      [[], [8], [2]],
    );
  });

  test("flatMap takes any iterable", async () => {
    const words = sc().parallelize(["ab", "c"], 1);
    assert.deepEqual(await words.flatMap(word => word).collect(), ["a", "b", "c"]);
    assert.deepEqual(await words.flatMap(word => new Set([word, word])).collect(), ["ab", "c"]);
    const generated = words.flatMap(function* (word) {
      yield word.length;
    });
    assert.deepEqual(await generated.collect(), [2, 1]);
  });

  test("undefined, null and holes of meaning are ordinary records", async () => {
    const records = [undefined, null, 0, Number.NaN, "", -0, [], {}];
    assert.deepEqual(
      await sc()
        .parallelize(records, 3)
        .map(x => x)
        .collect(),
      records,
    );
  });

  test("a function sees what it captured", async () => {
    const limit = 4;
    const words = new Map([[5, "five"]]);
    assert.deepEqual(
      await numbers()
        .filter(n => n > limit)
        .map(n => words.get(n) ?? "?")
        .collect(),
      ["five", "?", "?", "?"],
    );
  });

  test("mapPartitions is called once a partition, empty ones too", async () => {
    const rdd = sc().parallelize([1], 3);
    assert.deepEqual(await rdd.mapPartitions(records => [[...records].length]).collect(), [0, 0, 1]);
    const indexed = numbers().mapPartitionsWithIndex((index, records) => [[index, ...records]]);
    assert.deepEqual(await indexed.collect(), [
      [0, 5, 3],
      [1, 8, 1, 9],
      [2, 2, 7, 3],
    ]);
  });

  test("mapPartitions may be async or a generator of either kind", async () => {
    const awaited = numbers().mapPartitions(async records => {
      let sum = 0;
      for await (const n of records) sum += n;
      return [sum];
    });
    const sync = numbers().mapPartitions(function* (records) {
      for (const n of records) if (n > 7) yield n;
    });
    const async = numbers().mapPartitions(async function* (records) {
      for await (const n of records) if (n < 3) yield n;
    });
    assert.deepEqual(await awaited.collect(), [8, 18, 12]);
    assert.deepEqual(await sync.collect(), [8, 9]);
    assert.deepEqual(await async.collect(), [1, 2]);
  });

  test("mapAsync keeps the order of the records", async () => {
    const rdd = numbers().mapAsync(
      async n => {
        for (let turns = n; turns > 0; turns--) await Promise.resolve();
        return n * 10;
      },
      { concurrency: 3 },
    );
    assert.deepEqual(await rdd.collect(), [50, 30, 80, 10, 90, 20, 70, 30]);
  });

  test("keyBy, groupBy and distinct go by value", async () => {
    assert.deepEqual(
      await sc()
        .parallelize(["to", "be", "not"], 2)
        .keyBy(word => word.length)
        .collect(),
      [
        [2, "to"],
        [2, "be"],
        [3, "not"],
      ],
    );
    const groups = numbers().groupBy(n => [n % 2]);
    assert.deepEqual(byKey(await groups.mapValues(values => values.toSorted((a, b) => a - b)).collect()), [
      [[0], [2, 8]],
      [[1], [1, 3, 3, 5, 7, 9]],
    ]);
    const dates = [new Date(1), new Date(1), new Date(2)];
    assert.equal(await sc().parallelize(dates, 2).distinct().count(), 2);
    assert.deepEqual((await numbers().distinct().collect()).toSorted(), [1, 2, 3, 5, 7, 8, 9]);
    assert.equal(await sc().parallelize([0, -0, Number.NaN, Number.NaN], 2).distinct().count(), 2);
  });

  test("union, intersection and subtract", async () => {
    const other = sc().parallelize([3, 100, 3], 2);
    assert.deepEqual(await numbers().union(other).glom().collect(), [[5, 3], [8, 1, 9], [2, 7, 3], [3], [100, 3]]);
    assert.deepEqual(await numbers().intersection(other).collect(), [3]);
    assert.deepEqual((await numbers().subtract(other).collect()).toSorted(), [1, 2, 5, 7, 8, 9]);
    assert.deepEqual(await sc().union([other, other, other]).count(), 9);
    assert.deepEqual(await sc().union([]).collect(), []);
  });

  test("a union of RDDs that are placed alike keeps the placement", async () => {
    const pairs = sc().parallelize(
      [
        ["a", 1],
        ["b", 2],
        ["c", 3],
      ],
      2,
    );
    const placed = pairs.partitionBy(3);
    const both = placed.union(placed.mapValues(v => v * 10));
    assert.equal(await both.getNumPartitions(), 3);
    assert.deepEqual(await both.partitioner(), { kind: "hash", n: 3 });
    assert.equal(await pairs.union(pairs).getNumPartitions(), 4);
  });

  test("zip, zipWithIndex, zipWithUniqueId and cartesian", async () => {
    const letters = sc().parallelize(["a", "b", "c"], 2);
    assert.deepEqual(await letters.zip(sc().parallelize([1, 2, 3], 2)).collect(), [
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ]);
    const words = sc().parallelize("to be or not to be".split(" "), 4);
    assert.deepEqual(await words.zipWithIndex().collect(), [
      ["to", 0],
      ["be", 1],
      ["or", 2],
      ["not", 3],
      ["to", 4],
      ["be", 5],
    ]);
    assert.deepEqual(await words.zipWithUniqueId().values().collect(), [0, 1, 5, 2, 3, 7]);
    const crossed = sc()
      .parallelize([1, 2, 3], 2)
      .cartesian(sc().parallelize([4, 5], 2));
    assert.deepEqual(await crossed.collect(), [
      [1, 4],
      [1, 5],
      [2, 4],
      [3, 4],
      [2, 5],
      [3, 5],
    ]);
  });

  test("partitions of shuffles and kept RDDs can be read in any other place: coalesced, crossed, put together, a few of them", async () => {
    const numbers = sc().parallelize([0, 1, 2, 3, 4, 5, 6, 7], 3);
    const placed = numbers.map((n): [number, number] => [n, n]).partitionBy(4, n => n);
    const kept = placed.mapValues(n => n * 10).cache();
    for (const rdd of [placed.mapValues(n => n * 10), kept]) {
      assert.deepEqual(await rdd.values().glom().collect(), [
        [0, 40],
        [10, 50],
        [20, 60],
        [30, 70],
      ]);
      assert.deepEqual(await rdd.values().coalesce(3).glom().collect(), [
        [0, 40],
        [10, 50],
        [20, 60, 30, 70],
      ]);
      const crossed = await rdd
        .keys()
        .filter(n => n < 4)
        .cartesian(rdd.keys().filter(n => n > 3))
        .collect();
      assert.deepEqual(
        new Set(crossed.map(String)),
        new Set([0, 1, 2, 3].flatMap(a => [4, 5, 6, 7].map(b => `${a},${b}`))),
      );
      const two = rdd
        .values()
        .coalesce(2)
        .zip(sc().parallelize([0, 1, 2, 3, 4, 5, 6, 7], 2));
      assert.deepEqual(await two.map(([value, i]) => `${i}:${value}`).collect(), [
        ...["0:0", "1:40", "2:10", "3:50", "4:20", "5:60", "6:30", "7:70"],
      ]);
      assert.deepEqual(await numbers.union(rdd.values()).coalesce(1).collect(), [
        ...[0, 1, 2, 3, 4, 5, 6, 7],
        ...[0, 40, 10, 50, 20, 60, 30, 70],
      ]);
      assert.deepEqual(await sc().runJob(rdd.values(), values => [...values], [3, 1]), [30, 70, 10, 50]);
    }
  });

  test("zip wants as many partitions, and as many records in them", async () => {
    const letters = sc().parallelize(["a", "b", "c"], 2);
    await fails(
      letters.zip(sc().parallelize([1, 2, 3], 3)).collect(),
      "Can only zip with RDD which has the same number of partitions",
    );
    await fails(
      letters.zip(sc().parallelize([1, 2], 2)).collect(),
      "Can only zip RDDs with same number of elements in each partition",
    );
    await fails(
      letters.zip(sc().parallelize([1, 2, 3, 4], 2)).collect(),
      "Can only zip RDDs with same number of elements in each partition",
    );
  });

  test("coalesce joins neighbours, repartition deals out", async () => {
    const ten = sc().range(0, 10, 1, 5);
    assert.deepEqual(await ten.coalesce(2).glom().collect(), [
      [0, 1, 2, 3],
      [4, 5, 6, 7, 8, 9],
    ]);
    assert.equal(await ten.coalesce(9).getNumPartitions(), 5);
    const dealt = await ten.repartition(3).glom().collect();
    assert.equal(dealt.length, 3);
    assert.deepEqual(
      dealt.flat().toSorted((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    assert.ok(
      dealt.every(part => part.length >= 2 && part.length <= 5),
      JSON.stringify(dealt),
    );
    assert.equal(await ten.coalesce(7, true).getNumPartitions(), 7);
    assert.throws(() => ten.repartition(0), /numPartitions must be a positive whole number, not 0/);
  });

  test("sortBy orders through all partitions, stably", async () => {
    const names = ["delta", "Alpha", "charlie", "bravo", "echo", "alpha"];
    const rdd = sc().parallelize(names, 3);
    assert.deepEqual(await rdd.sortBy(name => name).collect(), names.toSorted());
    assert.deepEqual(await rdd.sortBy(name => name, false, 2).collect(), names.toSorted().reverse());
    assert.deepEqual(
      await rdd.sortBy(name => name.length, true, 2).collect(),
      names.toSorted((a, b) => a.length - b.length),
    );
    assert.equal(await rdd.sortBy(name => name, true, 5).getNumPartitions(), 5);
    assert.deepEqual(
      await sc()
        .parallelize([] as number[], 3)
        .sortBy(n => n)
        .collect(),
      [],
    );
    const mixed = [null, 3, "x", 1, undefined, true];
    assert.equal(
      (
        await sc()
          .parallelize(mixed, 2)
          .sortBy(x => x)
          .collect()
      ).length,
      mixed.length,
    );
  });

  test("a large sort is even enough to be worth its partitions", async () => {
    const rdd = sc()
      .range(0, 20_000, 1, 4)
      .map(n => (n * 7919) % 20_011);
    const parts = await rdd
      .sortBy(n => n, true, 4)
      .glom()
      .collect();
    const flat = parts.flat();
    assert.deepEqual(
      flat,
      flat.toSorted((a, b) => a - b),
    );
    assert.ok(
      parts.every(part => part.length > 2500 && part.length < 10_000),
      parts.map(part => part.length).join(" "),
    );
  });

  test("pipe sends lines through a program", async () => {
    const rdd = sc().parallelize(["b", "a", "c"], 1);
    assert.deepEqual(await rdd.pipe("sort").collect(), ["a", "b", "c"]);
    assert.deepEqual(await rdd.pipe(["tr", "a-z", "A-Z"]).collect(), ["B", "A", "C"]);
    assert.deepEqual(await rdd.pipe("printenv GREETING", { env: { GREETING: "good day" } }).collect(), ["good day"]);
    assert.deepEqual(await sc().range(0, 50_000, 1, 1).pipe("head -n 2").collect(), ["0", "1"]);
    await fails(rdd.pipe("false", { checkCode: true }).collect(), "Pipe function `false' exited with error code 1");
    await fails(rdd.pipe("no-such-program-here").collect(), "pipe could not start no-such-program-here");
  });

  test("a function's error names its operator and is the cause", async () => {
    const broken = numbers().map(n => {
      if (n === 9) throw new RangeError("nine");
      return n;
    });
    await assert.rejects(broken.collect(), (error: Error & { code?: string }) => {
      assert.equal(error.code, "DSTREAMS_USER_FUNCTION");
      assert.match(error.message, /map at transformations\.test\.ts:\d+ failed: nine/);
      assert.equal((error.cause as Error).message, "nine");
      return true;
    });
  });

  test("what is not a function is refused at once", () => {
    assert.throws(() => numbers().map(undefined as never), /map takes a function, but was given undefined/);
    assert.throws(() => numbers().filter("x" as never), /filter takes a function, but was given "x"/);
  });
});
