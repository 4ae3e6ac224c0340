/**
 * HDFS: a NameNode and a DataNode of Apache Hadoop, in a process each.
 *
 * The user who starts them is HDFS's superuser and has a home, `/user/<name>`; `/tmp` is everybody's. Replication is 1. Files of small
 * blocks are allowed, so that tests can have files of many.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { logging, siteFile } from "./hadoop.ts";
import { jarsOf, java } from "./maven.ts";
import { launch, run, type ServerProcess, until } from "./process.ts";
import type { Instance, Place, Service } from "./service.ts";

const ports = { namenode: 8020, http: 9870, datanode: 9866, datanodeHttp: 9864, datanodeIpc: 9867 };

export interface Hdfs extends Instance {
  /** `fs`: what paths begin with, `hdfs://127.0.0.1:8020`; `http`: the NameNode's pages and WebHDFS; `conf`: for HADOOP_CONF_DIR. */
  readonly endpoints: Readonly<Record<"fs" | "http" | "conf", string>>;
  readonly namenode: ServerProcess;
  readonly datanode: ServerProcess;
  /** What their `java` commands have in common, to start another one or a tool: the command, and what comes before the class. */
  readonly javaCommand: readonly [command: string, ...args: string[]];
}

export const hdfs: Service<Hdfs> = {
  name: "hdfs",
  title: "HDFS: NameNode and DataNode of Apache Hadoop 3.4",
  ports,
  start,
};

async function start(place: Place): Promise<Hdfs> {
  const command = await javaCommandOf(place);
  const http = `http://127.0.0.1:${place.ports["http"]}`;
  if (!existsSync(join(place.folder, "name", "current"))) await format(place, command);
  const [namenode, datanode] = [startNamenode(place, command), startDatanode(place, command)];
  await until("answer", namenode, () => isServing(http));
  await until("registration", datanode, () => isServing(http, 1));
  const { username } = userInfo();
  await makeDirectory(http, `/user/${username}`, "755");
  await makeDirectory(http, "/tmp", "1777");
  const conf = join(place.folder, "conf");
  const endpoints = { fs: `hdfs://127.0.0.1:${place.ports["namenode"]}`, http, conf };
  return { endpoints, processes: [namenode, datanode], namenode, datanode, javaCommand: command };
}

const namenodeClass = "org.apache.hadoop.hdfs.server.namenode.NameNode";
const datanodeClass = "org.apache.hadoop.hdfs.server.datanode.DataNode";

/** The NameNode of a place that has been formatted. */
export function startNamenode(place: Place, [command, ...args]: Hdfs["javaCommand"]): ServerProcess {
  return launch(place, "namenode", command, [...args, namenodeClass], asMyself);
}

/** The place's DataNode. */
export function startDatanode(place: Place, [command, ...args]: Hdfs["javaCommand"]): ServerProcess {
  return launch(place, "datanode", command, [...args, datanodeClass], asMyself);
}

/** A further DataNode. */
export function startAnotherDatanode(
  place: Place,
  [command, ...args]: Hdfs["javaCommand"],
  at: Readonly<Record<"datanode" | "datanodeHttp" | "datanodeIpc", number>>,
): ServerProcess {
  const settings = {
    "dfs.datanode.data.dir": join(place.folder, `data-${at.datanode}`),
    "dfs.datanode.address": `127.0.0.1:${at.datanode}`,
    "dfs.datanode.http.address": `127.0.0.1:${at.datanodeHttp}`,
    "dfs.datanode.ipc.address": `127.0.0.1:${at.datanodeIpc}`,
  };
  const options = Object.entries(settings).map(([key, value]) => `-D${key}=${value}`);
  return launch(place, `datanode-${at.datanode}`, command, [...args, datanodeClass, ...options], asMyself);
}

/** Runs an administrator's command: `hdfs dfsadmin …`, `hdfs haadmin …`. */
export function admin(
  place: Place,
  [command, ...args]: Hdfs["javaCommand"],
  tool: "DFSAdmin" | "DFSHAAdmin",
  ...words: string[]
): Promise<void> {
  return run(place, tool, command, [...args, `org.apache.hadoop.hdfs.tools.${tool}`, ...words], asMyself);
}

