/** A program on a real YARN, in client mode: its containers get the program, this package and Node from the driver. */
import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { yarn } from "../../scripts/services/yarn.ts";
import { project, root, start } from "../cli/support/run.ts";
import { startServer } from "../support/servers.ts";
import { quickJvm, sparkForTests, sparkVersions } from "../support/spark-homes.ts";

const spark = await sparkForTests(process.env["SPARK_VERSION"] ?? sparkVersions[0]);
const { skip, place, server } = await startServer(yarn);

describe("YARN", { skip: skip || spark.skip }, () => {
  test("wordcount-files.ts, unchanged", async () => {
    const books = project({ "before.txt": "old words\n" });
    const settings = {
      "spark.yarn.jars": `local:${join(spark.home, "jars", "*")}`,
      "spark.yarn.stagingDir": `file://${join(place.folder, "staging")}`,
      "spark.executor.memory": "512m",
      "spark.executor.instances": "1",
    };
    const conf = Object.entries(settings).flatMap(([key, value]) => ["--conf", `${key}=${value}`]);
    const options = [...quickJvm, "--verbose", "--master", "yarn", "--ship-node", ...conf];
    const program = [join(root, "examples/wordcount-files.ts"), books.directory];
    const running = start([join(root, "dist/cli/main.js"), "submit", ...options, ...program], {
      env: { SPARK_HOME: spark.home, SPARK_LOCAL_IP: "127.0.0.1", HADOOP_CONF_DIR: server.endpoints.conf },
    });
    await running.until(/^Time: /m);
    writeFileSync(books.path(".one.txt"), "to be or\nnot to be\n");
    renameSync(books.path(".one.txt"), books.path("one.txt"));
    await running.until(/^\('not', 1\)$/m);
    running.process.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    assert.equal(code, 0, stderr);
    assert.deepEqual([...stdout.matchAll(/^\('(.*)', (\d+)\)$/gm)].map(([, word, n]) => `${word}${n}`).toSorted(), [
      "be2",
      "not1",
      "or1",
      "to2",
    ]);
    assert.match(stderr, /^Shipping: \d+ files, .*dstreams .*, Node v/m);
    books.remove();
  });
});
