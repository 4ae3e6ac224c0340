/** What a configuration says to the Spark engine. */
import { type Master, parseMaster } from "../../conf/master.ts";
import type { SparkConf } from "../../conf/spark-conf.ts";
import type { ShippingOptions } from "./shipping/bundle.ts";

export interface SparkEngineOptions {
  readonly kind: "spark";
  /** The master as Spark is told: `spark://host:7077`, `local[2]`. */
  readonly master: string;
  /** All keys; Spark gets them as they are. */
  readonly settings: readonly (readonly [key: string, value: string])[];
  /** `spark.home`: where Spark is; looked for when it is left out. */
  readonly home?: string;
  /** `spark.dstreams.executor.node`: what executors start. Default: a script that starts this Node with this package. */
  readonly workerCommand?: string;
  /** True when executors may be on other hosts. */
  readonly isFar: boolean;
  /** How the program gets to the executors; undefined when they find it under the same paths as here. */
  readonly shipping?: ShippingOptions;
  /** `spark.dstreams.keepJvm`: true when the JVM waits for the next context of this process, instead of ending with this one. */
  readonly keepJvm: boolean;
  /** How many tasks can run at once, as far as that is known before Spark has started. */
  readonly parallelism: number;
  /** How often a task may fail before its job does. */
  readonly maxFailures: number;
}

/** Reads them from a conf that has a master. */
export function sparkOptions(conf: SparkConf): SparkEngineOptions {
  const parsed = parseMaster(conf.get("spark.master", ""));
  const master = parsed.url;
  const home = conf.get("spark.home");
  const workerCommand = conf.get("spark.dstreams.executor.node");
  const shipping = shippingOptions(master, conf);
  return {
    kind: "spark",
    master,
    settings: conf.getAll(),
    isFar: isFar(master),
    ...(home !== undefined && { home }),
    ...(workerCommand !== undefined && { workerCommand }),
    ...(shipping !== undefined && { shipping }),
    keepJvm: conf.getBoolean("spark.dstreams.keepJvm", false),
    parallelism: parallelismOf(parsed, conf),
    maxFailures: parsed.kind === "local" ? parsed.maxFailures : conf.getInt("spark.task.maxFailures", 4),
  };
}

/** `spark.dstreams.ship`: `true`, `false`, or `auto`, the default, which the head of shipping/bundle.ts explains. */
function shippingOptions(master: string, conf: SparkConf): ShippingOptions | undefined {
  const wish = conf.get("spark.dstreams.ship", "auto");
  const isOwnCommand = conf.contains("spark.dstreams.executor.node");
  if (wish === "auto" ? !isFar(master) || isOwnCommand : !conf.getBoolean("spark.dstreams.ship", false))
    return undefined;
  if (master.startsWith("local") && !master.startsWith("local-cluster")) return undefined;
  const exclude = conf.get("spark.dstreams.ship.exclude", "").split(",");
  return {
    node: conf.getBoolean("spark.dstreams.ship.node", false),
    maxSize: conf.getSizeAsBytes("spark.dstreams.ship.maxSize", "100m", "m"),
    exclude: exclude.map(path => path.trim()).filter(path => path !== ""),
  };
}

function isFar(master: string): boolean {
  return /^(?:yarn$|k8s:)/.test(master) || (master.startsWith("spark://") && !isOnlyHere(master));
}

/** A cluster that nobody else can reach has all its executors on this machine. */
function isOnlyHere(master: string): boolean {
  const hosts = master.slice("spark://".length).split(",");
  return hosts.every(host => /^(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?$/.test(host));
}

/** Spark itself answers 2 as long as it knows no executors. */
const unknownParallelism = 2;

function parallelismOf(master: Master, conf: SparkConf): number {
  if (master.kind === "local") return master.threads;
  const cluster = /^local-cluster\[\s*(\d+)\s*,\s*(\d+)/.exec(master.url);
  if (cluster !== null) return Number(cluster[1]) * Number(cluster[2]);
  const all = conf.getInt("spark.cores.max");
  const executors = conf.getInt("spark.executor.instances");
  return all ?? (executors === undefined ? unknownParallelism : executors * conf.getInt("spark.executor.cores", 1));
}
