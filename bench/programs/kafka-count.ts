// What a batch of a stream does, as a user writes it; measured is the job, the context being up. The first round warms up, as with the peers.
import { SparkConf, SparkContext } from "dstreams";
import { KafkaUtils, saveToKafka } from "dstreams/kafka";
import { Admin } from "@platformatic/kafka";

const [brokers = "", input = "", output = ""] = process.argv.slice(2);
const kafkaParams = { "bootstrap.servers": brokers };
const sc = new SparkContext(new SparkConf().setMaster("local[1]").setAppName("kafka-count"));
const admin = new Admin({ clientId: "bench", bootstrapBrokers: [brokers] });
const [topic] = await admin.listOffsets({
  topics: [{ name: input, partitions: [0, 1].map(partitionIndex => ({ partitionIndex, timestamp: -1n })) }],
});
await admin.close();
const ranges = (topic?.partitions ?? []).map(({ partitionIndex, offset }) => ({
  topic: input,
  partition: partitionIndex,
  fromOffset: 0,
  untilOffset: Number(offset),
}));
const seconds: number[] = [];
let check: unknown;
for (let i = 0; i < 3; i++) {
  const start = performance.now();
  const counts = KafkaUtils.createRDD(sc, ranges, { kafkaParams })
    .map(({ key }) => [key ?? "", 1])
    .reduceByKey((a, b) => a + b);
  await saveToKafka(counts, { topic: output, kafkaParams });
  seconds.push((performance.now() - start) / 1000);
  if (i === 2) check = [await counts.count(), await counts.values().reduce((a, b) => a + b)];
}
await sc.stop();
console.log(JSON.stringify({ seconds: seconds.slice(1), check, rss: process.resourceUsage().maxRSS }));
