/** Speculation: a task that takes long is tried once more on another host, and who is first wins. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { startOf } from "../../../scripts/services/process-table.ts";
import { sparkWith } from "../../../scripts/services/spark.ts";
import { isFirst, mark } from "../../product/support/marks.ts";
import { TemporaryDirectory } from "../../product/support/temporary-directory.ts";
import { startServer } from "../../support/servers.ts";
import { marksIn, sparkContext, until } from "./contexts.ts";

const ownHosts = process.platform === "linux";
const reason = ownHosts ? false : "skipped: only Linux has a second loopback address, 127.0.0.2";
const { skip, server } = await startServer(sparkWith({ version: "4.3.0", ownHosts }));

describe("speculation", { skip: reason || skip }, () => {
  const sc = sparkContext(server.endpoints.home, server.endpoints.master, {
    "spark.executor.memory": "512m",
    "spark.python.task.killTimeout": "50ms",
    "spark.speculation": "true",
    "spark.speculation.interval": "50ms",
    "spark.speculation.quantile": "0.5",
    "spark.speculation.minTaskRuntime": "100ms",
    "spark.scheduler.minRegisteredResourcesRatio": "1.0",
    "spark.scheduler.maxRegisteredResourcesWaitingTime": "120s",
  });
  after(() => sc.stop());

  test("a task that hangs does not hold up its job, counts once, and ends", async () => {
    using directory = new TemporaryDirectory();
    const [slow, runs, pid] = ["slow", "runs", "pid"].map(name => directory.at(name)) as [string, string, string];
    const counted = sc.accumulator(0);
    const pairs = sc
      .range(0, 1000, 1, 4)
      .mapPartitions(all => {
        mark(runs);
        counted.add(1);
        const numbers = [...all];
        if (numbers[0] === 0 && isFirst(slow)) {
          writeFileSync(pid, `${process.pid}`);
          for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
        }
        return numbers;
      })
      .map((n): [number, number] => [n % 10, n]);
    assert.deepEqual(
      (await pairs.reduceByKey((a, b) => a + b, 2).collect()).sort(([a], [b]) => a - b),
      Array.from({ length: 10 }, (_, digit) => [digit, 49_500 + digit * 100]),
    );
    assert.equal(marksIn(runs), 5);
    assert.equal(counted.value, 4);
    await until(() => startOf(Number(readFileSync(pid, "utf8"))) === undefined);
  });
});
