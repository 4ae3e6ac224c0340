/** Users' functions that throw, and workers that die: what a stream says, and that it goes on with right results. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { threadId } from "node:worker_threads";
import type { DStream, DStreamsError } from "../../src/index.ts";
import { dieOnce, mark } from "./support/marks.ts";
import { assertHealthy, errorOf, newContext, newStream, sharedContext } from "./support/stream.ts";
import { TemporaryDirectory } from "./support/temporary-directory.ts";

const source = readFileSync(import.meta.filename, "utf8").split("\n");

/** The line of this file with this note at its end, counted from 1. */
function lineOf(note: string): number {
  return source.findIndex(line => line.endsWith(`// ${note}`)) + 1;
}

interface Mistake {
  /** The operator that is to be blamed. */
  readonly operator: string;
  /** What the message says of the record; undefined: there is none to be shown. */
  readonly record?: string;
  readonly stream: (numbers: DStream<number>) => DStream<unknown>;
}

/** Each throws at the number 13, on a line that is noted by name. */
const mistakes: Record<string, Mistake> = {
  map: {
    operator: "map",
    record: "13",
    stream: numbers =>
      numbers.map(n => {
        if (n === 13) throw new RangeError("unlucky 13"); // map
        return n;
      }),
  },
  "map, fused with others": {
    operator: "map",
    record: '{n: 13, text: "13"}',
    stream: numbers =>
      numbers
        .filter(n => n > 0)
        .map(n => ({ n, text: `${n}` }))
        .map(each => {
          if (each.n === 13) throw new RangeError("unlucky 13"); // map, fused with others
          return each.text;
        })
        .filter(text => text !== ""),
  },
  filter: {
    operator: "filter",
    record: "13",
    stream: numbers =>
      numbers.filter(n => {
        if (n === 13) throw new RangeError("unlucky 13"); // filter
        return true;
      }),
  },
  flatMap: {
    operator: "flatMap",
    record: "13",
    stream: numbers =>
      numbers.flatMap(function* (n) {
        yield n;
        if (n === 13) throw new RangeError("unlucky 13"); // flatMap
      }),
  },
  mapPartitions: {
    operator: "mapPartitions",
    stream: numbers =>
      numbers.mapPartitions(function* (all) {
        for (const n of all) {
          if (n === 13) throw new RangeError("unlucky 13"); // mapPartitions
          yield n;
        }
      }),
  },
  mapValues: {
    operator: "mapValues",
    record: '["key", 13]',
    stream: numbers =>
      numbers
        .map(n => ["key", n])
        .mapValues(n => {
          if (n === 13) throw new RangeError("unlucky 13"); // mapValues
          return n;
        }),
  },
  reduceByKey: {
    operator: "reduceByKey",
    stream: numbers =>
      numbers
        .map(n => [n % 2, n])
        .reduceByKey((a, b) => {
          if (a === 13 || b === 13) throw new RangeError("unlucky 13"); // reduceByKey
          return a + b;
        }),
  },
  "after a shuffle": {
    operator: "map",
    record: '["odd", 13]',
    stream: numbers =>
      numbers
        .filter(n => n % 13 === 0)
        .map(n => ["odd", n])
        .reduceByKey((a, b) => a + b)
        .map(([, sum]) => {
          if (sum === 13) throw new RangeError("unlucky 13"); // after a shuffle
          return sum;
        }),
  },
  transform: {
    operator: "map",
    record: "13",
    stream: numbers =>
      numbers.transform(rdd =>
        rdd.map(n => {
          if (n === 13) throw new RangeError("unlucky 13"); // transform
          return n;
        }),
      ),
  },
};

/** None of these is thrown by a function while it runs, and all have to end the task, not the process. */
const strays: Record<string, () => void> = {
  "a rejection nobody handles": () => void Promise.reject(new RangeError("left behind")),
  "a callback that throws": () => {
    setImmediate(() => {
      throw new RangeError("left behind");
    });
  },
};

