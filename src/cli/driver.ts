#!/usr/bin/env node
/**
 * The command `dstreams-driver`, which Spark starts on the cluster in cluster deploy mode; see cluster-mode.ts. For images that have
 * everything in them it is what `spark.pyspark.driver.python` names.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { setSubmitted } from "../conf/defaults.ts";
import { givenAddress } from "../engine/spark/gateway/gateway.ts";
import { givenConfiguration } from "../engine/spark/given-jvm.ts";
import { describeFailure } from "./report.ts";
import { becomeProgram, runProgram } from "./run-program.ts";
import { usage } from "./spark-options.ts";

// The file that makes it an application for Spark comes first.
const [, , , program, ...args] = process.argv;
try {
  if (program === undefined || givenAddress(process.env) === undefined) {
    throw usage("This program is started by Spark. Write: dstreams submit --deploy-mode cluster <app.ts> [arguments].");
  }
  endWithJvm();
  takeHadoopsConfiguration();
  becomeProgram(placeOf(program), args);
  setSubmitted({ flags: await givenConfiguration(), properties: new Map() });
  runProgram(false);
} catch (error) {
  console.error(describeFailure(error, false));
  process.exit(1);
}

/** The program's path is that of the machine where it was submitted. */
function placeOf(path: string): string {
  const mirror = process.env["DSTREAMS_MIRROR"];
  const shipped = mirror === undefined ? path : join(mirror, path);
  return existsSync(shipped) ? shipped : path;
}

/** YARN brings what HADOOP_CONF_DIR names where the program was submitted; the variable itself is this host's. */
function takeHadoopsConfiguration(): void {
  const brought = resolve("__spark_conf__/__hadoop_conf__");
  if (existsSync(brought)) process.env["HADOOP_CONF_DIR"] = brought;
}

/** Nobody writes to the pipe that the JVM has made for us: it ends with it, and without Spark a driver is of no use. */
function endWithJvm(): void {
  process.stdin.on("end", () => process.exit(1)).on("error", () => undefined);
  process.stdin.resume();
  (process.stdin as unknown as { unref(): void }).unref();
}
