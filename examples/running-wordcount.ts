#!/usr/bin/env node
// Counts the words of all files that have arrived since the start, not of the last batch only.
import { SparkConf, SparkContext, StreamingContext } from "dstreams";

const sc = new SparkContext(new SparkConf().setAppName("Running word count"));
const ssc = new StreamingContext(sc, 2);
ssc.checkpoint(process.argv[3] ?? "./checkpoints"); // where the counts are saved now and then

const words = ssc.textFileStream(process.argv[2] ?? "./books").flatMap(line => line.split(" "));
const counts = words
  .map(word => [word, 1])
  .updateStateByKey((ones, count: number | null) => (count ?? 0) + ones.length);
counts.pprint();

await ssc.start();
await ssc.awaitTermination();
