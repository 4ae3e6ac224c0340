#!/usr/bin/env node
// Writes the lines of its standard input to a topic, which it makes if need be:
//   echo "to be or not to be" | ./kafka-lines.ts words localhost:9092
import { createInterface } from "node:readline";
import { Admin, Producer, stringSerializers } from "@platformatic/kafka";

const [topic = "words", broker = "localhost:9092"] = process.argv.slice(2);
const client = { clientId: "lines", bootstrapBrokers: [broker] };
const admin = new Admin(client);
if (!(await admin.listTopics()).includes(topic)) await admin.createTopics({ topics: [topic], partitions: 2 });
await admin.close();

const producer = new Producer({ ...client, idempotent: true, serializers: stringSerializers });
for await (const value of createInterface({ input: process.stdin }))
  await producer.send({ messages: [{ topic, value }] });
await producer.close();
