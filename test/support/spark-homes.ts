/** Apache Spark for tests: of each version that the engine supports, the real one. */
import { java } from "../../scripts/services/maven.ts";
import { MissingProgram } from "../../scripts/services/process.ts";
import { pysparkHome } from "../../scripts/services/pyspark.ts";

/** The versions that whole suites run on. */
export const sparkVersions = ["4.3.0", "3.5.9"] as const;

/** Options for spark-submit: a driver JVM that is quick to start rather than quick, which is what tests need. */
export const quickJvm: readonly string[] = ["--driver-memory", "512m"].concat(
  ["spark.ui.enabled=false", "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"].flatMap(pair => [
    "--conf",
    pair,
  ]),
);

/** The home folder of a version, installed into the cache when it is not there yet. Throws `MissingProgram` where that cannot be. */
export async function sparkHome(version: string): Promise<string> {
  java();
  return pysparkHome(version);
}

/**
 * What `describe` and `test` need: the home, and false, or why this machine cannot run Spark. With CI=true that is an error instead.
 *
 *     const { home, skip } = await sparkForTests("4.3.0");
 *     describe("…", { skip }, () => …);
 */
export async function sparkForTests(version: string): Promise<{ home: string; skip: string | false }> {
  try {
    return { home: await sparkHome(version), skip: false };
  } catch (error) {
    if (!(error instanceof MissingProgram) || process.env["CI"] === "true") throw error;
    return { home: "", skip: `skipped: ${error.message}` };
  }
}
