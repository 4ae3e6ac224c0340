/** Programs on a real YARN: its containers get what they need from here, and in cluster deploy mode run the driver, too. */
import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { descendantsOf } from "../../scripts/services/process-table.ts";
import { yarn } from "../../scripts/services/yarn.ts";
import { project, type Running, root, start } from "../cli/support/run.ts";
import { startServer } from "../support/servers.ts";
import { until } from "./faults/contexts.ts";
import { quickJvm, sparkForTests, sparkVersions } from "../support/spark-homes.ts";

const spark = await sparkForTests(process.env["SPARK_VERSION"] ?? sparkVersions[0]);
const { skip, place, server } = await startServer(yarn);

/** `dstreams submit` of the built package, as whoever has installed it calls it. */
function submit(
  options: readonly string[],
  program: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Running {
  const settings = {
    "spark.yarn.jars": `local:${join(spark.home, "jars", "*")}`,
    "spark.yarn.stagingDir": `file://${join(place.folder, "staging")}`,
    "spark.executor.memory": "512m",
    "spark.executor.instances": "1",
  };
  const conf = Object.entries(settings).flatMap(([key, value]) => ["--conf", `${key}=${value}`]);
  const all = [...quickJvm, "--master", "yarn", ...conf, ...options, program, ...args];
  return start([join(root, "dist/cli/main.js"), "submit", ...all], {
    env: { SPARK_HOME: spark.home, SPARK_LOCAL_IP: "127.0.0.1", HADOOP_CONF_DIR: server.endpoints.conf, ...env },
  });
}

/** What the application masters' processes have printed, in the order of applications. */
function driversOutput(): string {
  const folder = join(place.folder, "logs/containers");
  return readdirSync(folder)
    .toSorted()
    .map(application =>
      readFileSync(
        join(folder, application, `${application.replace("application", "container")}_01_000001/stdout`),
        "utf8",
      ),
    )
    .join("");
}

const onCluster = ["--deploy-mode", "cluster", "--ship-node", "--conf", "spark.yarn.maxAppAttempts=1"];

/** The processes whose working directory is in a folder, whoever's children they are: containers, and what was left of them. */
function workingIn(folder: string): string[] {
  return readdirSync("/proc").filter(pid => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(join(folder, "containers"));
    } catch {
      return false; // no process, or it has just ended
    }
  });
}

