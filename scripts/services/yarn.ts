/**
 * YARN: a ResourceManager and a NodeManager of Apache Hadoop, in a process each. Applications' containers are processes of the NodeManager's.
 *
 * A client needs nothing but HADOOP_CONF_DIR, the endpoint `conf`. Its default file system is this machine's (`file:///`), so Spark copies its jars from disk to disk
 * unless told `spark.yarn.jars=local:<SPARK_HOME>/jars/*`, and what it hands to containers lies in `~/.sparkStaging/` meanwhile. Containers work in
 * `<place>/containers/`; what they print is in `<place>/logs/containers/`.
 *
 * A container may take as much memory as it does, as on a machine that is not only a server; YARN counts what was asked for.
 * Everything listens on the loopback interface. Whoever can reach the ports, so everybody on this machine, can run programs under its user's name.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logging, siteFile } from "./hadoop.ts";
import { jarsOf, java } from "./maven.ts";
import { launch, type ServerProcess, until } from "./process.ts";
import type { Instance, Place, Service } from "./service.ts";

export interface Yarn extends Instance {
  /** `conf`: for HADOOP_CONF_DIR; `http`: the ResourceManager's pages and its REST API. */
  readonly endpoints: Readonly<Record<"conf" | "http", string>>;
  readonly resourceManager: ServerProcess;
  readonly nodeManager: ServerProcess;
}

const ports = {
  scheduler: 8030,
  tracker: 8031,
  resourceManager: 8032,
  admin: 8033,
  pages: 8088,
  node: 8041,
  localizer: 8040,
  nodePages: 8042,
};

export const yarn: Service<Yarn> = {
  name: "yarn",
  title: "YARN: ResourceManager and NodeManager of Apache Hadoop 3.4",
  ports,
  start,
};

async function start(place: Place): Promise<Yarn> {
  const command = java();
  const jars = await jarsOf("yarn", new URL("yarn/pom.xml", import.meta.url));
  const conf = writeConfiguration(place);
  const env = environment(command, conf);
  const begin = (name: string, className: string): ServerProcess =>
    launch(place, name, command, [...javaOptions(place), "-cp", `${conf}:${jars}/*`, className], env);
  const http = `http://127.0.0.1:${place.ports["pages"]}`;
  const resourceManager = begin("resourcemanager", "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager");
  const nodeManager = begin("nodemanager", "org.apache.hadoop.yarn.server.nodemanager.NodeManager");
  await until("answer", resourceManager, async () => (await activeNodes(http)) !== undefined);
  await until("registration", nodeManager, async () => (await activeNodes(http)) === 1);
  const usage = `HADOOP_CONF_DIR=${conf} dstreams submit --master yarn --conf 'spark.yarn.jars=local:<SPARK_HOME>/jars/*' <program>`;
  return { endpoints: { conf, http }, processes: [nodeManager, resourceManager], usage, resourceManager, nodeManager };
}

/** What servers are told, and containers have from the NodeManager. */
function environment(command: string, conf: string): Record<string, string> {
  const { stderr } = spawnSync(command, ["-XshowSettings:properties", "-version"], { encoding: "utf8" });
  const home = /^ *java\.home = (.*)$/m.exec(stderr)?.[1] ?? "";
  return { JAVA_HOME: home, HADOOP_CONF_DIR: conf, SPARK_LOCAL_IP: "127.0.0.1" };
}

/** How many NodeManagers are ready for work; undefined when the ResourceManager does not answer. */
async function activeNodes(http: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${http}/ws/v1/cluster/metrics`);
    return ((await response.json()) as { clusterMetrics: { activeNodes: number } }).clusterMetrics.activeNodes;
  } catch {
    return undefined;
  }
}

function writeConfiguration(place: Place): string {
  const conf = join(place.folder, "conf");
  mkdirSync(conf, { recursive: true });
  writeFileSync(join(conf, "core-site.xml"), siteFile(coreSite(place)));
  writeFileSync(join(conf, "yarn-site.xml"), siteFile(yarnSite(place)));
  writeFileSync(join(conf, "capacity-scheduler.xml"), siteFile(queues));
  writeFileSync(join(conf, "log4j.properties"), logging);
  return conf;
}

function coreSite({ folder }: Place): Record<string, string | number> {
  return { "fs.defaultFS": "file:///", "hadoop.tmp.dir": join(folder, "tmp") };
}

function yarnSite({ folder, ports: at }: Place): Record<string, string | number> {
  const address = (name: keyof typeof ports): string => `127.0.0.1:${at[name]}`;
  return {
    "yarn.resourcemanager.hostname": "127.0.0.1",
    "yarn.resourcemanager.bind-host": "127.0.0.1",
    "yarn.resourcemanager.address": address("resourceManager"),
    "yarn.resourcemanager.scheduler.address": address("scheduler"),
    "yarn.resourcemanager.resource-tracker.address": address("tracker"),
    "yarn.resourcemanager.admin.address": address("admin"),
    "yarn.resourcemanager.webapp.address": address("pages"),
    "yarn.nodemanager.hostname": "127.0.0.1",
    "yarn.nodemanager.bind-host": "127.0.0.1",
    "yarn.nodemanager.address": address("node"),
    "yarn.nodemanager.localizer.address": address("localizer"),
    "yarn.nodemanager.webapp.address": address("nodePages"),
    "yarn.nodemanager.local-dirs": join(folder, "containers"),
    "yarn.nodemanager.log-dirs": join(folder, "logs", "containers"),
    "yarn.nodemanager.env-whitelist": "JAVA_HOME,HADOOP_CONF_DIR,SPARK_LOCAL_IP,PATH,LANG,TZ",
    "yarn.nodemanager.resource.memory-mb": 8192,
    "yarn.nodemanager.resource.cpu-vcores": 8,
    "yarn.scheduler.minimum-allocation-mb": 256,
    "yarn.nodemanager.pmem-check-enabled": "false",
    "yarn.nodemanager.vmem-check-enabled": "false",
    "yarn.nodemanager.disk-health-checker.enable": "false", // a disk that is 90 % full is nothing unusual here
    "yarn.nodemanager.sleep-delay-before-sigkill.ms": 250,
    // they ask seldom by default, as clusters are large
    "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms": 100,
  };
}

/** One queue, which may be full of application masters: an application each. */
const queues = {
  "yarn.scheduler.capacity.root.queues": "default",
  "yarn.scheduler.capacity.root.default.capacity": 100,
  "yarn.scheduler.capacity.maximum-am-resource-percent": 1,
};

function javaOptions({ folder, stays }: Place): string[] {
  return [
    "-Xmx512m",
    "-XX:+UseSerialGC",
    ...(stays ? [] : ["-XX:TieredStopAtLevel=1"]), // what lives for seconds is not worth compiling well
    "--add-opens=java.base/java.lang=ALL-UNNAMED", // their Guice was written for older Javas
    "-Djava.net.preferIPv4Stack=true",
    `-Dhadoop.log.dir=${join(folder, "logs")}`,
  ];
}
