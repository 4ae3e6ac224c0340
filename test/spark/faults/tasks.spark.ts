/** Users' functions that throw, end their process, fill its heap or are cancelled, on real Spark: what is said, and that it goes on. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { DStreamsError, Milliseconds, type SparkContext, StreamingContext } from "../../../src/index.ts";
import { VirtualClock } from "../../../src/testing.ts";
import { isFirst, mark } from "../../product/support/marks.ts";
import { TemporaryDirectory } from "../../product/support/temporary-directory.ts";
import { sparkForTests, sparkVersions } from "../../support/spark-homes.ts";
import { errorOf, marksIn, sparkContext, until } from "./contexts.ts";

const source = readFileSync(import.meta.filename, "utf8").split("\n");

/** The line of this file with this note at its end, counted from 1. */
function lineOf(note: string): number {
  return source.findIndex(line => line.endsWith(`// ${note}`)) + 1;
}

const settings = {
  "spark.executor.pyspark.memory": "200m",
  // so long a task that is cancelled may go on; Spark's own is 2 s
  "spark.python.task.killTimeout": "50ms",
};

for (const version of sparkVersions) {
  const { home, skip } = await sparkForTests(version);

  describe(`on Spark ${version}`, { skip }, () => {
    let context: SparkContext | undefined;
    const sc = () => (context ??= sparkContext(home, "local[2,2]", settings));
    after(() => context?.stop());

    /** Nothing of what went wrong is in the way of the next job. */
    const works = async () => {
      const pairs = sc()
        .parallelize([1, 2, 3, 4], 2)
        .map((n): [number, number] => [n % 2, n]);
      assert.deepEqual((await pairs.reduceByKey((a, b) => a + b, 2).collect()).sort(), [
        [0, 6],
        [1, 4],
      ]);
    };

    test("a function throws: where, at which record, in which attempt", async () => {
      const numbers = sc().parallelize([1, 2, 3, 4], 2);
      const failing = numbers.map(n => {
        if (n === 3) throw new RangeError("unlucky"); // map
        return n;
      });
      const error = await errorOf(failing.collect());
      assert.equal(error.code, "DSTREAMS_USER_FUNCTION");
      assert.match(
        error.message,
        /^map at tasks\.spark\.ts:\d+ failed: unlucky\n {2}record: 3\n {2}stage \d+, partition 1, attempt 2 of 2$/,
      );
      for (const each of [error, error.cause as Error]) {
        const frame = each.stack?.split("\n").find(line => /^\s+at /.test(line)) ?? "";
        assert.match(frame, new RegExp(`tasks\\.spark\\.ts:${lineOf("map")}:\\d+`));
      }
      assert.equal((error.cause as Error).name, "RangeError");
      await works();
    });

    test("a function throws on the map side of a shuffle in a stream: with the batch's time, and the next batch is right", async () => {
      const clock = new VirtualClock(0);
      const ssc = new StreamingContext(sc(), Milliseconds(1000), { clock });
      const batches: unknown[] = [];
      ssc
        .queueStream([[1], [13], [2]])
        .map((n): [number, number] => {
          if (n === 13) throw new RangeError("unlucky 13"); // stream
          return [n, n];
        })
        .reduceByKey((a, b) => a + b)
        .foreachRDD(async rdd => void batches.push(await rdd.collect()));
      await ssc.start();
      await clock.advance(3000);
      assert.deepEqual(batches, [[[1, 1]], [[2, 2]]]);
      const error = await errorOf(ssc.awaitTermination());
      await ssc.stop({ stopSparkContext: false });
      assert.equal(error.code, "DSTREAMS_USER_FUNCTION");
      assert.match(
        error.message,
        /^map at tasks\.spark\.ts:\d+ failed: unlucky 13\n {2}record: 13\n {2}batch time 2000 ms, stage \d+, partition \d+, attempt 2 of 2$/,
      );
      assert.match(error.stack ?? "", new RegExp(`tasks\\.spark\\.ts:${lineOf("stream")}:\\d+`));
    });

    for (const [how, die, reason] of [
      ["calls process.exit", () => process.exit(7), "it exited with code 7"],
      ["kills its process", () => void process.kill(process.pid, "SIGKILL"), "it was ended by SIGKILL"],
    ] as const) {
      test(`a function ${how}: once is no harm; always is an error that says so`, async () => {
        using directory = new TemporaryDirectory();
        const [once, calls] = [directory.at("once"), directory.at("calls")];
        const numbers = sc().parallelize([1, 2, 3, 4], 2);
        const shaky = numbers.map(n => {
          if (n === 3 && isFirst(once)) die();
          return n;
        });
        assert.deepEqual(await shaky.collect(), [1, 2, 3, 4]);
        const deadly = numbers.map(n => {
          if (n !== 3) return n;
          mark(calls);
          die();
          return n;
        });
        const error = await errorOf(deadly.collect());
        assert.equal(error.code, "DSTREAMS_WORKER_LOST");
        assert.match(
          error.message,
          new RegExp(
            `^A worker died while it ran a task: ${reason} \\(in collect at tasks\\.spark\\.ts:\\d+\\)\n {2}stage \\d+, partition 1, attempt 2 of 2$`,
          ),
        );
        assert.match(error.stack ?? "", /tasks\.spark\.ts/);
        assert.equal(marksIn(calls), 2);
        await works();
      });
    }

    test("a function fills its heap: an error that says what to do", async () => {
      const hoard = sc()
        .parallelize([1, 2], 2)
        .map(n => {
          const all: unknown[] = [];
          while (n === 2) all.push([`record ${all.length}`]);
          return n;
        });
      const error = await errorOf(hoard.collect());
      assert.equal(error.code, "DSTREAMS_OUT_OF_MEMORY");
      assert.match(
        error.message,
        /its heap was full \(the limit is 133 MiB\) \(in collect at tasks\.spark\.ts:\d+\)\n.*Use more partitions.*spark\.executor\.pyspark\.memory[^]*partition 1, attempt 2 of 2$/,
      );
      await works();
    });

    test("a job is cancelled: its promise rejects at once, its tasks end on the executors", async () => {
      using directory = new TemporaryDirectory();
      const [began, pids] = [directory.at("began"), directory.at("pids")];
      sc().setJobGroup("slow ones", "two tasks that do not end");
      const endless = sc()
        .parallelize([1, 2], 2)
        .map(async n => {
          const fs = await import("node:fs");
          fs.appendFileSync(pids, `${process.pid}\n`);
          mark(began);
          while (n > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
          return n;
        });
      const failing = errorOf(endless.collect());
      await until(() => marksIn(began) === 2);
      sc().cancelJobGroup("slow ones");
      const error = await failing;
      assert.equal(error.code, "DSTREAMS_CANCELLED");
      assert.match(error.message, /^Job \d+ cancelled part of cancelled job group slow ones$/);
      const workers = readFileSync(pids, "utf8").trim().split("\n").map(Number);
      assert.equal(workers.length, 2);
      await until(() => workers.every(isGone));
      await works();
    });

    test("a job is cancelled in any moment of its beginning: none of its tasks holds up the next job", async () => {
      using directory = new TemporaryDirectory();
      const calls = directory.at("calls");
      const endless = sc()
        .parallelize([1, 2], 2)
        .map(n => {
          mark(calls);
          while (n > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
          return n;
        });
      // Every time a few turns of the loop later than the last time: before, while and after Spark hears of the job.
      for (let turns = 0; turns < 12; turns++) {
        sc().setJobGroup("early", "cancelled early");
        const failing = errorOf(endless.collect());
        for (let turn = 0; turn < turns * 4; turn++) await new Promise(resolve => setImmediate(resolve));
        sc().cancelJobGroup("early");
        const error = await failing;
        assert.ok(error instanceof DStreamsError && error.code === "DSTREAMS_CANCELLED");
      }
      await works();
    });
  });
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}