describe("a function that fails in a stream", () => {
  const sc = sharedContext("local[2]");
  for (const [name, mistake] of Object.entries(mistakes)) {
    test(`at one record, in ${name}: the error says where and when, the batches before and after it are right`, async () => {
      await using stream = newStream(sc());
      const { ssc } = stream;
      const counts: number[] = [];
      const batches = [[1, 2, 3], [10, 11, 12, 13, 14, 15], [4, 5], [13], [6]];
      mistake.stream(ssc.queueStream(batches)).foreachRDD(async (rdd, time) => {
        await rdd.count();
        counts.push(time.milliseconds);
      });
      await ssc.start();
      await stream.batches(5);
      const error = await errorOf(ssc);
      // With one record there is nothing to reduce: no call, no error.
      assert.deepEqual(counts, name === "reduceByKey" ? [1000, 3000, 4000, 5000] : [1000, 3000, 5000]);
      assertSays(error, name, mistake);
    });
  }

  for (const [name, goAstray] of Object.entries(strays)) {
    test(`${name} fails the batch whose function began it`, async () => {
      await using stream = newStream(sc());
      const { ssc } = stream;
      const sums: number[] = [];
      ssc
        .queueStream([[1], [13], [2]])
        .mapPartitions(async function* (all) {
          for (const n of all) {
            if (n === 13) {
              goAstray();
              await new Promise(() => undefined);
            }
            yield n;
          }
        })
        .foreachRDD(async rdd => sums.push(await rdd.sum()));
      await ssc.start();
      await stream.batches(3);
      assert.deepEqual(sums, [1, 2]);
      const error = await errorOf(ssc);
      assert.equal(error.code, "DSTREAMS_USER_FUNCTION");
      assert.match(
        error.message,
        /^A promise or callback that nobody awaited failed: left behind\n.*batch time 2000 ms/,
      );
      assert.match(error.stack ?? "", /^\s+at .*faults\.test\.ts:\d+:\d+/m);
    });
  }

  test("a failing output operation leaves the others of its batch alone", async () => {
    await using stream = newStream(sc());
    const { ssc } = stream;
    const sums: [first: number[], second: number[]] = [[], []];
    const numbers = ssc.queueStream([[1, 2], [13, 1], [3]]);
    const checked = numbers.map(n => {
      if (n === 13) throw new RangeError("unlucky");
      return n;
    });
    checked.foreachRDD(async rdd => sums[0].push(await rdd.sum()));
    numbers.foreachRDD(async rdd => sums[1].push(await rdd.sum()));
    await ssc.start();
    await stream.batches(3);
    assert.deepEqual(sums, [
      [3, 3],
      [3, 14, 3],
    ]);
    assert.match((await errorOf(ssc)).message, /batch time 2000 ms/);
  });
});

function assertSays(error: DStreamsError, note: string, { operator, record }: Mistake): void {
  assert.equal(error.code, "DSTREAMS_USER_FUNCTION");
  assert.match(error.message, new RegExp(`^${operator} at faults\\.test\\.ts:\\d+ failed: unlucky 13`));
  assert.match(error.message, /batch time 2000 ms, stage \d+, partition \d/);
  if (record !== undefined) assert.ok(error.message.includes(`\n  record: ${record}\n`), error.message);
  assert.ok(error.cause instanceof Error);
  assert.equal(error.cause.name, "RangeError");
  const place = new RegExp(`^\\s+at .*faults\\.test\\.ts:${lineOf(note)}:\\d+`);
  for (const each of [error, error.cause]) {
    const frame = each.stack?.split("\n").find(line => /^\s+at /.test(line)) ?? "";
    assert.match(frame, place, `the first frame of\n${each.stack}`);
  }
}

test("local[N,F]: a function that fails now and then is tried again, and nobody hears of it", async () => {
  await using context = newContext("local[2,3]");
  await using stream = newStream(context);
  using directory = new TemporaryDirectory();
  const path = directory.at("marks");
  const { ssc } = stream;
  const batches: number[][] = [];
  const flaky = ssc.queueStream([[1], [2]]).map(n => {
    if (mark(path) % 3 !== 0) throw new Error("not yet");
    return n;
  });
  flaky.foreachRDD(async rdd => batches.push(await rdd.collect()));
  await ssc.start();
  await stream.batches(2);
  await assertHealthy(ssc);
  assert.deepEqual(batches, [[1], [2]]);
});

const numbers = Array.from({ length: 1000 }, (_, i) => i);
const sumsByDigit = Array.from({ length: 10 }, (_, digit) => [digit, 49_500 + digit * 100]);

