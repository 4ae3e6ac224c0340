/**
 * Cluster deploy mode: the driver runs on the cluster as well, so that this machine can be switched off.
 *
 *     this machine                              a host of the cluster
 *     dstreams submit ─▶ spark-submit ────────▶ the application's JVM: Spark's PythonRunner
 *       dstreams-driver.tar.gz, unpacked as       │ ./dstreams-driver/bin/dstreams-driver dstreams.py <program> <arguments>
 *       dstreams-driver/: the program, this       ▼
 *       package, and Node if that is wished     driver.ts: the configuration comes from the JVM; then the program, as its main module,
 *                                                 as anywhere, but that its contexts take this JVM instead of starting one
 *
 * Spark knows applications of Java's and of Python's. Ours is one of Python's: a file that ends in `.py`, which nobody reads, and what
 * `spark.pyspark.driver.python` names is started with it. The driver there is a driver like any other: it sends its program on to
 * executors, or leaves that, by the same settings. A standalone cluster takes no such applications, PySpark's neither.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ownModule } from "../base/own-module.ts";
import { PrivateDirectory } from "../base/private-directory.ts";
import type { SparkConf } from "../conf/spark-conf.ts";
import { findSpark } from "../engine/spark/gateway/find-spark.ts";
import { configurationOptions, submitEnvironment } from "../engine/spark/gateway/submit.ts";
import { sparkOptions } from "../engine/spark/options.ts";
import { makeBundle } from "../engine/spark/shipping/bundle.ts";
import { programFile } from "./run-program.ts";
import { usage } from "./spark-options.ts";

/** What Spark starts for the driver. */
const driverKey = "spark.pyspark.driver.python";

const driver = {
  folder: "dstreams-driver",
  name: "dstreams-driver",
  entry: fileURLToPath(ownModule("./driver", import.meta.url)),
};

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** These have options of spark-submit's, which say more than the key: what is local is sent along. */
const lists = { "spark.files": "--files", "spark.archives": "--archives" };

/**
 * Hands a program to the cluster, and waits as long as spark-submit does: on YARN until it has ended, unless
 * `spark.yarn.submit.waitAppCompletion` is false.
 *
 * @param application as it was given; where nothing is sent along, a path of the cluster's hosts
 * @returns spark-submit's exit code: 0 when the application has succeeded, or was accepted where nobody waits
 * @throws DSTREAMS_USAGE, DSTREAMS_SPARK_NOT_FOUND, DSTREAMS_CONFIGURATION when the program is too large to be sent
 */
export async function submitToCluster(
  conf: SparkConf,
  application: string,
  args: readonly string[],
  verbose: boolean,
): Promise<number> {
  const { shipping } = sparkOptions(conf);
  const settings = new Map(conf.getAll());
  if (shipping === undefined && !settings.has(driverKey)) {
    throw usage(
      `Where nothing is sent along, ${driverKey} has to say what starts the driver on the cluster: ` +
        "--conf spark.pyspark.driver.python=/opt/app/node_modules/.bin/dstreams-driver, say.",
    );
  }
  const program = shipping === undefined ? application.replace(/^local:\/\//, "") : programFile(application);
  const { home } = findSpark(conf.get("spark.home"));
  const directory = new PrivateDirectory(tmpdir(), "submit");
  let child: ChildProcess | undefined;
  // Nothing is left behind: spark-submit gets what is sent to this process, and its end is waited for.
  const pass = (signal: NodeJS.Signals): void => (child === undefined ? process.exit(1) : void child.kill(signal));
  for (const signal of signals) process.on(signal, pass);
  try {
    const folder = directory.make();
    if (shipping !== undefined) {
      const { archive, command } = await makeBundle(folder, pathToFileURL(program).href, shipping, driver);
      settings.set("spark.archives", [settings.get("spark.archives"), archive].filter(Boolean).join(","));
      if (!settings.has(driverKey)) settings.set(driverKey, command);
    }
    const options = [...submitOptions(home, folder, settings), ...(verbose ? ["--verbose"] : [])];
    child = spawn(join(home, "bin", "spark-submit"), [...options, stub(folder), program, ...args], {
      stdio: "inherit",
      env: submitEnvironment(home, process.env),
    });
    return await exitCodeOf(child);
  } finally {
    for (const signal of signals) process.off(signal, pass);
    await directory.remove();
  }
}

function submitOptions(home: string, folder: string, settings: Map<string, string>): string[] {
  const take = (key: string): string => {
    const value = settings.get(key) ?? "";
    settings.delete(key);
    return value;
  };
  const options = ["--master", take("spark.master"), "--deploy-mode", take("spark.submit.deployMode")];
  options.push("--name", take("spark.app.name"));
  for (const [key, option] of Object.entries(lists)) {
    const list = take(key);
    if (list !== "") options.push(option, list);
  }
  return [...options, ...configurationOptions(home, folder, settings)];
}

function stub(folder: string): string {
  const path = join(folder, "dstreams.py");
  writeFileSync(path, "# The program is in TypeScript; dstreams-driver starts it.\n", { flag: "wx", mode: 0o600 });
  return path;
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", code => resolve(code ?? 1));
  });
}
