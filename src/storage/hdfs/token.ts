/**
 * Delegation tokens: the file that HADOOP_TOKEN_FILE_LOCATION names, as `hdfs fetchdt` and YARN write it.
 *
 *     "HDTS"  version 0  count  { alias  identifier  password  kind  service }…      each with its length before it
 *
 * WebHDFS wants the last four as they stand, in base64 for URLs.
 */
import { readFileSync } from "node:fs";
import { DStreamsError } from "../../base/errors.ts";
import type { Cluster } from "./address.ts";

interface Token {
  readonly kind: string;
  readonly service: string;
  readonly bytes: Buffer;
}

const kinds = new Set(["HDFS_DELEGATION_TOKEN", "WEBHDFS delegation"]);

/** The token for a cluster, for the parameter `delegation`; undefined when there is no token file. */
export function delegationToken(cluster: Cluster): string | undefined {
  const path = process.env["HADOOP_TOKEN_FILE_LOCATION"];
  if (path === undefined || path === "") return undefined;
  const tokens = tokensIn(path).filter(({ kind }) => kinds.has(kind));
  const authority = cluster.root.slice(cluster.root.indexOf("//") + 2);
  const mine = tokens.find(({ service }) => [authority, `ha-hdfs:${authority}`].includes(service));
  return (mine ?? tokens[0])?.bytes.toString("base64url");
}

function tokensIn(path: string): Token[] {
  try {
    return parse(readFileSync(path));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DStreamsError(
      "DSTREAMS_CONFIGURATION",
      `Cannot read the token file ${path} (HADOOP_TOKEN_FILE_LOCATION): ${reason}`,
      { cause },
    );
  }
}

function parse(file: Buffer): Token[] {
  if (file.toString("latin1", 0, 4) !== "HDTS") throw new Error("it is not a token file of Hadoop");
  if (file[4] !== 0)
    throw new Error(`its format ${file[4]} is not known; write it in the older one, as hdfs fetchdt does`);
  let at = 5;
  const field = (): Buffer => {
    const { value, size } = variableInteger(file, at);
    const end = at + size + value;
    if (end > file.length) throw new Error("it is cut short");
    const bytes = file.subarray(at + size, end);
    at = end;
    return bytes;
  };
  const { value: count, size } = variableInteger(file, at);
  at += size;
  const tokens: Token[] = [];
  for (let i = 0; i < count; i++) {
    field(); // the alias
    const begin = at;
    field();
    field();
    const [kind, service] = [field().toString(), field().toString()];
    tokens.push({ kind, service, bytes: file.subarray(begin, at) });
  }
  return tokens;
}

/** Hadoop's VInt, not negative: one byte up to 127, otherwise -112 minus the number of bytes that follow, highest first. */
function variableInteger(file: Buffer, at: number): { value: number; size: number } {
  const first = file.readInt8(at);
  if (first >= 0) return { value: first, size: 1 };
  const bytes = -112 - first;
  if (bytes < 1 || bytes > 4) throw new Error("it is damaged");
  return { value: file.readUIntBE(at + 1, bytes), size: 1 + bytes };
}