/** Makes the empty file system of a NameNode. */
export function format(place: Place, [command, ...args]: Hdfs["javaCommand"]): Promise<void> {
  return run(place, "format", command, [...args, namenodeClass, "-format", "-nonInteractive"], asMyself);
}

/** True when the NameNode is out of safe mode and knows as many live DataNodes. */
export async function isServing(http: string, datanodes = 0): Promise<boolean> {
  try {
    const response = await fetch(`${http}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState`);
    const { beans } = (await response.json()) as { beans: { FSState: string; NumLiveDataNodes: number }[] };
    const [state] = beans;
    return state?.FSState === "Operational" && state.NumLiveDataNodes >= datanodes;
  } catch {
    return false;
  }
}

const asMyself = { HADOOP_USER_NAME: userInfo().username };

/** Writes the configuration of a place, and says how its programs are run. `others` are settings beside, or in place of, the usual ones. */
export async function javaCommandOf(
  place: Place,
  others: Readonly<Record<string, string>> = {},
): Promise<Hdfs["javaCommand"]> {
  const command = java();
  const jars = await jarsOf("hdfs", new URL("hdfs/pom.xml", import.meta.url));
  const conf = join(place.folder, "conf");
  mkdirSync(conf, { recursive: true });
  writeFileSync(join(conf, "core-site.xml"), siteFile({ ...coreSite(place), ...others }));
  writeFileSync(join(conf, "hdfs-site.xml"), siteFile({ ...hdfsSite(place), ...others }));
  writeFileSync(join(conf, "log4j.properties"), logging);
  return [
    command,
    "-Xmx512m",
    "-XX:+UseSerialGC",
    ...(place.stays ? [] : ["-XX:TieredStopAtLevel=1"]), // what lives for seconds is not worth compiling well
    "--add-opens=java.base/java.lang=ALL-UNNAMED", // its JAXB was written for older Javas
    "-Djava.net.preferIPv4Stack=true",
    `-Dhadoop.log.dir=${join(place.folder, "logs")}`,
    "-cp",
    `${conf}:${jars}/*`,
  ];
}

function coreSite({ ports: at }: Place): Record<string, string | number> {
  return { "fs.defaultFS": `hdfs://127.0.0.1:${at["namenode"]}`, "hadoop.tmp.dir": "${user.dir}/tmp" };
}

function hdfsSite({ folder, ports: at }: Place): Record<string, string | number> {
  return {
    "dfs.namenode.name.dir": join(folder, "name"),
    "dfs.datanode.data.dir": join(folder, "data"),
    ...addressesAt(at),
    "dfs.datanode.hostname": "127.0.0.1",
    "dfs.replication": 1,
    "dfs.namenode.fs-limits.min-block-size": 1024,
    "dfs.namenode.safemode.extension": 0,
    // a few GB are enough for a machine that is not only a server
    "dfs.datanode.du.reserved": 0,
    "dfs.namenode.resource.du.reserved": 0,
  };
}

const addressKeys: Readonly<Record<string, keyof typeof ports>> = {
  "dfs.namenode.http-address": "http",
  "dfs.datanode.address": "datanode",
  "dfs.datanode.http.address": "datanodeHttp",
  "dfs.datanode.ipc.address": "datanodeIpc",
};

/** Where the servers listen that the place has ports for. */
function addressesAt(at: Place["ports"]): Record<string, string> {
  const known = Object.entries(addressKeys).filter(([, port]) => at[port] !== undefined);
  return Object.fromEntries(known.map(([key, port]) => [key, `127.0.0.1:${at[port]}`]));
}

async function makeDirectory(http: string, path: string, permission: string): Promise<void> {
  const query = `op=MKDIRS&permission=${permission}&user.name=${encodeURIComponent(userInfo().username)}`;
  const response = await fetch(`${http}/webhdfs/v1${path}?${query}`, { method: "PUT" });
  if (!response.ok) throw new Error(`HDFS refuses to make ${path}: ${response.status} ${await response.text()}`);
}
