// The loop a user of the client would write: its stream of messages, a Map, its producer.
import { Admin, Consumer, Producer } from "@platformatic/kafka";

const [brokers, input, output] = process.argv.slice(2);
const common = { clientId: "bench", bootstrapBrokers: [brokers] };
const admin = new Admin(common);
const [topic] = await admin.listOffsets({
  topics: [{ name: input, partitions: [0, 1].map(partitionIndex => ({ partitionIndex, timestamp: -1n })) }],
});
await admin.close();
const records = topic.partitions.reduce((sum, { offset }) => sum + Number(offset), 0);
const text = { key: bytes => bytes?.toString(), value: bytes => bytes?.toString() };
const seconds = [];
let check;
for (let i = 0; i < 3; i++) {
  const consumer = new Consumer({
    ...common,
    groupId: `bench-${process.pid}-${i}`,
    deserializers: text,
    maxBytes: 4 << 20,
  });
  const stream = await consumer.consume({ topics: [input], mode: "earliest", autocommit: false });
  const start = performance.now();
  const counts = new Map();
  let seen = 0;
  for await (const { key } of stream) {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (++seen === records) break;
  }
  const producer = new Producer({ ...common, acks: -1, idempotent: true });
  const messages = [...counts].map(([key, n]) => ({
    topic: output,
    key: Buffer.from(key),
    value: Buffer.from(String(n)),
  }));
  for (let at = 0; at < messages.length; at += 5000) await producer.send({ messages: messages.slice(at, at + 5000) });
  seconds.push((performance.now() - start) / 1000);
  await producer.close();
  await consumer.close(true);
  check = [counts.size, [...counts.values()].reduce((a, b) => a + b, 0)];
}
console.log(JSON.stringify({ seconds: seconds.slice(1), check, rss: process.resourceUsage().maxRSS }));
