/**
 * Bytes of a file, from whichever DataNode has them. When one fails the read goes on at the byte where it stopped, from another replica;
 * so nothing is missing and nothing comes twice. Files of HDFS do not change below a reader, they only grow.
 */
import { lookup } from "node:dns/promises";
import type { IncomingMessage } from "node:http";
import { Patience } from "../patience.ts";
import { isPassing, Refusal, refusalOf, Unreachable } from "./errors.ts";
import { answerTo, open } from "./http.ts";
import type { NameNodes } from "./name-nodes.ts";

/** Bytes `[start, end)`, as far as the file goes. */
export async function* readRange(
  nodes: NameNodes,
  path: string,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  const patience = new Patience(nodes.conf);
  const broken = new Set<string>();
  for (let at = start; at < end; ) {
    let url = "";
    try {
      url = await nodes.redirect("GET", path, "OPEN", {
        offset: at,
        ...(end !== Number.POSITIVE_INFINITY && { length: end - at }),
        ...excluding(broken),
      });
      for await (const chunk of await bytesFrom(url)) {
        at += (chunk as Buffer).length;
        patience.progress();
        yield chunk as Buffer;
      }
      return;
    } catch (error) {
      if (isNoReplica(error)) {
        if (await endsBefore(nodes, path, at)) return;
        broken.clear();
      } else if (url === "" || !isPassing(error)) throw error;
      else if (exclude(await replicaAt(nodes, path, at, url), broken)) continue;
      await patience.pause(`${nodes.cluster.root}${path}`, error);
    }
  }
}

/** The body of a DataNode's answer. It fails when the connection ends before all of it has come. */
async function bytesFrom(url: string): Promise<AsyncIterable<unknown>> {
  const response = await answerOfDataNode(url, open("GET", url).end());
  return guarded(url, response);
}

/** Waits for a DataNode's answer, which must be a good one. */
export async function answerOfDataNode(url: string, sent: ReturnType<typeof open>): Promise<IncomingMessage> {
  const response = await answerTo(sent).catch((error: unknown) => {
    throw broke(url, error);
  });
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  let body = "";
  for await (const chunk of response) body += String(chunk);
  throw refusalOf({ status, authenticate: response.headers["www-authenticate"], body });
}

async function* guarded(url: string, response: IncomingMessage): AsyncGenerator<unknown> {
  try {
    yield* response;
  } catch (error) {
    throw broke(url, error);
  } finally {
    response.destroy(); // who leaves the loop early wants no more
  }
}

/** A DataNode's connection that could not be made, or broke. */
export function broke(url: string, error: unknown): Unreachable {
  const { code, message } = error as NodeJS.ErrnoException;
  const { host } = new URL(url);
  if (code === "ENOTFOUND")
    return new Unreachable(
      `the DataNode ${host} is not known here by this name; have it resolved, or set dfs.datanode.hostname there`,
    );
  return new Unreachable(`the DataNode ${host} does not answer, or broke off (${code ?? message})`);
}

/** `excludedatanodes`: the NameNode takes some minutes to notice that a DataNode is dead. */
export function excluding(broken: ReadonlySet<string>): { excludedatanodes?: string } {
  return broken.size === 0 ? {} : { excludedatanodes: [...broken].join(",") };
}

/** Adds a DataNode to those that are broken; false when it was there already. */
export function exclude(address: string, broken: Set<string>): boolean {
  return broken.size < broken.add(address).size;
}

interface Replica {
  readonly hostName: string;
  readonly ipAddr: string;
  readonly infoPort: number;
  /** Address and port by which the NameNode knows it. */
  readonly name: string;
}

interface Located {
  readonly LocatedBlocks: { readonly locatedBlocks: readonly { readonly locations: readonly Replica[] }[] };
}

/** The DataNode behind a URL, as the NameNode knows it: among those that have the byte, or by its host's address. */
async function replicaAt(nodes: NameNodes, path: string, offset: number, url: string): Promise<string> {
  const { LocatedBlocks: found } = (await nodes.call("GET", path, "GET_BLOCK_LOCATIONS", {
    offset,
    length: 1,
  })) as Located;
  const { hostname, port } = new URL(url);
  const replica = found.locatedBlocks
    .flatMap(block => block.locations)
    .find(each => each.infoPort === Number(port) && [each.hostName, each.ipAddr].includes(hostname));
  return replica?.name ?? (await addressOf(url));
}

/** The address of a URL's host; it stands for the DataNode on it. */
export async function addressOf(url: string): Promise<string> {
  const { hostname } = new URL(url);
  return lookup(hostname, { family: 4 }).then(
    found => found.address,
    () => hostname,
  );
}

/** The NameNode has no DataNode to name, or the file ends before the offset: it says both in the same way. */
export function isNoReplica(error: unknown): boolean {
  return error instanceof Refusal && error.exception === "IOException";
}

async function endsBefore(nodes: NameNodes, path: string, offset: number): Promise<boolean> {
  const { FileStatus: status } = (await nodes.call("GET", path, "GETFILESTATUS")) as { FileStatus: { length: number } };
  return status.length <= offset;
}
