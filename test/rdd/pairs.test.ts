import assert from "node:assert/strict";
import { test } from "node:test";
import { onEveryEngine } from "../support/engines.ts";
import { byKey } from "./support.ts";

const add = (a: number, b: number): number => a + b;

onEveryEngine("pairs", sc => {
  const pairs = () =>
    sc().parallelize(
      [
        ["a", 1],
        ["b", 2],
        ["a", 3],
        ["c", 4],
        ["b", 5],
        ["a", 6],
      ],
      3,
    );
  const other = () =>
    sc().parallelize(
      [
        ["a", "x"],
        ["c", "y"],
        ["d", "z"],
        ["a", "w"],
      ],
      2,
    );

  test("keys, values, mapValues and flatMapValues", async () => {
    assert.deepEqual(await pairs().keys().collect(), ["a", "b", "a", "c", "b", "a"]);
    assert.deepEqual(await pairs().values().collect(), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(
      await pairs()
        .mapValues(v => v * 2)
        .values()
        .collect(),
      [2, 4, 6, 8, 10, 12],
    );
    assert.deepEqual(
      await pairs()
        .filter(([k]) => k === "b")
        .flatMapValues(v => [v, -v])
        .collect(),
      [
        ["b", 2],
        ["b", -2],
        ["b", 5],
        ["b", -5],
      ],
    );
  });

  test("reduceByKey and its relatives", async () => {
    const sums = [
      ["a", 10],
      ["b", 7],
      ["c", 4],
    ];
    assert.deepEqual(byKey(await pairs().reduceByKey(add).collect()), sums);
    assert.deepEqual(byKey(await pairs().foldByKey(0, add).collect()), sums);
    assert.deepEqual(
      byKey(
        await pairs()
          .groupByKey()
          .mapValues(vs => vs.toSorted())
          .collect(),
      ),
      [
        ["a", [1, 3, 6]],
        ["b", [2, 5]],
        ["c", [4]],
      ],
    );
    const lists = pairs().combineByKey(
      v => [v],
      (list, v) => [...list, v],
      (a, b) => [...a, ...b],
    );
    assert.deepEqual(byKey(await lists.mapValues(vs => vs.toSorted()).collect()), [
      ["a", [1, 3, 6]],
      ["b", [2, 5]],
      ["c", [4]],
    ]);
    const late = pairs().combineByKey(
      v => [v],
      (list, v) => [...list, v],
      (a, b) => [...a, ...b],
      2,
      undefined,
      { mapSideCombine: false },
    );
    assert.deepEqual(byKey(await late.collect()), [
      ["a", [1, 3, 6]],
      ["b", [2, 5]],
      ["c", [4]],
    ]);
  });

  test("each key begins with a copy of zero", async () => {
    const collected = pairs().aggregateByKey(
      [] as number[],
      (list, v) => {
        list.push(v);
        return list;
      },
      (a, b) => a.concat(b),
      2,
    );
    assert.deepEqual(byKey(await collected.mapValues(vs => vs.toSorted()).collect()), [
      ["a", [1, 3, 6]],
      ["b", [2, 5]],
      ["c", [4]],
    ]);
    const onePartition = sc()
      .parallelize(
        [
          ["a", 1],
          ["b", 2],
        ],
        1,
      )
      .partitionBy(1);
    const inPlace = onePartition.aggregateByKey(
      [0],
      (sum, v) => ((sum[0] += v), sum),
      (a, b) => [a[0] + b[0]],
    );
    assert.deepEqual(byKey(await inPlace.collect()), [
      ["a", [1]],
      ["b", [2]],
    ]);
  });

  test("the number of partitions follows the parents, or what was asked", async () => {
    const counts = [
      pairs().reduceByKey(add),
      pairs().reduceByKey(add, 7),
      pairs().join(other()),
      pairs().join(other(), 4),
      pairs().cogroup(other()),
      pairs().distinct(),
      pairs().partitionBy(4).reduceByKey(add),
      pairs()
        .partitionBy(4)
        .mapValues(v => v)
        .groupByKey(),
      pairs()
        .partitionBy(4)
        .map(kv => kv)
        .groupByKey(2),
    ].map(rdd => rdd.getNumPartitions());
    assert.deepEqual(await Promise.all(counts), [3, 7, 5, 4, 5, 3, 4, 4, 2]);
  });

  test("keys that are in place are not moved again", async () => {
    const placed = pairs().partitionBy(4);
    const plan = await placed.reduceByKey(add).plan();
    assert.equal(plan.spec.kind, "step");
    assert.deepEqual(byKey(await placed.reduceByKey(add).collect()), [
      ["a", 10],
      ["b", 7],
      ["c", 4],
    ]);
    assert.deepEqual(byKey(await placed.groupByKey().collect()), [
      ["a", [1, 3, 6]],
      ["b", [2, 5]],
      ["c", [4]],
    ]);
    assert.equal((await placed.partitionBy(4).plan()).spec.kind, "concat");
    assert.equal(await placed.coalesce(2).partitioner(), undefined);
    assert.equal(await placed.map(kv => kv).partitioner(), undefined);
    assert.deepEqual(await placed.map(kv => kv, { preservesPartitioning: true }).partitioner(), { kind: "hash", n: 4 });
    const joined = placed.join(placed.mapValues(String));
    const zip = (await joined.plan()).spec;
    assert.ok(
      zip.kind === "zip" && zip.parents.every(parent => parent.id === placed.id() || parent.spec.kind === "step"),
    );
    assert.equal(await joined.count(), 9 + 4 + 1);
    assert.equal(await joined.getNumPartitions(), 4);
    const sameFunction = (key: string): number => key.length;
    const custom = pairs().partitionBy(3, sameFunction);
    assert.equal((await custom.partitionBy(3, sameFunction).plan()).spec.kind, "concat");
    assert.equal((await custom.partitionBy(3, key => key.length).plan()).spec.kind, "shuffle");
  });

  test("partitionBy places by a function, modulo the number of partitions", async () => {
    const rdd = sc().parallelize(
      [0, 1, 2, 3, 4, 5].map(i => [i, i]),
      2,
    );
    const keys = rdd.partitionBy(3, k => k + 1).map(kv => kv[0]);
    assert.deepEqual(await keys.glom().collect(), [
      [2, 5],
      [0, 3],
      [1, 4],
    ]);
    const negative = rdd.partitionBy(3, k => k - 10).map(kv => kv[0]);
    assert.deepEqual(await negative.glom().collect(), [
      [1, 4],
      [2, 5],
      [0, 3],
    ]);
  });

  test("cogroup and groupWith", async () => {
    const tidy = (groups: readonly (readonly unknown[])[]): unknown => groups.map(group => group.toSorted());
    assert.deepEqual(byKey(await pairs().cogroup(other()).mapValues(tidy).collect()), [
      [
        "a",
        [
          [1, 3, 6],
          ["w", "x"],
        ],
      ],
      ["b", [[2, 5], []]],
      ["c", [[4], ["y"]]],
      ["d", [[], ["z"]]],
    ]);
    const three = pairs().groupWith(
      other(),
      pairs().mapValues(v => v > 3),
    );
    assert.deepEqual(byKey(await three.mapValues(groups => groups.map(group => group.length)).collect()), [
      ["a", [3, 2, 3]],
      ["b", [2, 0, 2]],
      ["c", [1, 1, 1]],
      ["d", [0, 1, 0]],
    ]);
  });

  test("the four joins", async () => {
    const common = [
      ["a", [1, "w"]],
      ["a", [1, "x"]],
      ["a", [3, "w"]],
      ["a", [3, "x"]],
      ["a", [6, "w"]],
      ["a", [6, "x"]],
      ["c", [4, "y"]],
    ];
    const left = [
      ["b", [2, null]],
      ["b", [5, null]],
    ];
    const right = [["d", [null, "z"]]];
    const expected = (...rows: unknown[][][]): unknown => byKey(rows.flat() as [string, unknown][]);
    assert.deepEqual(byKey(await pairs().join(other()).collect()), expected(common));
    assert.deepEqual(byKey(await pairs().leftOuterJoin(other()).collect()), expected(common, left));
    assert.deepEqual(byKey(await pairs().rightOuterJoin(other()).collect()), expected(common, right));
    assert.deepEqual(byKey(await pairs().fullOuterJoin(other()).collect()), expected(common, left, right));
  });

  test("subtractByKey keeps all pairs of the other keys", async () => {
    assert.deepEqual(byKey(await pairs().subtractByKey(other()).collect()), [
      ["b", 2],
      ["b", 5],
    ]);
  });

  test("keys of any kind that can be compared by value", async () => {
    const keys = [[1, "a"], { x: 1 }, new Date(5), 7n, null, undefined, true, Number.NaN, "1", 1];
    const rdd = sc().parallelize(
      [...keys, ...keys.map(key => structuredClone(key))].map(key => [key, 1]),
      4,
    );
    const counts = await rdd.reduceByKey(add, 3).collect();
    assert.equal(counts.length, keys.length);
    assert.ok(
      counts.every(([, n]) => n === 2),
      JSON.stringify(counts.map(([, n]) => n)),
    );
  });

  test("sortByKey and repartitionAndSortWithinPartitions", async () => {
    assert.deepEqual(await pairs().sortByKey().collect(), [
      ["a", 1],
      ["a", 3],
      ["a", 6],
      ["b", 2],
      ["b", 5],
      ["c", 4],
    ]);
    assert.deepEqual(await pairs().sortByKey(false, 2).keys().collect(), ["c", "b", "b", "a", "a", "a"]);
    const folded = sc()
      .parallelize(
        [
          ["b", 1],
          ["A", 2],
          ["C", 3],
        ],
        2,
      )
      .sortByKey(true, 2, key => key.toLowerCase());
    assert.deepEqual(await folded.keys().collect(), ["A", "b", "C"]);
    const rows = sc().parallelize(
      [
        [0, 5],
        [3, 8],
        [2, 6],
        [0, 8],
        [3, 8],
        [1, 3],
      ],
      2,
    );
    assert.deepEqual(
      await rows
        .repartitionAndSortWithinPartitions(2, key => key % 2)
        .glom()
        .collect(),
      [
        [
          [0, 5],
          [0, 8],
          [2, 6],
        ],
        [
          [1, 3],
          [3, 8],
          [3, 8],
        ],
      ],
    );
    const down = rows.repartitionAndSortWithinPartitions(1, undefined, false, key => -key);
    assert.deepEqual(await down.keys().collect(), [0, 0, 1, 2, 3, 3]);
  });

  test("countByKey, collectAsMap, reduceByKeyLocally and lookup", async () => {
    assert.deepEqual([...(await pairs().countByKey())].sort(), [
      ["a", 3],
      ["b", 2],
      ["c", 1],
    ]);
    assert.deepEqual([...(await pairs().collectAsMap())].sort(), [
      ["a", 6],
      ["b", 5],
      ["c", 4],
    ]);
    assert.deepEqual([...(await pairs().reduceByKeyLocally(add))].sort(), [
      ["a", 10],
      ["b", 7],
      ["c", 4],
    ]);
    assert.deepEqual(await pairs().lookup("a"), [1, 3, 6]);
    assert.deepEqual(await pairs().lookup("zz"), []);
    const byArray = sc().parallelize(
      [
        [["k", 1], 1],
        [["k", 1], 2],
      ],
      2,
    );
    assert.deepEqual([...(await byArray.countByKey())], [[["k", 1], 2]]);
    assert.deepEqual([...(await byArray.collectAsMap())], [[["k", 1], 2]]);
  });

  test("lookup computes the key's partition only, where it is known", async () => {
    for (const placed of [
      pairs().partitionBy(4),
      pairs().partitionBy(2, key => key.charCodeAt(0)),
      pairs().sortByKey(true, 3),
      pairs().sortByKey(false, 3),
    ]) {
      const touched = sc().accumulator(0);
      const counted = placed.mapPartitions(
        records => {
          touched.add(1);
          return records;
        },
        { preservesPartitioning: true },
      );
      assert.deepEqual((await counted.lookup("b")).toSorted(), [2, 5]);
      assert.equal(touched.value, 1);
    }
  });

  test("sampleByKey takes what fraction each key has", async () => {
    const rdd = sc()
      .range(0, 3000, 1, 3)
      .map(n => [n % 3, n]);
    const counts = await rdd
      .sampleByKey(
        false,
        new Map([
          [0, 0],
          [1, 0.5],
          [2, 1],
        ]),
        7,
      )
      .countByKey();
    assert.equal(counts.get(0), undefined);
    assert.ok(Math.abs((counts.get(1) ?? 0) - 500) < 80, String(counts.get(1)));
    assert.equal(counts.get(2), 1000);
  });
});
