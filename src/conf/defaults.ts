/**
 * What a `new SparkConf()` begins with, before the program's own `set` calls. From high to low:
 *
 *     flags of `dstreams submit` / `dstreams shell`      submitted.flags
 *     the properties file                                submitted.properties, else spark-defaults.conf
 *     environment variables                              MASTER, SPARK_LOCAL_DIRS, …
 *     built in                                           spark.master = local[*], spark.app.name = the script's file name
 *
 * `submitted` is the one place in the process that the command line fills, before it runs the program; it stands for what
 * spark-submit hands to a JVM as system properties. It hangs on the global object, because the command and the program may
 * each have brought their own copy of this package.
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { DStreamsError } from "../base/errors.ts";
import { parseProperties } from "./properties.ts";

/** What the command line found out. `properties` is undefined when no `--properties-file` was given. */
export interface Submitted {
  readonly flags: ReadonlyMap<string, string>;
  readonly properties: ReadonlyMap<string, string> | undefined;
}

const place = Symbol.for("dstreams.submitted");
const holder = globalThis as { [place]?: Submitted };

/** Called by the command line, once, before the program runs. */
export function setSubmitted(values: Submitted | undefined): void {
  holder[place] = values;
}

/** True when the command line names a properties file, which stands in for spark-defaults.conf. */
export function namesPropertiesFile(): boolean {
  return holder[place]?.properties !== undefined;
}

/** The entries a fresh SparkConf has, lower layers overwritten by higher ones. */
export function defaultEntries(env: NodeJS.ProcessEnv = process.env): Map<string, string> {
  return new Map([
    ...builtIn(),
    ...fromEnvironment(env),
    ...(holder[place]?.properties ?? fromDefaultFile(env)),
    ...(holder[place]?.flags ?? []),
  ]);
}

function builtIn(): [string, string][] {
  const script = process.argv[1];
  const name = script === undefined ? "dstreams" : basename(script);
  return [
    ["spark.master", "local[*]"],
    ["spark.app.name", name],
  ];
}

/** Environment variables that stand for keys; of two for one key the later wins. */
const variables: readonly (readonly [variable: string, key: string])[] = [
  ["MASTER", "spark.master"],
  ["SPARK_MASTER", "spark.master"],
  ["SPARK_LOCAL_DIRS", "spark.local.dir"],
  ["SPARK_DRIVER_MEMORY", "spark.driver.memory"],
  ["SPARK_EXECUTOR_MEMORY", "spark.executor.memory"],
];

function fromEnvironment(env: NodeJS.ProcessEnv): [string, string][] {
  return variables.flatMap(([variable, key]) => {
    const value = env[variable];
    return value === undefined || value === "" ? [] : [[key, value] as [string, string]];
  });
}

/** `$SPARK_CONF_DIR/spark-defaults.conf`, else `$SPARK_HOME/conf/spark-defaults.conf`; nothing when there is no such file. */
function fromDefaultFile(env: NodeJS.ProcessEnv): Map<string, string> {
  const folder = env.SPARK_CONF_DIR ?? (env.SPARK_HOME === undefined ? undefined : join(env.SPARK_HOME, "conf"));
  return folder === undefined
    ? new Map()
    : readProperties(join(folder, "spark-defaults.conf"), { optional: true }).spark;
}

/**
 * The `spark.` entries of a properties file, and the keys of the others, which Spark ignores.
 *
 * @throws DSTREAMS_CONFIGURATION when the file cannot be read (a missing one is empty if it is `optional`)
 */
export function readProperties(
  path: string,
  options: { optional?: boolean } = {},
): { spark: Map<string, string>; ignored: Map<string, string> } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (options.optional === true && (code === "ENOENT" || code === "ENOTDIR"))
      return { spark: new Map(), ignored: new Map() };
    const reason = code === "ENOENT" ? "there is no such file" : (cause as Error).message;
    throw new DStreamsError("DSTREAMS_CONFIGURATION", `Properties file ${path} cannot be read: ${reason}.`, { cause });
  }
  const entries = [...parseProperties(text)];
  return {
    spark: new Map(entries.filter(([key]) => key.startsWith("spark."))),
    ignored: new Map(entries.filter(([key]) => !key.startsWith("spark."))),
  };
}
