// The same with KafkaJS, batch by batch, which is its fast way.
import { Kafka, logLevel } from "kafkajs";

const [brokers, input, output] = process.argv.slice(2);
const kafka = new Kafka({ clientId: "bench", brokers: [brokers], logLevel: logLevel.NOTHING });
const admin = kafka.admin();
await admin.connect();
const records = (await admin.fetchTopicOffsets(input)).reduce((sum, { high }) => sum + Number(high), 0);
await admin.disconnect();
const seconds = [];
let check;
for (let i = 0; i < 3; i++) {
  const consumer = kafka.consumer({
    groupId: `bench-js-${process.pid}-${i}`,
    maxBytesPerPartition: 4 << 20,
    maxBytes: 16 << 20,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [input], fromBeginning: true });
  const counts = new Map();
  let seen = 0;
  let start = 0;
  const { promise, resolve } = Promise.withResolvers();
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: true,
    eachBatch: async ({ batch }) => {
      start ||= performance.now();
      for (const { key } of batch.messages) {
        const text = key.toString();
        counts.set(text, (counts.get(text) ?? 0) + 1);
      }
      seen += batch.messages.length;
      if (seen === records) resolve();
    },
  });
  await promise;
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  const messages = [...counts].map(([key, n]) => ({ key, value: String(n) }));
  for (let at = 0; at < messages.length; at += 5000) {
    await producer.send({ topic: output, acks: -1, messages: messages.slice(at, at + 5000) });
  }
  seconds.push((performance.now() - start) / 1000);
  await producer.disconnect();
  await consumer.disconnect();
  check = [counts.size, [...counts.values()].reduce((a, b) => a + b, 0)];
}
console.log(JSON.stringify({ seconds: seconds.slice(1), check, rss: process.resourceUsage().maxRSS }));
