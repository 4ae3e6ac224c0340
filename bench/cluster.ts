/** Our worker against PySpark's on the same cluster: a master and two workers of a core each, on this machine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { guard } from "../scripts/services/process.ts";
import { freePorts } from "../scripts/services/service.ts";
import { sparkWith } from "../scripts/services/spark.ts";
import { realText, syntheticWords } from "./data.ts";
import { alternate, type Comparison, seconds } from "./harness.ts";
import { pyspark, pysparkProgram } from "./peers.ts";

const version = "4.3.0";
const program = fileURLToPath(new URL("programs/cluster.ts", import.meta.url));

interface Workload {
  readonly kind: string;
  readonly what: string;
  readonly goal: string;
  readonly path?: string;
}

/** One row for each program. */
export async function onCluster(rounds: number, megabytes: number): Promise<Comparison[]> {
  const python = await pyspark(version);
  if (python === undefined) return [];
  const service = sparkWith({ version });
  const folder = mkdtempSync(join(tmpdir(), "dstreams-bench-spark-"));
  guard(folder);
  const place = { folder, ports: await freePorts(Object.keys(service.ports)), stays: false };
  const cluster = await service.start(place);
  try {
    const { master, home } = cluster.endpoints;
    const rows: Comparison[] = [];
    for (const each of await workloads(megabytes)) {
      const args = [each.kind, master, ...(each.path === undefined ? [] : [each.path])];
      const ours = { name: "dstreams", command: [process.execPath, program, ...args], env: { SPARK_HOME: home } };
      const [mine, peer] = await alternate([ours, pysparkProgram(python, "cluster.py", args)], rounds);
      if (mine === undefined || peer === undefined) throw new Error("both must have run");
      rows.push({
        workload: `${each.what}, on a Spark ${version} cluster of two workers`,
        ours: seconds(mine.seconds),
        peer: `${seconds(peer.seconds)} PySpark`,
        ratio: (peer.seconds / mine.seconds).toFixed(2),
        goal: each.goal,
      });
    }
    return rows;
  } finally {
    await Promise.all(cluster.processes.map(process => process.stop("SIGKILL")));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function workloads(megabytes: number): Promise<Workload[]> {
  return [
    { kind: "words", what: `word count, ${megabytes} MB of real text`, goal: ">= 3", path: await realText(megabytes) },
    {
      kind: "lines",
      what: `identity map over ${megabytes} MB of 100-byte lines`,
      goal: "-",
      path: await syntheticWords(megabytes, 1_000_000),
    },
    { kind: "keys", what: "reduceByKey of 4 M pairs with 1 M keys", goal: "-" },
    { kind: "batches", what: "a batch of two lines, word count", goal: ">= 1" },
  ];
}
