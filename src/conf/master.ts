/** Master URLs: where a program computes. */
import { availableParallelism } from "node:os";
import { DStreamsError } from "../base/errors.ts";
import type { SparkConf } from "./spark-conf.ts";

/** What a master URL says. `url` is the text as it was given. */
export type Master = LocalMaster | ClusterMaster;

export interface LocalMaster {
  readonly kind: "local";
  readonly url: string;
  /** Worker threads. */
  readonly threads: number;
  /** How often a task may fail before its job does; 1: no retry. */
  readonly maxFailures: number;
}

export interface ClusterMaster {
  readonly kind: "spark" | "yarn" | "k8s" | "local-cluster";
  readonly url: string;
}

const cluster = {
  spark: /^spark:\/\/\S+$/,
  yarn: /^yarn$/,
  k8s: /^k8s:\/\/\S+$/,
  "local-cluster": /^local-cluster\[.*\]$/,
};

/**
 * Reads a master URL: `local`, `local[4]`, `local[*]` (a thread per core), `local[4,3]` (a task may fail 3 times), or one of a cluster.
 *
 * @throws DSTREAMS_MASTER when the text is none of these
 */
export function parseMaster(url: string): Master {
  const text = url.trim();
  if (text === "local") return { kind: "local", url: text, threads: 1, maxFailures: 1 };
  const local = /^local\[\s*(\d+|\*)\s*(?:,\s*(\d+)\s*)?\]$/.exec(text);
  if (local !== null) {
    const threads = local[1] === "*" ? availableParallelism() : Number(local[1]);
    const maxFailures = Number(local[2] ?? 1);
    if (threads < 1)
      throw new DStreamsError("DSTREAMS_MASTER", `Asked to run locally with ${threads} threads: '${url}'`);
    return { kind: "local", url: text, threads, maxFailures: Math.max(1, maxFailures) };
  }
  for (const [kind, form] of Object.entries(cluster)) {
    if (form.test(text)) return { kind: kind as ClusterMaster["kind"], url: text };
  }
  throw new DStreamsError(
    "DSTREAMS_MASTER",
    `Could not parse Master URL: '${url}'. Write local, local[4], local[*] or local[4,3] (4 threads, 3 failures allowed), ` +
      "or the URL of a cluster: spark://host:7077, yarn, k8s://https://host:6443, local-cluster[2,1,1024].",
  );
}

/**
 * True when Apache Spark runs the program: on a cluster, or in its own local mode where `spark.dstreams.engine` says so.
 *
 * @throws DSTREAMS_CONFIGURATION when that key has another value than `local` or `spark`, or `local` for a cluster
 */
export function runsOnSpark(conf: SparkConf): boolean {
  const master = parseMaster(conf.get("spark.master", ""));
  const engine = conf.get("spark.dstreams.engine");
  if (engine === undefined) return master.kind !== "local";
  if (engine === "spark") return true;
  if (engine === "local" && master.kind === "local") return false;
  throw new DStreamsError(
    "DSTREAMS_CONFIGURATION",
    engine === "local"
      ? `spark.dstreams.engine is 'local', but the master '${master.url}' is a cluster of Spark's.`
      : `spark.dstreams.engine should be 'local' or 'spark', but was '${engine}'.`,
  );
}

/**
 * The master as one that worker threads can run.
 *
 * @throws DSTREAMS_MASTER for a cluster's URL, and for what is no master URL at all
 */
export function requireLocal(url: string): LocalMaster {
  const master = parseMaster(url);
  if (master.kind === "local") return master;
  throw new DStreamsError("DSTREAMS_MASTER", `Master '${url}' is a cluster of Spark's, not of worker threads.`);
}
