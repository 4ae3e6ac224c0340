/**
 * Apache Spark's standalone cluster: a master and workers, in a process each; workers start the executors of applications.
 *
 *     master  spark://127.0.0.1:7077   pages at http://127.0.0.1:8080
 *     worker1           127.0.0.1:7078                         …:8081   1 core, 1 GB
 *     worker2           127.0.0.1:7079                         …:8082   1 core, 1 GB
 *
 * Spark is what PyPI's `pyspark` has in it, run by `java` without Spark's shell scripts, so that neither ssh nor a daemon's pid files are needed.
 * All of it listens on the loopback interface: servers by their arguments, pages and executors by SPARK_LOCAL_IP. Jobs cannot be sent
 * to the master by HTTP. Whoever can reach these ports, so everybody on this machine, can run programs on the cluster under its user's name.
 *
 * In the place's folder: `conf/` (SPARK_CONF_DIR, so that nobody else's settings count), `logs/`, `work/<worker>/<application>/<executor>/` with
 * what executors print, `local/` with their blocks. Executors end with their worker.
 */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { java } from "./maven.ts";
import { launch, type ServerProcess, until } from "./process.ts";
import { childrenOf } from "./process-table.ts";
import { pysparkHome } from "./pyspark.ts";
import type { Instance, Place, Service } from "./service.ts";

export interface Spark extends Instance {
  /** `master`: for `--master`; `home`: for SPARK_HOME, of the same version; `pages`: the master's. */
  readonly endpoints: Readonly<Record<"master" | "home" | "pages", string>>;
  readonly master: ServerProcess;
  readonly workers: readonly SparkWorker[];
}

export interface SparkWorker {
  /** `worker1` … */
  readonly name: string;
  process: ServerProcess;
  /** Process ids of the executors that it runs now. */
  readonly executors: readonly number[];
  /** Starts it again after it has been stopped, and waits until the master knows it. */
  restart(): Promise<void>;
}

export interface SparkOptions {
  /** Of PyPI's `pyspark`. Default 4.3.0. */
  readonly version?: string;
  /** Default 2. */
  readonly workers?: number;
  /** Default 1. */
  readonly coresPerWorker?: number;
  /** True when each worker is a host of its own to Spark: 127.0.0.1, 127.0.0.2 …, which a Linux has from the start. Default false. */
  readonly ownHosts?: boolean;
}

export const spark: Service<Spark> = sparkWith({});

/** A cluster with options, for tests. */
export function sparkWith(options: SparkOptions): Service<Spark> {
  const { version = "4.3.0", workers = 2 } = options;
  return {
    name: "spark",
    title: `Apache Spark ${version}, a standalone cluster: master, workers`,
    ports: { master: 7077, masterPages: 8080, ...Object.assign({}, ...range(workers).map(portsOfWorker)) },
    start: place => start(place, { version, workers, coresPerWorker: 1, ownHosts: false, ...options }),
  };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

function portsOfWorker(n: number): Record<string, number> {
  return { [`worker${n}`]: 7077 + n, [`worker${n}Pages`]: 8080 + n };
}

async function start(place: Place, options: Required<SparkOptions>): Promise<Spark> {
  const command = java();
  const home = await pysparkHome(options.version);
  const env = environment(place, home);
  for (const folder of [env.SPARK_CONF_DIR, env.SPARK_LOCAL_DIRS]) mkdirSync(folder, { recursive: true });
  const begin = (name: string, args: readonly string[], host = "127.0.0.1"): ServerProcess =>
    launch(place, name, command, [...javaOptions(place, home), ...args, ...addressOf(place, name, host)], env);
  const [url, pages] = [`spark://127.0.0.1:${place.ports["master"]}`, `http://127.0.0.1:${place.ports["masterPages"]}`];
  const master = begin("master", ["org.apache.spark.deploy.master.Master"]);
  await until("answer", master, () => master.log.includes("New state: ALIVE"));
  const processes = [master];
  const startWorker = async (name: string, host: string): Promise<ServerProcess> => {
    const limits = [
      "--cores",
      `${options.coresPerWorker}`,
      "--memory",
      "1g",
      "--work-dir",
      join(place.folder, "work", name),
    ];
    const process = begin(name, ["org.apache.spark.deploy.worker.Worker", url, ...limits], host);
    processes.push(process);
    await until("registration", process, () => process.log.includes("Successfully registered with master"));
    return process;
  };
  const workers = await Promise.all(
    range(options.workers).map(async (n): Promise<SparkWorker> => {
      const [name, host] = [`worker${n}`, `127.0.0.${options.ownHosts ? n : 1}`];
      const worker: SparkWorker = {
        name,
        process: await startWorker(name, host),
        get executors() {
          return childrenOf(worker.process.pid).map(({ pid }) => pid);
        },
        restart: async () => void (worker.process = await startWorker(name, host)),
      };
      return worker;
    }),
  );
  const usage = `SPARK_HOME=${home} dstreams submit --master ${url} <program>`;
  return { endpoints: { master: url, home, pages }, processes, usage, master, workers };
}

function addressOf({ ports }: Place, name: string, host: string): string[] {
  return ["--host", host, "--port", `${ports[name]}`, "--webui-port", `${ports[`${name}Pages`]}`];
}

/** What master and workers are told, and workers tell executors. */
function environment(place: Place, home: string) {
  return {
    SPARK_HOME: home,
    SPARK_SCALA_VERSION: scalaVersion(home), // executors' class path is made by a library that would look for it in a source tree
    SPARK_LOCAL_IP: "127.0.0.1",
    SPARK_PUBLIC_DNS: "127.0.0.1", // for links in pages
    SPARK_CONF_DIR: join(place.folder, "conf"),
    SPARK_LOCAL_DIRS: join(place.folder, "local"),
  };
}

function scalaVersion(home: string): string {
  const names = readdirSync(join(home, "jars")).map(name => /^spark-core_([\d.]+)-/.exec(name)?.[1]);
  return names.find(found => found !== undefined) ?? "";
}

function javaOptions(place: Place, home: string): string[] {
  return [
    "-Xmx512m",
    "-XX:+UseSerialGC",
    ...(place.stays ? [] : ["-XX:TieredStopAtLevel=1"]), // what lives for seconds is not worth compiling well
    ...openedPackages,
    "-Dspark.master.rest.enabled=false",
    "-Dspark.port.maxRetries=0", // a port that is taken is an error, not a reason to listen elsewhere
    "-Dspark.worker.cleanup.enabled=true", // of applications that ended a week ago
    "-cp",
    join(home, "jars", "*"),
  ];
}

/** Packages of the JDK that Spark looks into, for `java`. */
export const openedPackages = [
  "java.lang",
  "java.lang.invoke",
  "java.lang.reflect",
  "java.io",
  "java.net",
  "java.nio",
  "java.util",
  "java.util.concurrent",
  "sun.nio.ch",
].map(name => `--add-opens=java.base/${name}=ALL-UNNAMED`);
