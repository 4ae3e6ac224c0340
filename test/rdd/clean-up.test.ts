/** What a program lets go of is freed in the engine too; what it checkpoints lets go of its lineage. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SparkConf } from "../../src/conf/spark-conf.ts";
import { SparkContext, withEngine } from "../../src/rdd/spark-context.ts";
import { ReferenceEngine } from "../support/reference-engine.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

class Recording extends ReferenceEngine {
  readonly freed: string[] = [];

  override async unpersist(nodeId: number): Promise<void> {
    this.freed.push(`rdd ${nodeId}`);
    return super.unpersist(nodeId);
  }

  override async unbroadcast(): Promise<void> {
    this.freed.push("broadcast");
  }
}

function open(): { sc: SparkContext; engine: Recording } {
  const engine = new Recording();
  const conf = new SparkConf(false).setMaster("local").setAppName("clean-up");
  return {
    sc: withEngine(
      () => engine,
      () => new SparkContext(conf),
    ),
    engine,
  };
}

/** Collects until the condition holds. It is asked after the collection, in a turn of its own, since asking a WeakRef keeps its target. */
async function collectedUntil(condition: () => boolean, turns = 50): Promise<boolean> {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise(resolve => setImmediate(resolve));
    collectGarbage();
    if (condition()) return true;
  }
  return false;
}

test("a persisted RDD is freed with all that was derived from it, and not before", async () => {
  const { sc, engine } = open();
  const held: { derived?: { count(): Promise<number> } } = {};
  const id = await (async () => {
    const rdd = sc.parallelize([1, 2]).cache();
    held.derived = rdd.map(n => n + 1);
    await held.derived.count();
    return rdd.id();
  })();
  assert.equal(await collectedUntil(() => engine.freed.length > 0, 5), false);
  assert.equal(await held.derived?.count(), 2);
  delete held.derived;
  assert.equal(await collectedUntil(() => engine.freed.length > 0), true);
  assert.deepEqual(engine.freed, [`rdd ${id}`]);
  await sc.stop();
});

test("a broadcast is freed with the last function that refers to it", async () => {
  const { sc, engine } = open();
  const held: { rdd?: { count(): Promise<number> } } = {};
  (() => {
    const value = sc.broadcast([1, 2, 3]);
    held.rdd = sc.parallelize([1]).map(n => n + value.value.length);
  })();
  await held.rdd?.count();
  assert.equal(await collectedUntil(() => engine.freed.length > 0, 5), false);
  delete held.rdd;
  assert.equal(await collectedUntil(() => engine.freed.length > 0), true);
  await sc.stop();
});

test("an iteration that checkpoints keeps nothing of what came before", async () => {
  const { sc } = open();
  const first: WeakRef<object>[] = [];
  let rdd = (() => {
    const numbers = sc.parallelize([0], 1);
    first.push(new WeakRef(numbers));
    return numbers.map(n => n + 1);
  })();
  for (let i = 0; i < 5; i++) {
    rdd.localCheckpoint();
    await rdd.count();
    rdd = rdd.map(n => n + 1);
  }
  assert.equal(await collectedUntil(() => first[0]?.deref() === undefined), true);
  assert.deepEqual(await rdd.collect(), [6]);
  await sc.stop();
});
