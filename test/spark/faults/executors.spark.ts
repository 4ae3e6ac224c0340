/** Executors that are killed on a standalone cluster of two workers: each record once, map stages again, nobody left. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { after, describe, test } from "node:test";
import { descendantsOf, startOf } from "../../../scripts/services/process-table.ts";
import { sparkWith } from "../../../scripts/services/spark.ts";
import { Milliseconds, type SparkContext, StreamingContext } from "../../../src/index.ts";
import { VirtualClock } from "../../../src/testing.ts";
import { isFirst, mark } from "../../product/support/marks.ts";
import { assertHealthy } from "../../product/support/stream.ts";
import { TemporaryDirectory } from "../../product/support/temporary-directory.ts";
import { startServer } from "../../support/servers.ts";
import { marksIn, sparkContext, until } from "./contexts.ts";

const { skip, server } = await startServer(sparkWith({ version: "4.3.0" }));

/** The executor that the calling task runs on: the parent of the daemon, which is the parent of the worker. */
function killExecutor(): void {
  const parentOf = (pid: number): number => Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]);
  process.kill(parentOf(process.ppid), "SIGKILL");
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000); // until nobody wants an answer any more
}

const thousand = Array.from({ length: 1000 }, (_, n) => n);
const sums = Array.from({ length: 10 }, (_, digit) => [digit, 49_500 + digit * 100]);

describe("an executor is killed", { skip }, () => {
  let context: SparkContext | undefined;
  const sc = () =>
    (context ??= sparkContext(server.endpoints.home, server.endpoints.master, {
      "spark.executor.memory": "512m",
      "spark.python.task.killTimeout": "50ms",
      // jobs wait until both executors are there
      "spark.scheduler.minRegisteredResourcesRatio": "1.0",
      "spark.scheduler.maxRegisteredResourcesWaitingTime": "120s",
    }));
  after(() => context?.stop());

  test("in the middle of the map side: each record once", async () => {
    using directory = new TemporaryDirectory();
    const deaths = directory.at("deaths");
    const pairs = sc()
      .parallelize(thousand, 4)
      .map((n): [number, number] => {
        if (n % 500 === 250 && isFirst(deaths)) killExecutor();
        return [n % 10, n];
      });
    assert.deepEqual(
      await pairs
        .reduceByKey((a, b) => a + b, 3)
        .sortByKey()
        .collect(),
      sums,
    );
    assert.ok(existsSync(deaths));
  });

  test("in the middle of the reduce side, with the map outputs it holds: the map stage runs again, each record once", async () => {
    using directory = new TemporaryDirectory();
    const [deaths, maps] = [directory.at("deaths"), directory.at("maps")];
    const reduced = sc()
      .parallelize(thousand, 4)
      .mapPartitions(all => {
        mark(maps);
        return all;
      })
      .map((n): [number, number] => [n % 10, n])
      .reduceByKey((a, b) => a + b, 4)
      .map(pair => {
        if (isFirst(deaths)) killExecutor();
        return pair;
      });
    assert.deepEqual(
      (await reduced.collect()).sort(([a], [b]) => a - b),
      sums,
    );
    assert.ok(marksIn(maps) > 4, `${marksIn(maps)} map tasks: some of the four had to run again`);
  });

  test("between two jobs, with the shuffle files and kept partitions it holds: they are made again", async () => {
    using directory = new TemporaryDirectory();
    const maps = directory.at("maps");
    const counts = sc()
      .parallelize(thousand, 4)
      .mapPartitions(all => {
        mark(maps);
        return all;
      })
      .map((n): [number, number] => [n % 10, n])
      .reduceByKey((a, b) => a + b, 4)
      .cache();
    assert.equal(await counts.count(), 10);
    const before = marksIn(maps);
    assert.equal(before, 4);
    const executors = server.workers.flatMap(worker => worker.executors);
    assert.ok(executors.length > 0);
    const started = executors.flatMap(executor => [executor, ...descendantsOf(executor).map(({ pid }) => pid)]);
    for (const executor of executors) process.kill(executor, "SIGKILL");
    assert.deepEqual(
      (await counts.collect()).sort(([a], [b]) => a - b),
      sums,
    );
    assert.ok(marksIn(maps) > before, `${marksIn(maps)} map tasks`);
    await until(() => started.every(pid => startOf(pid) === undefined));
    await counts.unpersist();
  });

  test("under a stream that writes numbered records to files: none is missing, none is there twice", async () => {
    using directory = new TemporaryDirectory();
    const deaths = directory.at("deaths");
    const clock = new VirtualClock(0);
    const ssc = new StreamingContext(sc(), Milliseconds(1000), { clock });
    const batches = Array.from({ length: 5 }, (_, batch) => thousand.slice(0, 100).map(n => batch * 100 + n));
    ssc
      .queueStream(batches)
      .map((n): [number, string] => {
        if (n === 250 && isFirst(deaths)) killExecutor();
        return [n % 4, `${n}`];
      })
      .groupByKey(2)
      .flatMap(([, numbers]) => [...numbers])
      .saveAsTextFiles(directory.at("out/batch"));
    await ssc.start();
    await clock.advance(5000);
    await assertHealthy(ssc);
    await ssc.stop({ stopSparkContext: false });
    const written = readdirSync(directory.at("out")).flatMap(batch =>
      readdirSync(directory.at(`out/${batch}`))
        .filter(name => name.startsWith("part-"))
        .flatMap(name =>
          readFileSync(directory.at(`out/${batch}/${name}`), "utf8")
            .split("\n")
            .filter(Boolean),
        ),
    );
    assert.ok(existsSync(deaths));
    assert.deepEqual(
      written.map(Number).sort((a, b) => a - b),
      thousand.slice(0, 500),
    );
  });

  test("nobody is left on the cluster when the context has stopped", async () => {
    await sc().stop();
    await until(() => server.workers.every(worker => descendantsOf(worker.process.pid).length === 0));
  });
});
