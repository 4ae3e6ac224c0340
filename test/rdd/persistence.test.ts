import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { StorageLevel } from "../../src/engine/storage-level.ts";
import { onEveryEngine } from "../support/engines.ts";

onEveryEngine("persistence", sc => {
  const levels = [
    StorageLevel.MEMORY_ONLY,
    StorageLevel.MEMORY_ONLY_SER,
    StorageLevel.MEMORY_AND_DISK,
    StorageLevel.DISK_ONLY,
  ];

  test("what is persisted is computed once, on every level", async () => {
    for (const level of levels) {
      const computed = sc().accumulator(0);
      const rdd = sc()
        .range(0, 8, 1, 4)
        .map(n => (computed.add(1), n))
        .persist(level);
      const next = rdd.map(n => n + 1);
      assert.deepEqual(await next.collect(), [1, 2, 3, 4, 5, 6, 7, 8], String(level));
      assert.equal(await next.reduce((a, b) => a + b), 36);
      assert.equal(computed.value, 8, String(level));
      await rdd.unpersist();
      assert.equal(await next.count(), 8);
      assert.equal(computed.value, 16, String(level));
    }
  });

  test("a level cannot be changed, but taken away", async () => {
    const rdd = sc().parallelize([1]);
    assert.equal(rdd.is_cached, false);
    assert.equal(rdd.getStorageLevel(), StorageLevel.NONE);
    assert.equal(rdd.cache(), rdd);
    assert.equal(rdd.persist(StorageLevel.MEMORY_ONLY), rdd);
    assert.equal(rdd.is_cached, true);
    assert.throws(() => rdd.persist(StorageLevel.DISK_ONLY), {
      code: "DSTREAMS_UNSUPPORTED",
      message: /Cannot change storage level of an RDD after it was already assigned a level/,
    });
    await rdd.unpersist();
    assert.equal(rdd.persist(StorageLevel.DISK_ONLY).getStorageLevel(), StorageLevel.DISK_ONLY);
    await rdd.unpersist();
  });

  test("checkpoint needs a directory", () => {
    if (sc().getCheckpointDir() !== undefined) return;
    assert.throws(
      () => sc().parallelize([1]).checkpoint(),
      /Checkpoint directory has not been set in the SparkContext/,
    );
  });

  test("a checkpoint is written after the first job and cuts the lineage", async () => {
    const directory = mkdtempSync(join(tmpdir(), "dstreams-test-"));
    try {
      sc().setCheckpointDir(directory);
      const computed = sc().accumulator(0);
      const records = [
        ["a", { n: 1 }],
        ["b", undefined],
        ["c", [1n, new Date(5)]],
      ];
      const rdd = sc()
        .parallelize(records, 2)
        .map(x => (computed.add(1), x));
      const below = rdd.filter(() => true);
      rdd.checkpoint();
      rdd.checkpoint();
      assert.deepEqual([rdd.isCheckpointed(), rdd.getCheckpointFile()], [false, undefined]);
      assert.deepEqual(await below.collect(), records);
      assert.equal(rdd.isCheckpointed(), true);
      assert.equal(computed.value, 6);
      assert.ok(rdd.getCheckpointFile()?.endsWith(`/rdd-${rdd.id()}`));
      assert.deepEqual(readdirSync(join(sc().getCheckpointDir() ?? "", `rdd-${rdd.id()}`)).sort(), [
        "part-00000",
        "part-00001",
      ]);
      assert.deepEqual(await below.collect(), records);
      assert.deepEqual(
        await rdd
          .glom()
          .map(part => part.length)
          .collect(),
        [1, 2],
      );
      assert.equal(computed.value, 6);
      assert.equal((await rdd.plan()).spec.kind, "source");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("a local checkpoint needs no directory, and keeps placement", async () => {
    const placed = sc()
      .parallelize(
        [
          ["a", 1],
          ["b", 2],
        ],
        2,
      )
      .partitionBy(3);
    placed.localCheckpoint();
    assert.equal(placed.isLocallyCheckpointed(), true);
    assert.equal(await placed.count(), 2);
    assert.equal(placed.isCheckpointed(), true);
    const directory = placed.getCheckpointFile()?.replace("file:", "") ?? "";
    assert.equal(statSync(dirname(directory)).mode & 0o777, 0o700);
    assert.deepEqual(await placed.lookup("b"), [2]);
    assert.deepEqual(await placed.partitioner(), { kind: "hash", n: 3 });
  });

  test("large partitions survive a checkpoint", async () => {
    const rdd = sc()
      .range(0, 30_000, 1, 2)
      .map(n => `record number ${n}`);
    rdd.localCheckpoint();
    const before = await rdd.collect();
    assert.equal(rdd.isCheckpointed(), true);
    assert.deepEqual(await rdd.collect(), before);
  });

  test("toDebugString shows the lineage in Spark's form", async () => {
    const text = sc().parallelize(["a b"], 2).setName("lines");
    const pairs = text.flatMap(line => line.split(" ")).map(word => [word, 1]);
    const counts = pairs.reduceByKey((a, b) => a + b, 3).cache();
    const shape = (await counts.toDebugString()).replaceAll(/\[\d+\]/g, "[#]").replaceAll(/:\d+/g, ":#");
    assert.equal(
      shape,
      [
        "(3) ShuffledRDD[#] at reduceByKey at persistence.test.ts:# [Memory Deserialized 1x Replicated]",
        " +-(2) MapPartitionsRDD[#] at map at persistence.test.ts:# []",
        "    |  MapPartitionsRDD[#] at flatMap at persistence.test.ts:# []",
        "    |  lines ParallelCollectionRDD[#] at parallelize at persistence.test.ts:# []",
      ].join("\n"),
    );
    const union = await counts.union(pairs).toDebugString();
    assert.deepEqual(
      union.split("\n").map(line => line.replace(/(RDD).*/, "$1")),
      [
        "(5) UnionRDD",
        " |  ShuffledRDD",
        " +-(2) MapPartitionsRDD",
        "    |  MapPartitionsRDD",
        "    |  lines ParallelCollectionRDD",
        " |  MapPartitionsRDD",
        " |  MapPartitionsRDD",
        " |  lines ParallelCollectionRDD",
      ],
    );
    await counts.unpersist();
  });

  test("an RDD has an id, a name and a line in the program", async () => {
    const rdd = sc().parallelize([1]).setName("ones");
    assert.equal(rdd.name(), "ones");
    assert.equal(sc().parallelize([1]).name(), undefined);
    assert.ok(rdd.map(x => x).id() > rdd.id());
    assert.match(String(rdd), /^ones RDD\[\d+\] at parallelize at persistence\.test\.ts:\d+$/);
    await rdd.count();
    assert.match(String(rdd), /^ones ParallelCollectionRDD\[\d+\] at parallelize at persistence\.test\.ts:\d+$/);
    assert.match(String(rdd.distinct()), /RDD\[\d+\] at distinct at persistence\.test\.ts:\d+$/);
  });
});
