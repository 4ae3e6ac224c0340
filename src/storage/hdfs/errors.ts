/** What a NameNode or DataNode refuses, and what that means to the person who reads it. */
import { DStreamsError } from "../../base/errors.ts";
import { notFound } from "../errors.ts";
import type { Answer } from "./http.ts";
import { userName } from "./address.ts";

/** Hadoop's answer to what it will not do: the name of a Java exception, and its message. */
export class Refusal extends Error {
  readonly exception: string;
  /** False when an earlier request, whose answer was lost, may have done what this one was refused. */
  isFirst = true;

  constructor(exception: string, message: string) {
    super(message);
    this.exception = exception;
  }
}

/** No answer, or one that may be another in a moment. */
export class Unreachable extends Error {}

/** An error answer as an error. @throws never: it is returned */
export function refusalOf({ status, authenticate, body }: Pick<Answer, "status" | "authenticate" | "body">): Error {
  const remote = remoteException(body);
  if (remote) return new Refusal(remote.exception, withoutStack(remote.message));
  if (status === 401) return kerberos(authenticate);
  const said = body
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 200);
  if (status >= 500) return new Unreachable(`it answers ${status} ${said}`);
  return new Refusal("", `what answers there is not WebHDFS (${status}: ${said})`);
}

/** Java's messages sometimes have a stack in them. */
function withoutStack(message: string): string {
  const lines = message.split("\n").filter(line => !/^\s+at /.test(line));
  return lines.join(" ").trim();
}

function remoteException(body: string): { exception: string; message: string } | undefined {
  try {
    const { RemoteException: remote } = JSON.parse(body) as { RemoteException?: Record<string, unknown> };
    return remote && { exception: String(remote["exception"]), message: String(remote["message"]) };
  } catch {
    return undefined;
  }
}

function kerberos(authenticate: string | undefined): Error {
  const scheme = /^\w+/.exec(authenticate ?? "")?.[0] ?? "authentication";
  return new DStreamsError(
    "DSTREAMS_UNSUPPORTED",
    `HDFS asks for ${scheme === "Negotiate" ? "Kerberos (SPNEGO)" : scheme}, which is not supported. Get a delegation token ` +
      "with `hdfs fetchdt <file>` and set HADOOP_TOKEN_FILE_LOCATION to the file",
  );
}

/** Refusals that pass: the NameNode has just started, is about to hand over, or cannot be reached by the DataNode that was asked. */
const passing = new Set([
  "StandbyException",
  "RetriableException",
  "SafeModeException",
  "ConnectException",
  "EOFException",
  "SocketException",
  "SocketTimeoutException",
]);

export function isPassing(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Refusal && passing.has(error.exception));
}

/** True when another NameNode may answer otherwise at once. */
export function isElsewhere(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Refusal && error.exception === "StandbyException");
}

export function isMissing(error: unknown): boolean {
  return error instanceof Refusal && error.exception === "FileNotFoundException";
}

const meanings: Readonly<Record<string, () => string>> = {
  AccessControlException: () =>
    `permission denied to user ${userName()}; check who owns it and its mode, or set HADOOP_USER_NAME`,
  SafeModeException: () =>
    "the NameNode is in safe mode; it leaves it when enough DataNodes have reported, or by `hdfs dfsadmin -safemode leave`",
  StandbyException: () => "no NameNode is active; see `hdfs haadmin -getAllServiceState`",
  FileAlreadyExistsException: () => "it, or a part of its path, is a file that exists already",
  ParentNotDirectoryException: () => "a part of the path is a file, not a directory",
  PathIsNotEmptyDirectoryException: () => "the directory is not empty",
  NSQuotaExceededException: () => "the quota of names is used up",
  DSQuotaExceededException: () => "the space quota is used up",
  InvalidToken: () => "the delegation token has expired, or is another cluster's; get a new one with `hdfs fetchdt`",
};

/** `Cannot read hdfs://nn:8020/x: permission denied …`. */
export function hdfsError(action: string, uri: string, cause: unknown): DStreamsError {
  if (cause instanceof DStreamsError) return cause;
  if (isMissing(cause)) return notFound(action, uri, cause);
  const said = cause instanceof Error ? cause.message : String(cause);
  const exception = cause instanceof Refusal ? cause.exception : "";
  const meaning = Object.hasOwn(meanings, exception) ? meanings[exception]?.() : undefined;
  const reason = meaning === undefined ? said : `${meaning} (${said})`;
  return new DStreamsError("DSTREAMS_STORAGE", `Cannot ${action} ${uri}: ${reason}`, { cause });
}
