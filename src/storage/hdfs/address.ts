/**
 * From an address as Spark takes it to the HTTP addresses of the NameNodes that may serve it.
 *
 *     hdfs://namenode:8020/a/b     ──▶  http://namenode:9870        the default port, or what dfs.namenode.http-address says
 *     hdfs://cluster/a/b           ──▶  http://nn1:9870, nn2:9870   `cluster` is one of dfs.nameservices
 *     hdfs:///a/b, a/b             ──▶  as fs.defaultFS             relative paths begin at the user's home
 *     webhdfs://namenode:9870/a/b  ──▶  http://namenode:9870        as it is
 *
 * An hdfs:// address names the port of Hadoop's own protocol. Only configuration can say for sure where the same NameNode speaks
 * HTTP; without any, the port is the one that Hadoop takes when nobody sets another.
 */
import { userInfo } from "node:os";
import { DStreamsError } from "../../base/errors.ts";
import type { HadoopConf } from "../hadoop-conf.ts";

const rpcPort = 8020;
const httpPort = 9870;

/** One HDFS, as an address names it. */
export interface Cluster {
  /** `hdfs://namenode:8020`: how its paths begin, in messages and in what listings answer. */
  readonly root: string;
  /** `http://namenode:9870`; several where one may take over from another. */
  readonly nameNodes: readonly string[];
  /** True when nothing but the usual port stands for the HTTP address. */
  readonly guessed: boolean;
}

export interface Located {
  readonly cluster: Cluster;
  /** Absolute, without `.`, `..` and doubled slashes. */
  readonly path: string;
}

/** @throws DSTREAMS_CONFIGURATION when the address needs settings that are not there */
export function locate(uri: string, conf: HadoopConf): Located {
  if (uri === "") throw new DStreamsError("DSTREAMS_ILLEGAL_ARGUMENT", "Can not create a Path from an empty string");
  const match = /^(?:(hdfs|webhdfs):(?:\/\/([^/]*))?(?=\/|$))?(.*)$/is.exec(uri);
  const [, scheme, authority, path = ""] = match ?? [];
  const cluster = authority ? clusterOf((scheme as string).toLowerCase(), authority, conf) : defaultCluster(uri, conf);
  return { cluster, path: normalized(path.startsWith("/") || scheme ? path : `${homeOf(conf)}/${path}`) };
}

/**
 * Who asks, where nothing else proves it: HADOOP_USER_NAME; the driver's user, whom Spark tells its executors, which may run as another; or
 * the user of the operating system.
 */
export function userName(): string {
  return process.env["HADOOP_USER_NAME"] || process.env["SPARK_USER"] || userInfo().username;
}

function homeOf(conf: HadoopConf): string {
  return `${conf.get("dfs.user.home.dir.prefix") ?? "/user"}/${userName()}`;
}

