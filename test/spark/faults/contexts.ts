/** Contexts on real Spark for tests of faults, and what such tests look at. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { SparkConf, SparkContext } from "../../../src/index.ts";

/** A context with a JVM that starts quickly; silent, since errors are what these tests are about. */
export function sparkContext(home: string, master: string, settings: Record<string, string> = {}): SparkContext {
  const conf = new SparkConf(false)
    .setMaster(master)
    .setAppName("faults")
    .set("spark.dstreams.engine", "spark")
    .set("spark.home", home)
    .set("spark.driver.memory", "512m")
    .set("spark.driver.host", "127.0.0.1")
    .set("spark.driver.bindAddress", "127.0.0.1")
    .set("spark.ui.enabled", "false")
    .set("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    .setAll(settings);
  const sc = new SparkContext(conf);
  sc.setLogLevel("OFF");
  return sc;
}

/** What a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  const error: unknown = await promise.then(
    value => assert.fail(`no error, but ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  return error;
}

/** Waits until it is so. The runner's own limit ends a test that waits for ever. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20);
}

/** How many marks a file has. */
export function marksIn(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

/** The processes with this text in their environment: a JVM, its daemon and workers inherit what the driver was started with. */
export function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        return (
          readFileSync(`/proc/${pid}/environ`, "utf8").includes(text) &&
          !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
        );
      } catch {
        return false; // it has just ended, or is not ours
      }
    })
    .map(Number);
}
