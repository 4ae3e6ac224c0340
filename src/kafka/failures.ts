/** What went wrong at Kafka: whether it may pass by itself, and how it is told. */
import { DStreamsError } from "../base/errors.ts";
import { nameOf } from "./offset-range.ts";
import type { OffsetRange } from "./offset-range.ts";

/** Causes that no waiting mends, each with what to do. Looked for in the client's errors and all that lies beneath them. */
const hopeless: readonly [pattern: RegExp, advice: string][] = [
  [
    /SASL_AUTHENTICATION_FAILED|PLT_KFK_AUTHENTICATION/,
    "The broker refused the credentials: check sasl.mechanism and sasl.jaas.config.",
  ],
  [/UNSUPPORTED_SASL_MECHANISM/, "The broker does not offer this sasl.mechanism."],
  [/TOPIC_AUTHORIZATION_FAILED/, "The user may not use the topic: grant Read or Write and Describe on it."],
  [/GROUP_AUTHORIZATION_FAILED/, "The user may not use the consumer group: grant Read on it."],
  [/CLUSTER_AUTHORIZATION_FAILED/, "The user lacks a permission on the cluster."],
  [/Broker requires TLS/, "The broker's listener speaks TLS: set security.protocol to SSL or SASL_SSL."],
  [
    /TLS handshake failed|ERR_SSL_|EPROTO/,
    "The broker's listener does not speak TLS as asked: check security.protocol and the port, and whether it wants a certificate of yours.",
  ],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY|GET_ISSUER)|CERT_/,
    "The broker's certificate is not trusted: name its authority in ssl.ca.location.",
  ],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID/,
    "The broker's certificate is for another name: address the broker as in its certificate, or set ssl.endpoint.identification.algorithm to the empty text.",
  ],
  [
    /UNKNOWN_MEMBER_ID|FENCED_INSTANCE_ID|ILLEGAL_GENERATION/,
    "Other consumers are active in the group: a stream needs a group.id of its own.",
  ],
  [
    /MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE/,
    "A record is larger than the broker takes: raise max.message.bytes of the topic (message.max.bytes of the broker), or write less.",
  ],
  [/UNSUPPORTED_COMPRESSION|UNSUPPORTED_FOR_MESSAGE_FORMAT/, "The broker's version does not know this compression."],
  [/PLT_KFK_UNSUPPORTED_API/, "The broker's version is not one that can be spoken to: Kafka 2.1 or later is needed."],
  [/INVALID_TOPIC_EXCEPTION/, "That is no name of a topic."],
];

/** Said in the end when waiting did not help. */
const stubborn: readonly [pattern: RegExp, advice: string][] = [
  [
    /ENOTFOUND|EAI_AGAIN/,
    "The broker's name is not known: check bootstrap.servers, and the broker's advertised.listeners.",
  ],
  [
    /ECONNREFUSED/,
    "Nobody listens there: check bootstrap.servers, the broker's advertised.listeners, and whether the broker runs.",
  ],
  [
    /PLT_KFK_NETWORK|ETIMEDOUT|ECONNRESET|EHOSTUNREACH|timed out/i,
    "The brokers do not answer: check bootstrap.servers, the broker's advertised.listeners, and whether the brokers run.",
  ],
];

/** Thrown by our own requests for what passes in a moment: a leader that has moved, a replica that lags. */
export class NotNow extends Error {
  readonly apiId: string | undefined;

  constructor(message: string, apiId?: string) {
    super(message);
    this.name = "NotNow";
    this.apiId = apiId;
  }
}

/** True when it makes sense to try again. */
export function mayPass(error: unknown): boolean {
  if (error instanceof DStreamsError) return false;
  const said = allOf(error);
  if (hopeless.some(([pattern]) => pattern.test(said))) return false;
  return !someOf(error, one => (one as { canRetry?: unknown }).canRetry === false && !isTimeout(one));
}

/** The error for the user: what was done, at which brokers, what was said, what to do. */
export function worded(what: string, brokers: readonly string[], error: unknown): DStreamsError {
  if (error instanceof DStreamsError) return error;
  const said = allOf(error);
  const advice = [...hopeless, ...stubborn].find(([pattern]) => pattern.test(said))?.[1];
  return new DStreamsError(
    "DSTREAMS_KAFKA",
    `${what} failed (brokers ${brokers.join(",")}): ${reason(error)}${advice === undefined ? "" : ` ${advice}`}`,
    { cause: error },
  );
}

/** True when an error, or one beneath it, is this answer of a broker: `OFFSET_OUT_OF_RANGE`. */
export function isAnswer(error: unknown, ...ids: readonly string[]): boolean {
  return someOf(error, one => ids.includes(String((one as { apiId?: unknown }).apiId)));
}

/** Records that a range names are not there, and never will be. */
export function lost(range: OffsetRange, found: string): DStreamsError {
  return new DStreamsError(
    "DSTREAMS_DATA_LOSS",
    `Offsets ${range.fromOffset} to ${range.untilOffset} of ${nameOf(range)} are not there any more: ${found}. Either retention has removed them ` +
      "before they were read, or the topic was deleted. Give the topic a longer retention; to go on without them, set failOnDataLoss: false.",
  );
}

export function noSuchTopic(topic: string, brokers: readonly string[]): DStreamsError {
  return new DStreamsError(
    "DSTREAMS_KAFKA",
    `There is no topic ${topic} (brokers ${brokers.join(",")}). Create it first; a stream with topicPattern takes topics as they appear.`,
  );
}

function isTimeout(error: object): boolean {
  return (error as Error).message === "Request timed out" || error.constructor.name === "TimeoutError";
}

/** The innermost message, which is what the system or the broker said. */
export function reason(error: unknown): string {
  let last: unknown = error;
  someOf(error, one => {
    last = one;
    return false;
  });
  const { apiId, message } = last as { apiId?: unknown; message?: unknown };
  const text = String(message ?? last).replace(/\.?$/, ".");
  return typeof apiId === "string" && !text.includes(apiId) ? `${apiId}: ${text}` : text;
}

/** Codes and messages of an error and all beneath it. */
function allOf(error: unknown): string {
  const said: string[] = [];
  someOf(error, one => {
    const { code, apiId, message } = one as { code?: unknown; apiId?: unknown; message?: unknown };
    said.push([code, apiId, message].filter(each => typeof each === "string").join(" "));
    return false;
  });
  return said.join("\n");
}

/** Walks an error's causes and parts, outermost first, until one is what is looked for. */
function someOf(error: unknown, test: (one: object) => boolean): boolean {
  const todo: unknown[] = [error];
  const seen = new Set<unknown>();
  for (const one of todo) {
    if (typeof one !== "object" || one === null || seen.has(one)) continue;
    if (test(one)) return true;
    seen.add(one);
    const { errors, cause } = one as { errors?: unknown; cause?: unknown };
    todo.push(...(Array.isArray(errors) ? errors : []), cause);
  }
  return false;
}
