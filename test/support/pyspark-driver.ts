/** A program of PySpark's, to see whether a cluster works: `jobs` are run once, then others until the driver is stopped. */
import { launch, type ServerProcess, until } from "../../scripts/services/process.ts";
import { pysparkPython } from "../../scripts/services/pyspark.ts";
import type { Place } from "../../scripts/services/service.ts";

/** Resolves when `jobs`, Python that has the context as `sc`, are done. */
export async function startPysparkDriver(
  place: Place,
  version: string,
  settings: Readonly<Record<string, string>>,
  jobs: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const python = await pysparkPython(version);
  const all = { "app.name": "test", "ui.enabled": "false", "executor.extraJavaOptions": briefly, ...settings };
  const pairs = Object.entries(all).map(([key, value]) => [`spark.${key}`, value]);
  const code = `
import os, pyspark
sc = pyspark.SparkContext(conf=pyspark.SparkConf().setAll(${JSON.stringify(pairs)}))
${jobs}
print("The jobs are done.", flush=True)
while True: sc.parallelize(range(4), 4).count()`;
  const driver = launch(place, "driver", python, ["-c", code], {
    SPARK_LOCAL_IP: "127.0.0.1",
    PYSPARK_PYTHON: python,
    JAVA_TOOL_OPTIONS: briefly,
    ...env,
  });
  await until("result", driver, () => driver.log.includes("The jobs are done."));
  return driver;
}

/** What lives for seconds is not worth compiling well. */
const briefly = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";
