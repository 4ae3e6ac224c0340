/**
 * HDFS over WebHDFS, the HTTP interface that every NameNode and DataNode has: `hdfs://…` as Spark takes it, and `webhdfs://…`.
 *
 *     driver, worker ──▶ NameNode     listings, renames; for data: which DataNode
 *                    ──▶ DataNode     the bytes of a range, or of a new file
 *
 * Each thread talks to HDFS by itself: no byte passes through the driver. `address.ts` finds the NameNodes, `name-nodes.ts` asks them,
 * `read.ts` and `write.ts` move data.
 */
import { DStreamsError } from "../../base/errors.ts";
import { notFound } from "../errors.ts";
import { type HadoopConf, hadoopConf } from "../hadoop-conf.ts";
import type { FileStatus, FileWriter, Storage } from "../storage.ts";
import { type Cluster, locate } from "./address.ts";
import { hdfsError, isMissing, Refusal } from "./errors.ts";
import { NameNodes } from "./name-nodes.ts";
import { readRange } from "./read.ts";
import { HdfsWriter, renameOver } from "./write.ts";

export const hdfsStorage: Storage = { list, status, read, create, mkdirs, rename, remove, qualify };

/** What WebHDFS tells of a file, as far as it matters here. */
interface RemoteStatus {
  readonly pathSuffix: string;
  readonly type: "FILE" | "DIRECTORY" | "SYMLINK";
  readonly length: number;
  readonly modificationTime: number;
  readonly blockSize: number;
}

interface Listing {
  readonly DirectoryListing: {
    readonly partialListing: { readonly FileStatuses: { readonly FileStatus: readonly RemoteStatus[] } };
    readonly remainingEntries: number;
  };
}

/** As large as the NameNode likes its answers: a thousand entries each, unless it is set otherwise. */
async function list(directory: string): Promise<FileStatus[]> {
  const { nodes, path, uri } = at(directory);
  const found: FileStatus[] = [];
  for (let startAfter = ""; ; ) {
    const { DirectoryListing: listing } = (await nodes
      .call("GET", path, "LISTSTATUS_BATCH", startAfter === "" ? {} : { startAfter })
      .catch((error: unknown) => fail("list", uri, error))) as Listing;
    const page = listing.partialListing.FileStatuses.FileStatus;
    if (page[0]?.pathSuffix === "") throw hdfsError("list", uri, new Refusal("", "it is a file, not a directory"));
    for (const each of page) found.push(statusOf(uri, each.pathSuffix, each));
    const last = page.at(-1);
    if (listing.remainingEntries === 0 || last === undefined) return found;
    startAfter = last.pathSuffix;
  }
}

async function status(target: string): Promise<FileStatus | undefined> {
  const { nodes, path, uri } = at(target);
  try {
    const { FileStatus: found } = (await nodes.call("GET", path, "GETFILESTATUS")) as { FileStatus: RemoteStatus };
    const slash = uri.lastIndexOf("/");
    return statusOf(uri.slice(0, slash), uri.slice(slash + 1), found);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw hdfsError("look at", uri, error);
  }
}

function statusOf(parent: string, name: string, found: RemoteStatus): FileStatus {
  const path = `${parent}${parent.endsWith("/") ? "" : "/"}${name}`;
  const isDirectory = found.type === "DIRECTORY";
  const { length: size, modificationTime: modified, blockSize } = found;
  return { path, name, size: isDirectory ? 0 : size, modified, isDirectory, blockSize };
}

async function* read(file: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  const { nodes, path, uri } = at(file);
  try {
    yield* readRange(nodes, path, start, end);
  } catch (error) {
    // the NameNode says of a directory, too, that there is no such file
    const isDirectory = isMissing(error) && (await status(file).catch(() => undefined))?.isDirectory === true;
    if (isDirectory) throw hdfsError("read", uri, new Refusal("", "it is a directory, not a file"));
    throw hdfsError("read", uri, error);
  }
}

async function create(file: string): Promise<FileWriter> {
  const { nodes, path } = at(file);
  return new HdfsWriter(nodes, path);
}

async function mkdirs(directory: string): Promise<void> {
  const { nodes, path, uri } = at(directory);
  await nodes.call("PUT", path, "MKDIRS").catch((error: unknown) => fail("make directory", uri, error));
}

async function rename(from: string, to: string): Promise<void> {
  const [source, target] = [at(from), at(to)];
  if (source.nodes !== target.nodes) {
    throw hdfsError(`rename ${source.uri} to`, target.uri, new Refusal("", "the two are on different file systems"));
  }
  try {
    await renameOver(source.nodes, source.path, target.path);
  } catch (error) {
    if (isMissing(error) && !(await status(from))) throw notFound("rename", source.uri, error);
    throw hdfsError(`rename ${source.uri} to`, target.uri, error);
  }
}

async function remove(target: string): Promise<void> {
  const { nodes, path, uri } = at(target);
  if (path === "/") throw new DStreamsError("DSTREAMS_STORAGE", `Cannot remove ${uri}: it is the root`);
  await nodes.call("DELETE", path, "DELETE", { recursive: true }).catch((error: unknown) => fail("remove", uri, error));
}

function qualify(target: string): string {
  const { cluster, path } = locate(target, hadoopConf());
  return uriOf(cluster, path);
}

function uriOf({ root }: Cluster, path: string): string {
  return `${root}${path}`;
}

function fail(action: string, uri: string, error: unknown): never {
  throw hdfsError(action, uri, error);
}

/** By the settings they were made from, so that a context with other settings finds none of the last one's. */
const clusters = new WeakMap<HadoopConf, Map<string, NameNodes>>();

function at(target: string): { nodes: NameNodes; path: string; uri: string } {
  const conf = hadoopConf();
  const { cluster, path } = locate(target, conf);
  let known = clusters.get(conf);
  if (known === undefined) clusters.set(conf, (known = new Map()));
  let nodes = known.get(cluster.root);
  if (nodes === undefined) known.set(cluster.root, (nodes = new NameNodes(cluster, conf)));
  return { nodes, path, uri: uriOf(cluster, path) };
}
