/**
 * Kafka → count by key → Kafka, on a real broker that this starts: ours on one thread, the bare client in a loop by hand (by the stream of messages
 * that it offers, and by fetches), KafkaJS, and PySpark. All read the same records and write the same counts in the same run.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Admin, Producer } from "@platformatic/kafka";
import { kafka } from "../scripts/services/kafka.ts";
import { jarsOf } from "../scripts/services/maven.ts";
import { guard } from "../scripts/services/process.ts";
import { freePorts } from "../scripts/services/service.ts";
import { alternate, type Comparison, type Contestant, seconds } from "./harness.ts";
import { pyspark, pysparkProgram } from "./peers.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const [input, output, partitions, keys] = ["bench-in", "bench-out", 2, 10_000];

/** `records` records of about 100 bytes with 10,000 keys. */
export async function kafkaCount(rounds: number, records: number): Promise<Comparison[]> {
  const folder = mkdtempSync(join(tmpdir(), "dstreams-bench-kafka-"));
  guard(folder);
  const place = { folder, ports: await freePorts(Object.keys(kafka.ports)), stays: false };
  const server = await kafka.start(place);
  try {
    const { brokers } = server.endpoints;
    await fill(brokers, records);
    return await compare(brokers, rounds, records);
  } finally {
    await Promise.all(server.processes.map(process => process.stop("SIGKILL")));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(brokers: string, records: number): Promise<void> {
  const common = { clientId: "bench", bootstrapBrokers: [brokers] };
  const admin = new Admin(common);
  await admin.createTopics({ topics: [input, output], partitions });
  await admin.close();
  const producer = new Producer({ ...common, acks: -1 });
  const padding = "x".repeat(70);
  for (let made = 0; made < records; ) {
    const messages = [];
    for (; messages.length < 5000 && made < records; made++) {
      const key = Buffer.from(`key-${(made * 7919) % keys}`);
      messages.push({ topic: input, partition: made % partitions, key, value: Buffer.from(`${made} ${padding}`) });
    }
    await producer.send({ messages });
  }
  await producer.close();
}

async function compare(brokers: string, rounds: number, records: number): Promise<Comparison[]> {
  const args = [brokers, input, output];
  const program = (name: string, file: string): Contestant => ({
    name,
    command: [process.execPath, here(file), ...args],
  });
  const ours = program("dstreams local[1]", "programs/kafka-count.ts");
  const peers = [
    program("bare client, its stream", "peers/kafka-stream.mjs"),
    program("bare client, fetches by hand", "peers/kafka-fetch.mjs"),
    program("KafkaJS", "peers/kafka-js.mjs"),
  ];
  const python = await pyspark();
  if (python !== undefined) peers.push(await sparkProgram(python, args));
  const [mine, ...others] = await alternate([ours, ...peers], rounds);
  if (mine === undefined) throw new Error("no samples");
  const rate = (each: { seconds: number }): string => `${Math.round(records / each.seconds / 1000)} k/s`;
  const memory = (each: typeof mine): string => `${Math.round(Number(each.samples[0]?.["rss"] ?? 0) / 1024)} MB`;
  const goals = [">= 0.9", "-", "-", "-"];
  return others.map((other, i) => ({
    workload: `Kafka: ${records / 1e6} M records, count by key, back`,
    goal: goals[i] ?? "-",
    ours: `${seconds(mine.seconds)}, ${rate(mine)}, ${memory(mine)}`,
    peer: `${seconds(other.seconds)}, ${rate(other)}, ${memory(other)} ${peers[i]?.name}`,
    ratio: (other.seconds / mine.seconds).toFixed(2),
  }));
}

/** Structured Streaming's source for a batch, as DStreams have no Kafka in Python any more. */
async function sparkProgram(python: string, args: readonly string[]): Promise<Contestant> {
  const jars = await jarsOf("kafka-pyspark", new URL("peers/kafka-pyspark/pom.xml", import.meta.url));
  return { ...pysparkProgram(python, "kafka_count.py", [...args, `${jars}/*`]), name: "PySpark local[2]" };
}
