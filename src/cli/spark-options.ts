/**
 * The options that `dstreams submit` and `dstreams shell` share: Spark's, by Spark's names, each standing for a key of the
 * configuration. Between a flag of its own and `--conf` for the same key the flag wins.
 */
import { Option } from "commander";
import type { Command } from "commander";
import { DStreamsError } from "../base/errors.ts";
import { readProperties, setSubmitted } from "../conf/defaults.ts";
import { parseMaster } from "../conf/master.ts";
import { redact } from "../conf/redact.ts";
import { SparkConf } from "../conf/spark-conf.ts";

/** What commander makes of the command line: an entry for each option that was given. */
export type Options = Readonly<Record<string, string | boolean | string[] | undefined>>;

interface SparkOption {
  readonly flags: string;
  readonly key: string;
  readonly help: string;
  /** What the flag alone means, for one that takes no value. */
  readonly value?: string;
  /** True: a cluster's business. Accepted, so that command lines can stay as they are; without effect on a local master. */
  readonly cluster?: true;
}

const sparkOptions: readonly SparkOption[] = [
  {
    flags: "--master <url>",
    key: "spark.master",
    help: "local[*] (default), local[4], local[4,3], or Spark's: spark://host:7077, yarn, k8s://…, local-cluster[2,1,1024]",
  },
  { flags: "--name <name>", key: "spark.app.name", help: "the application's name (default: its file name)" },
  {
    flags: "--executor-memory <size>",
    key: "spark.executor.memory",
    help: "memory of all worker threads together, e.g. 2g",
  },
  { flags: "--driver-memory <size>", key: "spark.driver.memory", help: "heap of the main thread, e.g. 512m" },
  { flags: "--total-executor-cores <n>", key: "spark.cores.max", help: "at most so many threads for local[*]" },
  { flags: "--executor-cores <n>", key: "spark.executor.cores", help: "cores of each executor", cluster: true },
  { flags: "--num-executors <n>", key: "spark.executor.instances", help: "executors", cluster: true },
  { flags: "--driver-cores <n>", key: "spark.driver.cores", help: "cores of the driver", cluster: true },
  { flags: "--deploy-mode <mode>", key: "spark.submit.deployMode", help: "client (default) or cluster", cluster: true },
  { flags: "--files <list>", key: "spark.files", help: "files for the workers, with commas" },
  { flags: "--jars <list>", key: "spark.jars", help: "jars, with commas", cluster: true },
  { flags: "--packages <list>", key: "spark.jars.packages", help: "Maven coordinates", cluster: true },
  { flags: "--exclude-packages <list>", key: "spark.jars.excludes", help: "coordinates to leave out", cluster: true },
  { flags: "--repositories <list>", key: "spark.jars.repositories", help: "Maven repositories", cluster: true },
  {
    flags: "--ship",
    key: "spark.dstreams.ship",
    value: "true",
    help: "send the program and its packages to the executors (default: to clusters of other hosts)",
    cluster: true,
  },
  {
    flags: "--no-ship",
    key: "spark.dstreams.ship",
    value: "false",
    help: "executors find them under the same paths as here",
    cluster: true,
  },
  {
    flags: "--ship-node",
    key: "spark.dstreams.ship.node",
    value: "true",
    help: "send this Node along, for hosts like this one without it",
    cluster: true,
  },
  { flags: "--archives <list>", key: "spark.archives", help: "archives for the workers", cluster: true },
  { flags: "--driver-java-options <text>", key: "spark.driver.extraJavaOptions", help: "JVM options", cluster: true },
  { flags: "--driver-class-path <path>", key: "spark.driver.extraClassPath", help: "class path", cluster: true },
  { flags: "--driver-library-path <path>", key: "spark.driver.extraLibraryPath", help: "library path", cluster: true },
  { flags: "--queue <name>", key: "spark.yarn.queue", help: "YARN queue", cluster: true },
  { flags: "--principal <name>", key: "spark.kerberos.principal", help: "Kerberos principal", cluster: true },
  { flags: "--keytab <file>", key: "spark.kerberos.keytab", help: "Kerberos keytab", cluster: true },
];

/** Options of spark-submit that have no meaning here, and what to do instead. */
const refused: readonly (readonly [flags: string, why: string])[] = [
  [
    "--py-files <list>",
    "--py-files is for Python applications; modules that a TypeScript application imports travel by themselves.",
  ],
  ["--class <name>", "--class is for JVM applications; name the TypeScript file to run instead."],
];

