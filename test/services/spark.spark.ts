/** Standalone clusters of real Spark: PySpark itself runs jobs on them, and nothing stays behind. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, describe, test } from "node:test";
import { descendantsOf, startOf } from "../../scripts/services/process-table.ts";
import { MissingProgram, type ServerProcess, until } from "../../scripts/services/process.ts";
import { pysparkHome } from "../../scripts/services/pyspark.ts";
import { answers, type Place } from "../../scripts/services/service.ts";
import { sparkWith } from "../../scripts/services/spark.ts";
import { startPysparkDriver } from "../support/pyspark-driver.ts";
import { startServer } from "../support/servers.ts";
import { sparkVersions } from "../support/spark-homes.ts";

const clusters = await Promise.all(sparkVersions.map(version => startServer(sparkWith({ version }))));

for (const [i, { skip, place, server }] of clusters.entries()) {
  const version = sparkVersions[i] as string;

  describe(`a standalone cluster of Spark ${version}`, { skip }, () => {
    test("runs a job of PySpark's on both of its workers, and ends with all that runs on it", async () => {
      const settings = {
        master: server.endpoints.master,
        // jobs wait until both executors are there
        "scheduler.minRegisteredResourcesRatio": "1.0",
        "scheduler.maxRegisteredResourcesWaitingTime": "120s",
      };
      const jobs = `
folders = sc.parallelize(range(100), 4).mapPartitions(lambda numbers: [(os.getcwd(), sum(numbers))]).collect()
assert sum(n for _, n in folders) == 4950, folders
workers = {os.path.relpath(folder, ${JSON.stringify(join(place.folder, "work"))}).split("/")[0] for folder, _ in folders}
assert workers == {"worker1", "worker2"}, folders`;
      const driver = await startPysparkDriver(place, version, settings, jobs);
      for (const { name, executors } of server.workers) assert.equal(executors.length, 1, name);
      // A worker that is killed takes its executor along; when it is back, the application gets another one.
      const [worker] = server.workers;
      assert.ok(worker);
      await stopWithAll([worker.process], "SIGKILL");
      await worker.restart();
      await until("executor", worker.process, () => worker.executors.length === 1);
      await stopWithAll(server.processes);
      for (const [name, port] of Object.entries(place.ports)) assert.equal(await answers(port), false, name);
      await driver.stop("SIGKILL");
    });
  });
}

/** An executor has started more for Python. */
async function stopWithAll(processes: readonly ServerProcess[], signal?: NodeJS.Signals): Promise<void> {
  const started = processes.flatMap(({ pid }) => descendantsOf(pid));
  assert.ok(started.length >= 2, `${started.length} processes`);
  await Promise.all(processes.map(process => process.stop(signal)));
  assert.deepEqual(
    started.filter(({ pid, start }) => startOf(pid) === start),
    [],
  );
}

describe("a machine that lacks something", () => {
  const place: Place = { folder: "/none", ports: {}, stays: false };
  const before = { ...process.env };
  afterEach(() => Object.assign(process.env, { JAVA_HOME: before["JAVA_HOME"] ?? "", PATH: before["PATH"] }));

  test("Java", async () => {
    process.env["JAVA_HOME"] = "/no/such/folder";
    await assert.rejects(sparkWith({}).start(place), (error: unknown) => {
      return error instanceof MissingProgram && error.message.startsWith("there is no Java: install a JDK");
    });
  });

  test("Python, for a version of Spark that has not been fetched", async () => {
    process.env["PATH"] = "/no/such/folder";
    await assert.rejects(pysparkHome("0.0.0"), (error: unknown) => {
      return error instanceof MissingProgram && error.message.startsWith("there is no python3: install Python 3");
    });
  });
});