describe("a worker that dies under a stream", () => {
  const sc = sharedContext("local[2]");

  test("in the middle of a task: right results", async () => {
    await using stream = newStream(sc());
    using directory = new TemporaryDirectory();
    const [deaths, calls] = [directory.at("deaths"), directory.at("calls")];
    const { ssc } = stream;
    const batches: [number, number][][] = [];
    ssc
      .queueStream([numbers, numbers])
      .map(n => {
        mark(calls);
        if (n % 500 === 250) dieOnce(deaths);
        return [n % 10, n];
      })
      .reduceByKey((a, b) => a + b, 3)
      .foreachRDD(async rdd => batches.push(await rdd.sortByKey().collect()));
    await ssc.start();
    await stream.batches(2);
    await assertHealthy(ssc);
    assert.deepEqual(batches, [sumsByDigit, sumsByDigit]);
    assert.equal(mark(calls) - 1, 2251, "the records before its death were seen again, and no others");
  });

  test("between map and reduce side: right results, and the map side does not run again", async () => {
    await using stream = newStream(sc());
    using directory = new TemporaryDirectory();
    const [deaths, maps, reduces] = [directory.at("deaths"), directory.at("maps"), directory.at("reduces")];
    const { ssc } = stream;
    const batches: [number, number][][] = [];
    ssc
      .queueStream([numbers, numbers])
      .mapPartitions(all => {
        mark(maps);
        return all;
      })
      .map(n => [n % 10, n])
      .reduceByKey((a, b) => a + b, 4)
      .mapPartitions(all => {
        mark(reduces);
        dieOnce(deaths);
        return all;
      })
      .foreachRDD(async rdd => batches.push((await rdd.collect()).sort(([a], [b]) => a - b)));
    await ssc.start();
    await stream.batches(2);
    await assertHealthy(ssc);
    assert.deepEqual(batches, [sumsByDigit, sumsByDigit]);
    assert.equal(mark(maps) - 1, 4, "two partitions a batch, each mapped once");
    assert.equal(mark(reduces) - 1, 9, "four partitions a batch, and one of them again");
  });

  test("while it holds cached partitions: they are computed again, those of the other worker are not", async () => {
    await using stream = newStream(sc());
    using directory = new TemporaryDirectory();
    const [deaths, computed] = [directory.at("deaths"), directory.at("computed")];
    const { ssc } = stream;
    const results: unknown[] = [];
    const kept = ssc
      .queueStream([numbers])
      .mapPartitions(all => {
        mark(computed);
        return Array.from(all, n => [n % 10, threadId] as [number, number]);
      })
      .cache();
    kept.foreachRDD(async rdd => {
      const holders = await rdd.values().distinct().collect();
      results.push(holders.length);
      await rdd.foreachPartition(() => dieOnce(deaths));
      results.push(await rdd.count(), (await rdd.keys().distinct().collect()).length);
    });
    kept.foreachRDD(async rdd => results.push(await rdd.keys().sum()));
    await ssc.start();
    await stream.batches(1);
    await assertHealthy(ssc);
    assert.deepEqual(results, [2, 1000, 10, 4500]);
    assert.equal(mark(computed) - 1, 3, "each partition once, and that of the dead worker again");
  });

  test("again and again at the same record: an error that says so, and the stream goes on", async () => {
    await using stream = newStream(sc());
    const { ssc } = stream;
    const sums: number[] = [];
    ssc
      .queueStream([[1, 2], [13], [3]])
      .map(n => {
        if (n > 12) process.exit(7);
        return n;
      })
      .foreachRDD(async rdd => sums.push(await rdd.sum()));
    await ssc.start();
    await stream.batches(3);
    assert.deepEqual(sums, [3, 3]);
    const error = await errorOf(ssc);
    assert.equal(error.code, "DSTREAMS_WORKER_LOST");
    assert.match(error.message, /exited with code 7/);
    assert.match(error.message, /batch time 2000 ms/);
  });
});

test("a worker that runs out of memory: an error that says what to do, and the stream goes on", async () => {
  // 64 MB of heap for each of the workers.
  await using context = newContext("local[2]", { "spark.executor.memory": "128m" });
  await using stream = newStream(context);
  const { ssc } = stream;
  const counts: number[] = [];
  ssc
    .queueStream([[1, 2], [1_000_000_000], [3]])
    .mapPartitions(all => {
      const hoard: string[][] = [];
      for (const n of all) for (let i = 0; i < n; i++) hoard.push([`record ${i}`]);
      return hoard;
    })
    .foreachRDD(async rdd => counts.push(await rdd.count()));
  await ssc.start();
  await stream.batches(3);
  assert.deepEqual(counts, [3, 3]);
  const error = await errorOf(ssc);
  assert.equal(error.code, "DSTREAMS_OUT_OF_MEMORY");
  assert.match(error.message, /Use more partitions.*spark\.executor\.memory/s);
  assert.match(error.message, /batch time 2000 ms/);
});
