// The fastest loop that the client allows: its lowest layer, a fetch after the other, records never made into messages.
import { Admin, fetchV17, Producer } from "@platformatic/kafka";

const [brokers, input, output] = process.argv.slice(2);
const common = { clientId: "bench", bootstrapBrokers: [brokers] };
const admin = new Admin(common);
const metadata = await admin.metadata({ topics: [input] });
const { id, partitions } = metadata.topics.get(input);
const [topic] = await admin.listOffsets({
  topics: [{ name: input, partitions: partitions.map((_, partitionIndex) => ({ partitionIndex, timestamp: -1n })) }],
});
const maxBytes = 4 << 20;
const seconds = [];
let check;
for (let i = 0; i < 3; i++) {
  const start = performance.now();
  const counts = new Map();
  for (const { partitionIndex, offset: end } of topic.partitions) {
    const connection = await admin.connections.get(metadata.brokers.get(partitions[partitionIndex].leader));
    for (let fetchOffset = 0n; fetchOffset < end; ) {
      const wanted = {
        partition: partitionIndex,
        currentLeaderEpoch: -1,
        fetchOffset,
        lastFetchedEpoch: -1,
        partitionMaxBytes: maxBytes,
      };
      const topics = [{ topicId: id, partitions: [wanted] }];
      const answer = await fetchV17.api.async(connection, 500, 1, maxBytes, 0, 0, -1, topics, [], "");
      for (const batch of answer.responses[0].partitions[0].records) {
        for (const record of batch.records) {
          const key = record.key.toString();
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
        fetchOffset = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
      }
    }
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
  check = [counts.size, [...counts.values()].reduce((a, b) => a + b, 0)];
}
await admin.close();
console.log(JSON.stringify({ seconds: seconds.slice(1), check, rss: process.resourceUsage().maxRSS }));
