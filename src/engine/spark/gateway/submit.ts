/** What spark-submit is given, whoever starts it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { namesPropertiesFile, readProperties } from "../../../conf/defaults.ts";
import { formatProperties } from "../../../conf/properties.ts";

/** An environment that leads it to this Spark, and not to Spark Connect or another gateway. */
export function submitEnvironment(home: string, own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { SPARK_REMOTE: _remote, PYSPARK_GATEWAY_PORT: _port, PYSPARK_GATEWAY_SECRET: _secret, ...rest } = own;
  return { ...rest, SPARK_HOME: home, SPARK_CONNECT_MODE: "0" };
}

/**
 * Options that stand for a configuration. Everybody can see a command line, and some keys are secrets: so they are in a file that only
 * this user can read. Where a file is named, Spark does not look into its own `spark-defaults.conf`, so the entries of that are in it, too.
 *
 * @param folder a private one, which stays until spark-submit has begun
 */
export function configurationOptions(
  home: string,
  folder: string,
  settings: Iterable<readonly [key: string, value: string]>,
): string[] {
  const conf = process.env["SPARK_CONF_DIR"] || join(home, "conf");
  const defaults = namesPropertiesFile()
    ? []
    : readProperties(join(conf, "spark-defaults.conf"), { optional: true }).spark;
  const file = join(folder, "dstreams.conf");
  writeFileSync(file, formatProperties(new Map([...defaults, ...settings])), { flag: "wx", mode: 0o600 });
  return ["--properties-file", file];
}
