/**
 * `kafkaParams`: Kafka's own configuration names, checked once in the driver and handed to the workers as plain settings.
 *
 * Names and units are Kafka's. Defaults are too, except for those that say why they are not.
 */
import { logger } from "../base/log.ts";
import { describe } from "../rdd/checks.ts";
import { Params, wrong } from "./param-values.ts";
import type { KafkaParams } from "./param-values.ts";
import { readSecurity, securityNames } from "./security.ts";
import type { Security } from "./security.ts";

const log = logger("Kafka");

/** What `kafkaParams` come to. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly groupId: string | undefined;
  /** Where to begin where no offset is known. */
  readonly reset: "latest" | "earliest" | "none";
  /** True: records of transactions that are open or aborted are not seen. */
  readonly committedOnly: boolean;
  readonly maxFetchBytes: number;
  readonly fetchMinBytes: number;
  readonly fetchMaxWaitMs: number;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** How long something is tried again before it has failed. */
  readonly apiTimeoutMs: number;
  readonly deliveryTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly idleMs: number;
  readonly metadataMaxAgeMs: number;
  readonly batchBytes: number;
  readonly compression: Compression;
  readonly security: Security;
}

export type Compression = (typeof compressions)[number];

const compressions = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** Read here, or without meaning in this client for the reason that is given in the guide. */
const known = new Set([
  ...["bootstrap.servers", "metadata.broker.list", "client.id", "group.id", "auto.offset.reset", "isolation.level"],
  ...["max.partition.fetch.bytes", "fetch.max.bytes", "fetch.min.bytes", "fetch.max.wait.ms", "request.timeout.ms"],
  ...["socket.connection.setup.timeout.ms", "default.api.timeout.ms", "delivery.timeout.ms", "retry.backoff.ms"],
  ...["retry.backoff.max.ms", "connections.max.idle.ms", "metadata.max.age.ms", "batch.size", "compression.type"],
  ...["enable.auto.commit", "auto.commit.interval.ms", "enable.idempotence", "acks", "zookeeper.connect"],
  ...["key.deserializer", "value.deserializer", "key.serializer", "value.serializer"],
  ...securityNames,
]);

/** Checks the parameters. Throws DSTREAMS_CONFIGURATION that names the one that is wrong, never a secret's value. */
export function readParams(params: KafkaParams): KafkaSettings {
  for (const name of Object.keys(params)) {
    if (!known.has(name)) log.warn(`kafkaParams: ${name} is not known here and is ignored.`);
  }
  refuseOthersSerializers(params);
  const p = new Params(params);
  p.only("enable.idempotence", ["true"], "producing is always idempotent here");
  p.only("acks", ["all", "-1"], "producing is idempotent here, which needs all");
  return {
    brokers: brokersOf(p.text("bootstrap.servers") ?? p.text("metadata.broker.list")),
    clientId: p.text("client.id") ?? "dstreams",
    groupId: p.text("group.id"),
    reset: resetOf(p.text("auto.offset.reset") ?? "latest"),
    committedOnly: p.choice("isolation.level", ["read_uncommitted", "read_committed"]) === "read_committed",
    // Kafka's default of 1 MiB is for fetches from many partitions at once; ours are from one.
    maxFetchBytes: Math.min(p.number("max.partition.fetch.bytes", 4 << 20), p.number("fetch.max.bytes", 50 << 20)),
    fetchMinBytes: p.number("fetch.min.bytes", 1),
    fetchMaxWaitMs: p.number("fetch.max.wait.ms", 500),
    requestTimeoutMs: p.number("request.timeout.ms", 30_000),
    connectTimeoutMs: p.number("socket.connection.setup.timeout.ms", 10_000),
    apiTimeoutMs: p.number("default.api.timeout.ms", 60_000),
    deliveryTimeoutMs: p.number("delivery.timeout.ms", 120_000),
    retryBackoffMs: p.number("retry.backoff.ms", 100),
    retryBackoffMaxMs: p.number("retry.backoff.max.ms", 1000),
    idleMs: p.number("connections.max.idle.ms", 540_000),
    // Kafka's default of 5 minutes is how long new partitions may stay unseen.
    metadataMaxAgeMs: p.number("metadata.max.age.ms", 5000),
    // Kafka's default of 16 KiB is for producers that must not wait; a batch's records are all there.
    batchBytes: p.number("batch.size", 512 << 10),
    compression: p.choice("compression.type", compressions),
    security: readSecurity(p),
  };
}

function brokersOf(list: string | undefined): readonly string[] {
  const brokers = (list ?? "")
    .split(",")
    .map(each => each.trim().replace(/^[A-Z_]+:\/\//, ""))
    .filter(each => each !== "");
  if (brokers.length === 0) throw wrong('bootstrap.servers must name the brokers: "broker1:9092,broker2:9092".');
  for (const broker of brokers) {
    const port = /^(?:\[[\da-fA-F:]+\]|[^\s:/]+):(\d{1,5})$/.exec(broker)?.[1];
    if (port === undefined || Number(port) > 65_535) {
      throw wrong(`bootstrap.servers: ${describe(broker)} is not an address like broker:9092.`);
    }
  }
  return brokers;
}

/** Kafka's words, and those that it had before version 0.9. */
function resetOf(word: string): KafkaSettings["reset"] {
  switch (word.toLowerCase()) {
    case "latest":
    case "largest":
      return "latest";
    case "earliest":
    case "smallest":
      return "earliest";
    case "none":
      return "none";
    default:
      throw wrong(`auto.offset.reset must be latest, earliest or none, not ${describe(word)}.`);
  }
}

/** Java's classes do not run here. Those for text name what is done anyway. */
function refuseOthersSerializers(params: KafkaParams): void {
  for (const name of ["key.deserializer", "value.deserializer", "key.serializer", "value.serializer"]) {
    const value = params[name];
    if (value === undefined || /^(?:[\w.]+\.)?String(?:Des|S)erializer$/.test(String(value))) continue;
    const kind = name.endsWith("deserializer") ? "Decoder" : "Encoder";
    const side = name.startsWith("key") ? "key" : "value";
    throw wrong(`${name}: Java's classes do not run here. Say ${side}${kind} beside kafkaParams.`);
  }
}
