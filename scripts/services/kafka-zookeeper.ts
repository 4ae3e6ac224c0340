/** The Kafka of old programs: a broker of Apache Kafka 3.9, the last with ZooKeeper, and a ZooKeeper, in a process each. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { javaCommand, propertiesFile } from "./kafka.ts";
import { launch, until } from "./process.ts";
import { answers, type Instance, type Place, type Service } from "./service.ts";

export interface KafkaZooKeeper extends Instance {
  /** `zookeeper`: the quorum, for `createStream`; `brokers`: for `bootstrap.servers`. */
  readonly endpoints: Readonly<Record<"zookeeper" | "brokers", string>>;
}

export const kafkaZooKeeper: Service<KafkaZooKeeper> = {
  name: "kafka-zookeeper",
  title: "Apache Kafka 3.9 with ZooKeeper, for the addresses of old programs",
  // Its broker is not at 9092, so that it runs beside the other one.
  ports: { zookeeper: 2181, broker: 9192 },
  start,
};

async function start(place: Place): Promise<KafkaZooKeeper> {
  const { folder, ports } = place;
  const [command, ...args] = await javaCommand(
    "kafka-zookeeper",
    new URL("kafka-zookeeper/pom.xml", import.meta.url),
    place,
  );
  mkdirSync(join(folder, "zookeeper"), { recursive: true });
  writeFileSync(join(folder, "zookeeper.properties"), propertiesFile(zooKeeperProperties(place)));
  writeFileSync(join(folder, "server.properties"), propertiesFile(brokerProperties(place)));
  const main = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
  const zookeeper = launch(place, "zookeeper", command, [...args, main, join(folder, "zookeeper.properties")]);
  await until("answer", zookeeper, () => answers(ports["zookeeper"] ?? 0));
  const broker = launch(place, "broker", command, [...args, "kafka.Kafka", join(folder, "server.properties")]);
  await until("start", broker, () => /\[KafkaServer id=\d+\] started/.test(broker.log));
  const endpoints = { zookeeper: `127.0.0.1:${ports["zookeeper"]}/kafka`, brokers: `127.0.0.1:${ports["broker"]}` };
  return { endpoints, processes: [broker, zookeeper] };
}

function zooKeeperProperties({ folder, ports }: Place): Record<string, string | number> {
  return {
    dataDir: join(folder, "zookeeper"),
    clientPort: ports["zookeeper"] ?? 0,
    clientPortAddress: "127.0.0.1",
    "admin.enableServer": "false",
    maxClientCnxns: 0,
  };
}

function brokerProperties({ folder, ports }: Place): Record<string, string | number> {
  return {
    "broker.id": 1,
    // Below a chroot, as ZooKeepers that serve others too have it.
    "zookeeper.connect": `127.0.0.1:${ports["zookeeper"]}/kafka`,
    listeners: `PLAINTEXT://127.0.0.1:${ports["broker"]}`,
    "log.dirs": join(folder, "broker"),
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
  };
}