/** Letter by letter: in Hadoop, `%`, `#` and `?` in a path stand for themselves. */
function normalized(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

function defaultCluster(uri: string, conf: HadoopConf): Cluster {
  const [, scheme, authority] = /^(hdfs|webhdfs):\/\/([^/]+)\/*$/i.exec(conf.get("fs.defaultFS") ?? "") ?? [];
  if (scheme && authority) return clusterOf(scheme.toLowerCase(), authority, conf);
  throw new DStreamsError(
    "DSTREAMS_CONFIGURATION",
    `Incomplete HDFS URI, no host: ${uri}. Name the NameNode (hdfs://host:8020/path), or set fs.defaultFS ` +
      "(spark.hadoop.fs.defaultFS, or core-site.xml in HADOOP_CONF_DIR)",
  );
}

function clusterOf(scheme: string, authority: string, conf: HadoopConf): Cluster {
  const root = `${scheme}://${authority}`;
  if (conf.get("dfs.http.policy")?.toUpperCase() === "HTTPS_ONLY") {
    const what = `${root} speaks HTTPS only (dfs.http.policy), which is not supported`;
    throw new DStreamsError("DSTREAMS_UNSUPPORTED", `${what}; set dfs.http.policy to HTTP_ONLY or HTTP_AND_HTTPS`);
  }
  const service = conf.list("dfs.nameservices").find(name => name === authority);
  if (service !== undefined) return { root, nameNodes: nodesOf(service, conf), guessed: false };
  if (scheme === "webhdfs") return { root, nameNodes: [`http://${withPort(authority, httpPort)}`], guessed: false };
  const http = httpAddressFor(authority, conf);
  return { root, nameNodes: [`http://${http ?? `${hostOf(authority)}:${httpPort}`}`], guessed: http === undefined };
}

/** The NameNodes of a name service: several, or one in a federation. */
function nodesOf(service: string, conf: HadoopConf): string[] {
  return suffixesOf(service, conf).map(suffix => {
    const http = httpAddress(suffix, conf);
    if (http !== undefined) return `http://${http}`;
    const missing = `neither dfs.namenode.http-address${suffix} nor dfs.namenode.rpc-address${suffix} is set`;
    throw new DStreamsError("DSTREAMS_CONFIGURATION", `The name service ${service} is not complete: ${missing}`);
  });
}

/** What follows the keys of each NameNode of a service: `.cluster.nn1`, `.cluster.nn2`; `.cluster` for the only one. */
function suffixesOf(service: string, conf: HadoopConf): string[] {
  const ids = conf.list(`dfs.ha.namenodes.${service}`);
  return ids.length === 0 ? [`.${service}`] : ids.map(id => `.${service}.${id}`);
}

/** Where the NameNode with these keys speaks HTTP. An address for all interfaces means its own host. */
function httpAddress(suffix: string, conf: HadoopConf): string | undefined {
  const rpc = conf.get(`dfs.namenode.rpc-address${suffix}`);
  const http = conf.get(`dfs.namenode.http-address${suffix}`);
  if (http === undefined) return rpc && `${hostOf(rpc)}:${httpPort}`;
  return rpc && /^(0\.0\.0\.0|\[::\])?(:|$)/.test(http) ? withHost(http, rpc) : withPort(http, httpPort);
}

/** What configuration says of the NameNode with this RPC address; undefined when it says nothing. */
function httpAddressFor(authority: string, conf: HadoopConf): string | undefined {
  const rpc = withPort(authority, rpcPort);
  for (const suffix of conf.list("dfs.nameservices").flatMap(service => suffixesOf(service, conf))) {
    const known = conf.get(`dfs.namenode.rpc-address${suffix}`);
    if (known !== undefined && withPort(known, rpcPort) === rpc) return httpAddress(suffix, conf);
  }
  const http = conf.get("dfs.namenode.http-address");
  if (http === undefined || !isOwnOf(rpc, conf)) return undefined;
  return /^(0\.0\.0\.0|\[::\])?(:|$)/.test(http) ? withHost(http, authority) : withPort(http, httpPort);
}

/** True when the keys without a name service are this NameNode's: it is that of fs.defaultFS, or there is no other. */
function isOwnOf(rpc: string, conf: HadoopConf): boolean {
  const named = [conf.get("dfs.namenode.rpc-address"), /^hdfs:\/\/([^/]+)/i.exec(conf.get("fs.defaultFS") ?? "")?.[1]];
  const known = named.filter(address => address !== undefined);
  return known.length === 0 || known.some(address => withPort(address, rpcPort) === rpc);
}

function hostOf(address: string): string {
  return address.replace(/:\d*$/, "");
}

function withPort(address: string, port: number): string {
  return /:\d+$/.test(address) ? address.toLowerCase() : `${hostOf(address).toLowerCase()}:${port}`;
}

/** The port of one address at the host of another. */
function withHost(address: string, host: string): string {
  return `${hostOf(host)}:${/:(\d+)$/.exec(address)?.[1] ?? httpPort}`;
}
