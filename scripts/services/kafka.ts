/**
 * Apache Kafka 4 with KRaft: one process that is broker and controller; or, for tests of what happens when brokers fail, a controller and several
 * brokers in a process each.
 *
 * Topics are made on first use by nobody: programs that name one that is not there shall find out. Replication is as high as there are
 * brokers.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jarsOf, java } from "./maven.ts";
import { launch, run, type ServerProcess, until } from "./process.ts";
import type { Instance, Place, Service } from "./service.ts";

export interface Kafka extends Instance {
  /** `brokers`: for `bootstrap.servers`. */
  readonly endpoints: Readonly<Record<"brokers", string>>;
  readonly brokers: readonly KafkaBroker[];
}

export interface KafkaBroker {
  readonly id: number;
  readonly address: string;
  process: ServerProcess;
  /** Starts it again after it has been stopped, and waits until it serves. */
  restart(): Promise<void>;
}

export interface KafkaOptions {
  /** With 1 (default) one process does all, with more there is a controller besides. Broker n has the ports `broker<n>`, the first `broker`. */
  readonly brokers?: number;
  /** Further listeners of the first broker: protocols, and the names of their ports. */
  readonly listeners?: Readonly<Record<string, string>>;
  /** For `server.properties` of every broker. */
  readonly properties?: Readonly<Record<string, string | number>>;
  /** Users for SCRAM, in the tool's form: `SCRAM-SHA-256=[name=alice,password=…]`. */
  readonly scram?: readonly string[];
}

export const kafka: Service<Kafka> = {
  name: "kafka",
  title: "Apache Kafka 4.1, one broker",
  ports: { broker: 9092, controller: 9093 },
  start: place => startKafka(place, {}),
};

/** A service with options, for tests. */
export function kafkaWith(options: KafkaOptions): Service<Kafka> {
  const more = Array.from({ length: (options.brokers ?? 1) - 1 }, (_, i) => `broker${i + 2}`);
  const names = [...more, ...Object.values(options.listeners ?? {})];
  const ports = { ...kafka.ports, ...Object.fromEntries(names.map(name => [name, 0])) };
  return { ...kafka, ports, start: place => startKafka(place, options) };
}

async function startKafka(place: Place, options: KafkaOptions): Promise<Kafka> {
  const command = await javaCommand("kafka", new URL("kafka/pom.xml", import.meta.url), place);
  const count = options.brokers ?? 1;
  const nodes = Array.from({ length: count }, (_, i) => i + 1);
  if (count > 1) nodes.unshift(controllerId);
  // One that began with a dash would be taken for an option.
  const clusterId = randomBytes(16).toString("base64url").replace(/^-/, "A");
  await Promise.all(nodes.map(id => prepare(place, command, id, clusterId, options)));
  const processes = nodes.map(id => start(place, command, id));
  await Promise.all(processes.map(serves));
  const brokers = processes.slice(-count).map((process, i): KafkaBroker => {
    const id = i + 1;
    const broker: KafkaBroker = {
      id,
      address: `127.0.0.1:${place.ports[portOf(id)]}`,
      process,
      restart: async () => {
        broker.process = start(place, command, id);
        processes.push(broker.process);
        await serves(broker.process);
      },
    };
    return broker;
  });
  return { endpoints: { brokers: brokers.map(({ address }) => address).join(",") }, processes, brokers };
}

const controllerId = 100;

const portOf = (id: number): string => (id === 1 ? "broker" : `broker${id}`);

/** Once; a folder that has been prepared keeps its data. */
async function prepare(
  place: Place,
  [command, ...args]: JavaCommand,
  id: number,
  clusterId: string,
  options: KafkaOptions,
): Promise<void> {
  const folder = join(place.folder, `node${id}`);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "server.properties");
  writeFileSync(join(folder, "server.properties"), propertiesFile(serverProperties(place, id, folder, options)));
  if (existsSync(join(folder, "data"))) return;
  const scram = (options.scram ?? []).flatMap(user => ["--add-scram", user]);
  const format = ["kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", clusterId, "-c", file, ...scram];
  await run(place, `format${id}`, command, [...args, ...format]);
}

function start(place: Place, [command, ...args]: JavaCommand, id: number): ServerProcess {
  const file = join(place.folder, `node${id}`, "server.properties");
  return launch(place, `node${id}`, command, [...args, "kafka.Kafka", file]);
}

function serves(server: ServerProcess): Promise<void> {
  return until("start", server, () => server.log.includes("Kafka Server started"));
}

function serverProperties(
  { ports }: Place,
  id: number,
  folder: string,
  options: KafkaOptions,
): Record<string, string | number> {
  const count = options.brokers ?? 1;
  const alone = count === 1;
  const isController = id === controllerId;
  const controller = `CONTROLLER://127.0.0.1:${ports["controller"]}`;
  const others = Object.entries(options.listeners ?? {}).map(([name, port]) => `${name}://127.0.0.1:${ports[port]}`);
  const own = [`PLAINTEXT://127.0.0.1:${ports[portOf(id)]}`, ...(id === 1 ? others : [])];
  return {
    "process.roles": alone ? "broker,controller" : isController ? "controller" : "broker",
    "node.id": id,
    "controller.quorum.voters": `${alone ? 1 : controllerId}@127.0.0.1:${ports["controller"]}`,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": protocolMap,
    listeners: isController ? controller : [...own, ...(alone ? [controller] : [])].join(","),
    ...(!isController && { "advertised.listeners": own.join(","), "inter.broker.listener.name": "PLAINTEXT" }),
    "log.dirs": join(folder, "data"),
    "auto.create.topics.enable": "false",
    "default.replication.factor": count,
    "offsets.topic.replication.factor": count,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": count,
    "transaction.state.log.num.partitions": 4,
    "transaction.state.log.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    ...options.properties,
  };
}

const protocolMap = "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL";

type JavaCommand = readonly [command: string, ...args: string[]];

/** What the commands of these programs have in common; a class and its arguments follow. */
export async function javaCommand(name: string, pom: URL, place: Place): Promise<JavaCommand> {
  const command = java();
  const jars = await jarsOf(name, pom);
  return [
    command,
    "-Xmx512m",
    "-XX:+UseSerialGC",
    ...(place.stays ? [] : ["-XX:TieredStopAtLevel=1"]), // what lives for seconds is not worth compiling well
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-cp",
    `${jars}/*`,
  ];
}

export function propertiesFile(properties: Readonly<Record<string, string | number>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${String(value).replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`)
    .join("");
}