describe("YARN", { skip: skip || spark.skip }, () => {
  test("wordcount-files.ts, unchanged", async () => {
    const books = project({ "before.txt": "old words\n" });
    const running = submit(["--verbose", "--ship-node"], join(root, "examples/wordcount-files.ts"), [books.directory]);
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

  test("without shipping: the command that starts workers comes to the executors all the same", async () => {
    const here = project({
      "main.ts": `
        import { readdirSync } from "node:fs";
        import { SparkContext } from "dstreams";
        const sc = new SparkContext();
        const found = sc.parallelize([1], 1).flatMap(() => readdirSync(".")).filter(name => name.startsWith("dstreams"));
        console.log(await found.collect());
        console.log(await sc.parallelize([1], 1).map(() => process.env.SPARK_USER).collect());
        console.log(sc.applicationId);
        await sc.stop();`,
    });
    const { code, stdout, stderr } = await submit(["--no-ship"], here.path("main.ts"), [], {
      HADOOP_USER_NAME: "alice",
    }).ended;
    assert.equal(code, 0, stderr);
    // who speaks to HDFS there
    assert.match(stdout, /^\[ 'alice' \]$/m);
    assert.match(stdout, /^application_\d+_\d+$/m);
    assert.match(stdout, /^\[ 'dstreams-worker' \]$/m);
    here.remove();
  });

  test("in cluster deploy mode the driver runs there, with its project, its arguments and the submitted configuration", async () => {
    const here = project({
      "package.json": '{ "type": "module" }',
      "lib.ts": "export const twice = (n: number): number => 2 * n;",
      "main.ts": `
        import { readFileSync, renameSync, writeFileSync } from "node:fs";
        import { SparkContext, StreamingContext } from "dstreams";
        import { twice } from "./lib.ts";
        const [folder, word] = process.argv.slice(2);
        const sc = new SparkContext();
        console.log(/<name>ours</.test(readFileSync(process.env.HADOOP_CONF_DIR + "/core-site.xml", "utf8")));
        console.log([sc.appName, sc.master, sc.getConf().get("spark.test"), import.meta.dirname, word].join("|"));
        const ssc = new StreamingContext(sc, 1);
        const counts = ssc.textFileStream(folder).flatMap(line => line.split(" ")).map(w => [w, 1]).reduceByKey((a, b) => a + b);
        counts.mapValues(twice).foreachRDD(async rdd => {
          const found = await rdd.collect();
          if (found.length > 0) {
            console.log(JSON.stringify(found));
            void ssc.stop();
          }
        });
        await ssc.start();
        writeFileSync(folder + "/.new.txt", word + " " + word);
        renameSync(folder + "/.new.txt", folder + "/new.txt");
        await ssc.awaitTermination();
        console.log("ended");`,
    });
    mkdirSync(here.path("in"));
    const options = [...onCluster, "--name", "far", "--conf", "spark.test=a = b\\c ü"];
    // The cluster's hosts have another.
    cpSync(server.endpoints.conf, here.path("conf"), { recursive: true });
    const site = readFileSync(here.path("conf/core-site.xml"), "utf8");
    const own = "<property><name>ours</name><value>1</value></property></configuration>";
    writeFileSync(here.path("conf/core-site.xml"), site.replace("</configuration>", own));
    const args = [here.path("in"), "it's $HOME"];
    const { code, stderr } = await submit(options, here.path("main.ts"), args, { HADOOP_CONF_DIR: here.path("conf") })
      .ended;
    assert.equal(code, 0, stderr);
    const said = driversOutput();
    assert.match(said, /^true$/m);
    const [, where = ""] = /^far\|yarn\|a = b\\c ü\|(.*)\|it's \$HOME$/m.exec(said) ?? [];
    assert.ok(where.startsWith(join(place.folder, "containers")) && where.endsWith(here.directory), said);
    assert.match(said, /^\[\["it's",4\],\["\$HOME",4\]\]$|^\[\["\$HOME",4\],\["it's",4\]\]$/m);
    assert.match(said, /^ended$/m);
    here.remove();
  });

  test("in cluster deploy mode an error of the program's fails the application, and names its line", async () => {
    const here = project({
      "main.ts": `import { SparkContext } from "dstreams";
        const sc = new SparkContext();
        await sc.parallelize([1]).map(() => { throw new Error("no luck") }).count();`,
    });
    const { code, stderr } = await submit(onCluster, here.path("main.ts")).ended;
    assert.equal(code, 1, stderr);
    assert.match(stderr, /User application exited with status 1/);
    assert.match(driversOutput(), /no luck[^]*main\.ts:3:/);
    here.remove();
  });

  test("in cluster deploy mode nobody is left when the application's JVM is killed", async () => {
    const here = project({
      "main.ts": `import { writeFileSync } from "node:fs";
        import { SparkContext } from "dstreams";
        const sc = new SparkContext();
        await sc.parallelize([1]).count();
        writeFileSync(process.argv[2], "");
        process.kill(process.ppid, "SIGKILL");
        setInterval(() => undefined, 1000);`,
    });
    const { code, stderr } = await submit(onCluster, here.path("main.ts"), [here.path("reached")]).ended;
    assert.equal(code, 1, stderr);
    assert.ok(existsSync(here.path("reached")), stderr);
    await until(() => descendantsOf(server.nodeManager.pid).length === 0 && workingIn(place.folder).length === 0);
    here.remove();
  });
});
