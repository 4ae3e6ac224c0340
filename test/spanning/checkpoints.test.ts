/** States on real workers: what is in files, how it is read back, and what a stream says and does when something goes wrong. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { DStreamsError, type DStream, SparkConf, SparkContext, type State, StateSpec } from "../../src/index.ts";
import { isFirst } from "../product/support/marks.ts";
import { TemporaryDirectory } from "../product/support/temporary-directory.ts";
import { savedStates, spanning } from "./support.ts";

const add = (a: number, b: number): number => a + b;
const total = (values: number[], state: number | null): number => values.reduce(add, state ?? 0);

describe("states in files", () => {
  let sc: SparkContext;
  before(() => {
    sc = new SparkContext("local[2,20]", "states in files");
    sc.setLogLevel("OFF");
  });
  after(() => sc.stop());

  test("all of it at first, then what has changed; what is no longer needed goes", async () => {
    await using stream = spanning(sc);
    const many = Array.from({ length: 5000 }, (_, i): [string, number] => [`key ${i}`, 1]);
    const queue = [many, ...Array.from({ length: 59 }, (): [string, number][] => [["key 7", 1]])];
    stream.ssc
      .queueStream(queue)
      .updateStateByKey(total)
      .foreachRDD(rdd => rdd.count());
    await stream.ssc.start();
    await stream.batches(45);
    const saved = savedStates(stream.directory.path, "updateStateByKey-0");
    assert.deepEqual([...saved.keys()], [10, 20, 30, 40]);
    assert.ok((saved.get(10) ?? 0) > 50_000, `${saved.get(10)} bytes of 5000 keys`);
    for (const time of [20, 30, 40]) assert.ok((saved.get(time) ?? 0) < 500, `${saved.get(time)} bytes of one key`);
  });

  test("everything again when much has changed; then the older ones go", async () => {
    await using stream = spanning(sc);
    const batch = Array.from({ length: 50 }, (_, i): [string, number] => [`key ${i}`, 1]);
    const queue = Array.from({ length: 100 }, () => batch);
    const spec = StateSpec.function((_: string, value: number | null, state: State<number>) =>
      state.update((state.getOption() ?? 0) + (value ?? 0)),
    );
    stream.ssc
      .queueStream(queue)
      .mapWithState(spec)
      .checkpoint(2)
      .foreachRDD(rdd => rdd.count());
    await stream.ssc.start();
    await stream.batches(30);
    // Others are removed in the background, at last.
    let saved = savedStates(stream.directory.path, "mapWithState-0");
    while (saved.size > 4) {
      await new Promise(setImmediate);
      saved = savedStates(stream.directory.path, "mapWithState-0");
    }
    assert.ok(saved.has(30), `saved: ${[...saved.keys()].join()}`);
  });

  test("of another stream every so many RDDs are saved whole, and removed when no batch needs them", async () => {
    await using stream = spanning(sc);
    const queue = Array.from({ length: 20 }, (_, i): [string, number][] => [["a", i]]);
    const sums: number[] = [];
    const saved = stream.ssc
      .queueStream(queue)
      .mapValues(n => n + 1)
      .checkpoint(3);
    saved.foreachRDD(async rdd => sums.push(await rdd.values().sum()));
    await stream.ssc.start();
    await stream.batches(20);
    const [last] = await saved.slice(18, 18);
    assert.equal(last?.isCheckpointed(), true);
    // Batches 15 and 18: six seconds are remembered. Others are removed in the background, at last.
    const [context = ""] = readdirSync(stream.directory.path);
    while (readdirSync(join(stream.directory.path, context)).length > 2) await new Promise(setImmediate);
    assert.deepEqual(
      sums,
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  });

  /** Every worker dies in these batches, after the states of the batches before have been saved, or have not. */
  async function survives<T>(
    operation: (pairs: DStream<[string, number]>) => DStream<T>,
    batches: [string, number][][],
    deaths: readonly number[],
  ): Promise<[T[][], T[][]]> {
    const run = async (dies: readonly number[]): Promise<T[][]> => {
      await using stream = spanning(sc);
      const marks = stream.directory.path;
      const output: T[][] = [];
      const pairs = stream.ssc.queueStream(batches.slice()).transform((rdd, time) => {
        const mark = dies.includes(time.milliseconds / 1000) ? join(marks, `dead-${time.milliseconds}`) : undefined;
        if (mark === undefined) return rdd;
        // Two partitions, each kills the worker it is in; whichever comes second finds another one.
        return rdd.union(rdd.context.parallelize<[string, number]>([], 2)).mapPartitionsWithIndex((p, records) => {
          if (isFirst(`${mark}-${p}`)) process.exit(1);
          return records;
        });
      });
      operation(pairs).foreachRDD(async rdd => output.push((await rdd.collect()).sort()));
      await stream.ssc.start();
      await stream.batches(batches.length);
      assert.equal(await stream.error(), undefined);
      for (const second of dies) assert.ok(existsSync(join(marks, `dead-${second * 1000}-0`)), `no death at ${second}`);
      return output;
    };
    return [await run([]), await run(deaths)];
  }

  const letters = (from: number): [string, number][] => [..."abcdefghij"].slice(from).map(letter => [letter, 1]);
  /** Keys come, change, leave between the first and the second checkpoint, and come back. */
  const batches = Array.from({ length: 36 }, (_, i) => (i % 3 === 0 ? letters(i % 10) : i === 14 ? letters(0) : []));
  const timingOut = (seconds: number) => (pairs: DStream<[string, number]>) =>
    pairs.mapWithState(
      StateSpec.function((key: string, value: number | null, state: State<number>) => {
        const n = (state.getOption() ?? 0) + (value ?? 0);
        if (!state.isTimingOut()) state.update(n);
        return `${key} ${n} ${state.isTimingOut()}`;
      }).timeout(seconds),
    );
  const operations: Record<string, (pairs: DStream<[string, number]>) => DStream<unknown>> = {
    "updateStateByKey, keys leave": pairs =>
      pairs.updateStateByKey((values, state: { n: number; idle: number } | null) => {
        const next = state ?? { n: 0, idle: 0 };
        next.n += values.length;
        next.idle = values.length > 0 ? 0 : next.idle + 1;
        return next.idle > 4 ? null : next;
      }),
    "mapWithState, keys are removed": pairs =>
      pairs
        .mapWithState(
          StateSpec.function((_: string, value: number | null, state: State<number>) => {
            const n = (state.getOption() ?? 0) + (value ?? 0);
            if (n % 3 !== 0) state.update(n);
            else if (state.exists()) state.remove();
          }),
        )
        .stateSnapshots(),
    "mapWithState, keys time out": timingOut(12),
    // what was touched before a checkpoint, and is read from it, does not time out at the next one
    "mapWithState, keys do not time out yet": timingOut(15),
    "a window with inverse, keys are dropped": pairs =>
      pairs.reduceByKeyAndWindow(
        add,
        (a, b) => a - b,
        4,
        1,
        2,
        ([, n]) => n > 0,
      ),
    "a window without": pairs => pairs.reduceByKeyAndWindow(add, null, 7),
  };
  for (const [name, operation] of Object.entries(operations)) {
    test(`${name}: when all workers die, states are read back and go on`, async () => {
      const [expected, found] = await survives(operation, batches, [7, 13, 25, 34]);
      assert.deepEqual(found, expected);
    });
  }

  test("the lineage of a state, and of a window, does not grow", async () => {
    await using stream = spanning(sc);
    const queue = Array.from({ length: 120 }, () => letters(0));
    const pairs = stream.ssc.queueStream(queue);
    const steps: number[][] = [];
    const streams = [
      pairs.updateStateByKey(total),
      pairs.reduceByKeyAndWindow(add, null, 5),
      pairs.reduceByKeyAndWindow(add, (a, b) => a - b, 5),
    ];
    for (const [i, each] of streams.entries()) {
      each.foreachRDD(async rdd => {
        await rdd.count();
        (steps[i] ??= []).push((await rdd.toDebugString()).split("\n").length);
      });
    }
    await stream.ssc.start();
    await stream.batches(120);
    for (const [i, lengths] of steps.entries()) {
      assert.equal(
        Math.max(...lengths.slice(0, 40)),
        Math.max(...lengths.slice(80)),
        `${streams[i]}: ${lengths.join()}`,
      );
    }
  });

  test("windows and states of earlier batches can still be read, in any order, and beside each other", async () => {
    await using stream = spanning(sc);
    const { ssc } = stream;
    const queue = Array.from({ length: 15 }, (_, i): [string, number][] => [[`${i % 4}`, i]]);
    const pairs = ssc.queueStream(queue);
    const streams = [pairs.updateStateByKey(total), pairs.reduceByKeyAndWindow(add, null, 3)];
    const seen: unknown[][][] = streams.map(() => []);
    for (const [i, each] of streams.entries()) {
      each.foreachRDD(async rdd => seen[i]?.push((await rdd.collect()).sort()));
    }
    ssc.remember(60);
    await ssc.start();
    await stream.batches(15);
    for (const [i, each] of streams.entries()) {
      const rdds = await each.slice(1, 15);
      for (const [t, rdd] of [...rdds.entries()].reverse()) {
        assert.deepEqual((await rdd.collect()).sort(), seen[i]?.[t], `batch ${t + 1}`);
      }
      const all = await sc.union(rdds.reverse()).collect();
      assert.deepEqual(all.sort(), seen[i]?.flat().sort());
    }
  });
});

