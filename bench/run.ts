/**
 * `npm run bench [-- <workload>…]`: the product's speed as ratios against peers, measured side by side in one run.
 *
 * Names select workloads (`words`, `words1m`, `threads`, `numbers`, `pyspark`, `java`, `hdfs`, `idle`, `start`, `windows`, `states`,
 * `paper`, `cluster`, `kafka`, `memory`); none means all.
 * DSTREAMS_BENCH_ROUNDS (default 3) is how often the contestants alternate, DSTREAMS_BENCH_MB (default 200) the size of the texts,
 * DSTREAMS_BENCH_RECORDS (default 1000000) the number of Kafka's records.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { onCluster } from "./cluster.ts";
import { realText, syntheticWords } from "./data.ts";
import { withFileOnHdfs } from "./hdfs.ts";
import { alternate, type Comparison, type Contestant, median, printTable, runProgram, seconds } from "./harness.ts";
import { kafkaCount } from "./kafka.ts";
import { javaProgram, pyspark, pysparkProgram } from "./peers.ts";
import { demoMemory, startUp } from "./processes.ts";
import { paper, slides, states } from "./spanning.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const rounds = Number(process.env["DSTREAMS_BENCH_ROUNDS"] ?? 3);
const megabytes = Number(process.env["DSTREAMS_BENCH_MB"] ?? 200);

const words = (path: string, master: string): Contestant => ({
  name: `dstreams ${master}`,
  command: [process.execPath, here("programs/words.ts"), path, master],
});
const wordsLoop = (path: string): Contestant => ({
  name: "hand loop",
  command: [process.execPath, here("peers/words-loop.mjs"), path],
});

async function against(
  workload: string,
  goal: string,
  ours: Contestant,
  peer: Contestant,
  times = rounds,
): Promise<Comparison> {
  const [mine, other] = await alternate([ours, peer], times);
  if (mine === undefined || other === undefined) throw new Error("no samples");
  return {
    workload,
    goal,
    ours: `${seconds(mine.seconds)} ${ours.name}`,
    peer: `${seconds(other.seconds)} ${peer.name}`,
    ratio: (other.seconds / mine.seconds).toFixed(2),
  };
}

const workloads: Record<string, () => Promise<Comparison[]>> = {
  words: async () => {
    const path = await realText(megabytes);
    return [
      await against(
        `word count, ${megabytes} MB of real text, one thread`,
        ">= 1.0",
        words(path, "local[1]"),
        wordsLoop(path),
      ),
    ];
  },
  words1m: async () => {
    const path = await syntheticWords(megabytes, 1_000_000);
    return [
      await against(
        `word count, ${megabytes} MB, 1 M distinct words`,
        ">= 2.0",
        words(path, "local[1]"),
        wordsLoop(path),
      ),
    ];
  },
  threads: async () => {
    const path = await realText(megabytes);
    return [await against("two threads against one", ">= 1.7", words(path, "local[2]"), words(path, "local[1]"))];
  },
  numbers: async () => [
    await against(
      "map, filter, map, sum of 10 M numbers, 8 other pipelines run before",
      ">= 0.9",
      { name: "dstreams local[1]", command: [process.execPath, here("programs/numbers.ts")] },
      { name: "hand loop", command: [process.execPath, here("peers/numbers-loop.mjs")] },
    ),
  ],
  pyspark: async () => {
    const python = await pyspark();
    if (python === undefined) return [];
    const path = await realText(megabytes);
    const peer = pysparkProgram(python, "words.py", [path, "local[2]", "2"]);
    return [await against("word count against PySpark local[2], warm", ">= 10", words(path, "local[2]"), peer, 1)];
  },
  java: async () => {
    const python = await pyspark();
    if (python === undefined) return [];
    const path = await realText(megabytes);
    return [
      await against(
        "word count against Spark's Java API local[2], warm",
        ">= 1.0",
        words(path, "local[2]"),
        javaProgram(python, "Words", [path, "local[2]", "4"]),
      ),
    ];
  },
  hdfs: async () => {
    const path = await realText(megabytes);
    const lines = (name: string, source: string, env = {}): Contestant => ({
      name,
      command: [process.execPath, here("programs/lines.ts"), source, "local[2]"],
      env,
    });
    const row = await withFileOnHdfs(path, (uri, conf) =>
      against(
        `lines of ${megabytes} MB from HDFS, two threads, against a local file`,
        "-",
        lines("HDFS", uri, { HADOOP_CONF_DIR: conf }),
        lines("local file", path),
      ),
    );
    return [row];
  },
  idle: async () => {
    const forSeconds = process.env["DSTREAMS_BENCH_IDLE_SECONDS"] ?? "60";
    const program = [process.execPath, here("programs/idle.ts"), forSeconds];
    const sample = await runProgram({ name: "idle", command: program });
    const [timer, cpu] = [Number(sample["timer"]), Number(sample["cpu"])];
    const [batches, expected] = [String(sample["batches"]), String(sample["expected"])];
    return [
      {
        workload: "a batch without data, CPU",
        ours: seconds(median([sample.seconds].flat())),
        peer: "-",
        ratio: "-",
        goal: "<= 0.3 ms",
      },
      {
        workload: "the same every 10 ms of real time",
        ours: seconds(cpu),
        peer: `${seconds(timer)} bare timer`,
        ratio: "-",
        goal: "-",
      },
      {
        workload: `10 ms interval for ${forSeconds} s: p99 scheduling delay`,
        ours: `${String(sample["p99Delay"])} ms (start lag ${String(sample["p99Lag"])} ms, ${batches} of ${expected} batches)`,
        peer: "-",
        ratio: "-",
        goal: "<= 5 ms",
      },
    ];
  },
  start: async () => startUp(rounds, await pyspark()),
  windows: async () => slides(rounds, await pyspark()),
  states: async () => states(rounds, await pyspark()),
  paper: async () => paper(await pyspark()),
  cluster: () => onCluster(rounds, Math.min(megabytes, 100)),
  kafka: () => kafkaCount(rounds, Number(process.env["DSTREAMS_BENCH_RECORDS"] ?? 1_000_000)),
  memory: async () => {
    const path = await realText(2048);
    const big = await runProgram({
      name: "2 GB",
      command: [process.execPath, here("programs/words.ts"), path, "local[2]", "1"],
    });
    return [
      {
        workload: "peak RSS of the demo's stream",
        ours: `${await demoMemory()} MB`,
        peer: "-",
        ratio: "-",
        goal: "<= 150 MB",
      },
      {
        workload: "peak RSS, 2 GB through two threads",
        ours: `${Math.round(Number(big["rss"]) / 1024)} MB`,
        peer: "-",
        ratio: "-",
        goal: "<= 600 MB",
      },
    ];
  },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter(name => !(name in workloads));
if (unknown.length > 0) {
  console.error(`no such workload: ${unknown.join(", ")}; there are ${Object.keys(workloads).join(", ")}`);
  process.exit(2);
}
const rows: Comparison[] = [];
for (const [name, run] of Object.entries(workloads)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`… ${name}`);
  rows.push(...(await run()));
}
console.log(
  `Node ${process.version}, ${availableParallelism()} cores, medians of ${rounds} alternated rounds; ratio = peer / ours, above 1 ours is faster`,
);
printTable(rows);
