/**
 * States that are saved late: nobody asks for a batch until later ones have been saved, or for several at once. Which save is the latest, and which
 * one another builds upon, is a matter of batch times, not of when they were written.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { SparkContext, type State, StateSpec } from "../../src/index.ts";
import { isFirst } from "../product/support/marks.ts";
import { savedStates, spanning } from "./support.ts";

type Pair = [string, number];

/** A number is a key's state; 0 removes the key. */
const lastOf = (): StateSpec<string, number, number, undefined> =>
  StateSpec.function((_: string, value: number | null, state: State<number>): undefined => {
    if (value === 0) state.remove();
    else if (value !== null) state.update(value);
  });

describe("states that are saved late", () => {
  let sc: SparkContext;
  before(() => {
    sc = new SparkContext("local[2,20]", "saved late");
    sc.setLogLevel("OFF");
  });
  after(() => sc.stop());

  test("a save that comes after a later one is not built upon: what was removed in between does not come back", async () => {
    await using stream = spanning(sc);
    stream.ssc.remember(60);
    const queue: Pair[][] = Array.from({ length: 35 }, () => []);
    queue[4] = ["a", "b", "c", "d"].map(key => [key, 1]);
    queue[14] = [["a", 0]]; // batch 15 removes it
    const mark = join(stream.directory.path, "dead");
    const pairs = stream.ssc.queueStream(queue).transform((rdd, time) => {
      if (time.milliseconds < 34_000) return rdd;
      return rdd.union(rdd.context.parallelize<Pair>([], 2)).mapPartitionsWithIndex((p, records) => {
        if (isFirst(`${mark}-${p}`)) process.exit(1);
        return records;
      });
    });
    const states = pairs.mapWithState(lastOf()).stateSnapshots();
    const seen: string[] = [];
    states.foreachRDD(async (rdd, time) => {
      if (time.milliseconds >= 25_000) seen.push((await rdd.keys().collect()).sort().join(""));
    });
    await stream.ssc.start();
    const saved = (): number[] => [...savedStates(stream.directory.path, "mapWithState-0").keys()];
    await stream.batches(26);
    assert.deepEqual(saved(), [20], "the first job, of batch 25, has saved what it is made from");
    const [rdd] = await states.slice(15, 15);
    assert.equal(await rdd?.count(), 3);
    assert.deepEqual(saved(), [10, 20]);
    // The state at 30 is saved as changes, and read back when all workers have died.
    await stream.batches(9);
    assert.equal(await stream.error(), undefined);
    assert.deepEqual(saved(), [10, 20, 30]);
    assert.deepEqual(new Set(seen), new Set(["bcd"]));
  });

  test("of several that a job asks for, the oldest is saved first, and the later ones as changes", async () => {
    await using stream = spanning(sc);
    stream.ssc.remember(60);
    const many = Array.from({ length: 1000 }, (_, i): Pair => [`key ${i}`, 1]);
    const states = stream.ssc.queueStream([many]).mapWithState(lastOf()).stateSnapshots();
    states.window(25).foreachRDD(async (rdd, time) => {
      if (time.milliseconds === 35_000) assert.equal(await rdd.count(), 25 * many.length);
    });
    await stream.ssc.start();
    await stream.batches(35);
    assert.equal(await stream.error(), undefined);
    const saved = savedStates(stream.directory.path, "mapWithState-0");
    assert.deepEqual([...saved.keys()], [10, 20, 30]);
    const [whole = 0, ...later] = saved.values();
    assert.ok(whole > 10_000, `${whole} bytes of 1000 keys`);
    for (const bytes of later) assert.ok(bytes < 500, `${bytes} bytes of no changes`);
  });
});
