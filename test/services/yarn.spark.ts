/** YARN on this machine: PySpark itself runs a job in its containers, and nothing stays behind. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { descendantsOf, startOf } from "../../scripts/services/process-table.ts";
import { answers } from "../../scripts/services/service.ts";
import { yarn } from "../../scripts/services/yarn.ts";
import { startPysparkDriver } from "../support/pyspark-driver.ts";
import { startServer } from "../support/servers.ts";
import { sparkForTests } from "../support/spark-homes.ts";

const version = "4.3.0";
const spark = await sparkForTests(version);
const { skip, place, server } = await startServer(yarn);

describe("YARN", { skip: skip || spark.skip }, () => {
  test("runs a job of PySpark's, and ends with all that runs on it", async () => {
    const settings = {
      master: "yarn",
      "yarn.jars": `local:${join(spark.home, "jars", "*")}`,
      "yarn.stagingDir": `file://${join(place.folder, "staging")}`,
      "executor.instances": "1",
    };
    const jobs = `
folders = sc.parallelize(range(100), 4).mapPartitions(lambda numbers: [(os.getcwd(), sum(numbers))]).collect()
assert sum(n for _, n in folders) == 4950, folders
assert all(folder.startswith(${JSON.stringify(join(place.folder, "containers"))}) for folder, _ in folders), folders`;
    const driver = await startPysparkDriver(place, version, settings, jobs, { HADOOP_CONF_DIR: server.endpoints.conf });
    const started = descendantsOf(server.nodeManager.pid);
    assert.ok(started.length >= 2, `${started.length} processes of an application master and an executor`);
    await Promise.all(server.processes.map(process => process.stop("SIGKILL")));
    assert.deepEqual(
      started.filter(({ pid, start }) => startOf(pid) === start),
      [],
    );
    for (const [name, port] of Object.entries(place.ports)) assert.equal(await answers(port), false, name);
    await driver.stop("SIGKILL");
  });
});
