#!/usr/bin/env node
import { SparkConf, SparkContext, StreamingContext } from "dstreams";
import { KafkaUtils } from "dstreams/kafka";

const sc = new SparkContext(new SparkConf().setAppName("Reading files from a directory"));
const ssc = new StreamingContext(sc, 2); // a batch every 2 seconds

const lines = KafkaUtils.createStream(ssc, process.argv[2] ?? "localhost:9092", "my-group", { words: 1 }).map(
  ([, value]) => value,
);
const words = lines.flatMap(line => line.split(" "));
const pairs = words.map(word => [word, 1]);
const counts = pairs.reduceByKey((a, b) => a + b);
counts.pprint();

await ssc.start();
await ssc.awaitTermination();