describe("when something goes wrong", () => {
  test("a function that throws is blamed with its key, and no record is counted twice after it", async () => {
    await using sc = new SparkContext("local[2]", "throws once");
    sc.setLogLevel("OFF");
    await using stream = spanning(sc);
    const mark = stream.directory.at("thrown");
    const queue = Array.from({ length: 6 }, (_, i): [string, number][] => [
      ["a", i],
      ["b", i],
    ]);
    const seen: unknown[] = [];
    stream.ssc
      .queueStream(queue)
      .updateStateByKey((values, state: number[] | null, key) => {
        const list = state ?? [];
        // In place: what the failed attempt has done to it must not be seen.
        list.push(...values);
        if (key === "b" && list.length === 3 && isFirst(mark)) throw new RangeError("no luck");
        return list;
      }, 1)
      .foreachRDD(async rdd => seen.push(await rdd.collectAsMap()));
    await stream.ssc.start();
    await stream.batches(6);
    const error = (await stream.error()) as DStreamsError;
    assert.equal(error.code, "DSTREAMS_USER_FUNCTION");
    assert.match(error.message, /updateStateByKey at checkpoints\.test\.ts:\d+/);
    assert.match(error.message, /\["b", \[2\], \[0, 1, 2\]\]/);
    assert.match(error.message, /batch time 3000 ms/);
    const lists = (n: number) => Array.from({ length: n }, (_, i) => i);
    assert.deepEqual(
      seen,
      [1, 2, 4, 5, 6].map(
        n =>
          new Map([
            ["a", lists(n)],
            ["b", lists(n)],
          ]),
      ),
    );
  });

  test("an output that throws does not undo the state", async () => {
    await using sc = new SparkContext("local[2]", "output throws");
    sc.setLogLevel("OFF");
    await using stream = spanning(sc);
    const queue = Array.from({ length: 4 }, (_, i): [string, number][] => [["a", i + 1]]);
    const seen: unknown[] = [];
    const states = stream.ssc.queueStream(queue).updateStateByKey(total);
    states.foreachRDD(rdd =>
      rdd.foreach(([, n]) => {
        if (n === 3) throw new Error("the database is away");
      }),
    );
    states.foreachRDD(async rdd => seen.push(await rdd.collect()));
    await stream.ssc.start();
    await stream.batches(4);
    assert.deepEqual(
      seen,
      [1, 3, 6, 10].map(n => [["a", n]]),
    );
  });

  test("a checkpoint that cannot be written fails its batch, and the next one is written", async () => {
    await using sc = new SparkContext("local[2]", "no directory");
    sc.setLogLevel("OFF");
    await using stream = spanning(sc);
    const queue = Array.from({ length: 25 }, (): [string, number][] => [["a", 1]]);
    const seen: number[] = [];
    stream.ssc
      .queueStream(queue)
      .updateStateByKey(total)
      .foreachRDD(async rdd => seen.push(...(await rdd.values().collect())));
    await stream.ssc.start();
    await stream.batches(5);
    // A file where the context's directory should be made.
    const directory = sc.getCheckpointDir() as string;
    const path = directory.replace(/^file:/, "");
    rmSync(path, { recursive: true });
    writeFileSync(path, "");
    await stream.batches(6);
    const error = (await stream.error()) as DStreamsError;
    assert.ok(error instanceof DStreamsError && error.message.includes(path), String(error));
    rmSync(path);
    await stream.batches(14);
    assert.deepEqual(seen.slice(-3), [23, 24, 25]);
    assert.equal([...savedStates(stream.directory.path, "updateStateByKey-0").keys()].at(-1), 20);
  });

  test("a state that does not fit into memory is on disk, and right", async () => {
    using spill = new TemporaryDirectory();
    const conf = new SparkConf(false).setMaster("local[2]").setAppName("small").set("spark.local.dir", spill.path);
    await using sc = new SparkContext(conf.set("spark.executor.memory", "160m"));
    sc.setLogLevel("OFF");
    await using stream = spanning(sc);
    const text = "x".repeat(2000);
    const keys = 60_000;
    const queue = [...Array(6).keys()].map(() =>
      Array.from({ length: keys / 6 }, (_, i): [number, string] => [i, text]),
    );
    const counts: number[] = [];
    let files = 0;
    stream.ssc
      .queueStream(queue.map((batch, t) => batch.map(([i, value]): [number, string] => [t * 10_000 + i, value])))
      .updateStateByKey((values, state: string | null, key) => state ?? `${key} ${values[0]}`, 8)
      .foreachRDD(async rdd => {
        counts.push(await rdd.filter(([key, state]) => state === `${key} ${text}`).count());
        files = Math.max(
          files,
          readdirSync(spill.path, { recursive: true }).filter(name => `${name}`.endsWith(".block")).length,
        );
      });
    await stream.ssc.start();
    await stream.batches(6);
    assert.equal(await stream.error(), undefined);
    assert.deepEqual(
      counts,
      [1, 2, 3, 4, 5, 6].map(n => n * 10_000),
    );
    assert.ok(files > 0, "nothing was on disk");
  });
});