/** Adds all of them to a command. */
export function addSparkOptions(command: Command): Command {
  const [local, cluster] = [sparkOptions.filter(o => o.cluster !== true), sparkOptions.filter(o => o.cluster === true)];
  for (const { flags, help } of local) command.option(flags, help);
  command
    .option("-c, --conf <key=value>", "any key of the configuration; may be repeated", collect)
    .option("--properties-file <file>", "keys and values (default: $SPARK_CONF_DIR/spark-defaults.conf)")
    .option("-v, --verbose", "show the configuration, and stacks of errors");
  command.optionsGroup("Options of a Spark cluster (without effect on worker threads):");
  for (const { flags, help } of cluster) command.option(flags, help);
  for (const [flags] of refused) command.addOption(new Option(flags).hideHelp());
  return command;
}

function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

/**
 * Makes the options the defaults of every SparkConf of this process, and checks what can be checked now.
 *
 * @param warn told of what is ignored
 * @throws DSTREAMS_USAGE, DSTREAMS_MASTER, DSTREAMS_CONFIGURATION
 */
export function applySparkOptions(options: Options, warn: (message: string) => void): void {
  // Stacks with this package's own lines, too.
  if (options.verbose === true) process.env["NODE_DEBUG"] = `${process.env["NODE_DEBUG"] ?? ""},dstreams`;
  for (const [flags, why] of refused) if (options[nameOf(flags)] !== undefined) throw usage(why);
  const entries = new Map<string, string>();
  for (const setting of (options.conf ?? []) as string[]) {
    const at = setting.indexOf("=");
    if (at < 0) throw usage(`Spark config without '=': ${setting}. Write --conf key=value.`);
    const [key, value] = [setting.slice(0, at).trim(), setting.slice(at + 1)];
    if (key.startsWith("spark.")) entries.set(key, value);
    else warn(ignoring(key, value));
  }
  for (const { flags, key, value } of sparkOptions) {
    const given = options[nameOf(flags)];
    if (typeof given === "string") entries.set(key, given);
    else if (value !== undefined && given === !flags.startsWith("--no-")) entries.set(key, value);
  }
  const file = options.propertiesFile as string | undefined;
  const properties = file === undefined ? undefined : readProperties(file);
  for (const [key, value] of properties?.ignored ?? []) warn(ignoring(key, value));
  setSubmitted({ flags: entries, properties: properties?.spark });
  check(entries);
}

/** `totalExecutorCores` of `--total-executor-cores <n>`, as commander names it. */
function nameOf(flags: string): string {
  return new Option(flags).attributeName();
}

function ignoring(key: string, value: string): string {
  return `Ignoring non-spark config property: ${redact([[key, value]])[0]?.join("=")}`;
}

/** What is wrong whatever the program does, so that it is said before the program runs. */
function check(flags: ReadonlyMap<string, string>): void {
  const url = flags.get("spark.master");
  if (url !== undefined) parseMaster(url);
  requireDeployMode(new SparkConf());
  const conf = new SparkConf(false).setAll(flags);
  for (const key of ["spark.executor.memory", "spark.driver.memory"]) conf.getSizeAsBytes(key, undefined, "m");
  for (const key of ["spark.cores.max", "spark.executor.cores", "spark.executor.instances", "spark.driver.cores"]) {
    const count = conf.getInt(key, 1);
    if (count < 1)
      throw new DStreamsError("DSTREAMS_CONFIGURATION", `${key} should be at least 1, but was '${count}'.`);
  }
}

/** True when the program is not to be run here, but on the cluster. */
export function isClusterMode(conf: SparkConf): boolean {
  return conf.get("spark.submit.deployMode") === "cluster";
}

function requireDeployMode(conf: SparkConf): void {
  const mode = conf.get("spark.submit.deployMode", "client");
  if (mode !== "client" && mode !== "cluster") throw usage('--deploy-mode must be either "client" or "cluster"');
  if (mode === "client") return;
  const { kind, url } = parseMaster(conf.get("spark.master", ""));
  if (kind === "yarn" || kind === "k8s") return;
  throw usage(
    kind === "spark"
      ? "Cluster deploy mode is not supported on standalone clusters, as for Python. Leave --deploy-mode out: the driver runs here."
      : `Cluster deploy mode is not compatible with master "${url}". Leave --deploy-mode out.`,
  );
}

export function usage(message: string): DStreamsError {
  return new DStreamsError("DSTREAMS_USAGE", message);
}
