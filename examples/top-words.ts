#!/usr/bin/env node
// The ten most frequent words of the last minute, every two seconds.
import { Minutes, Seconds, SparkConf, SparkContext, StreamingContext } from "dstreams";

const sc = new SparkContext(new SparkConf().setAppName("Top words of the last minute"));
const ssc = new StreamingContext(sc, Seconds(2));

const words = ssc
  .textFileStream(process.argv[2] ?? "./books")
  .flatMap(line => line.toLowerCase().match(/[a-z']+/g) ?? []);
const counts = words.map(word => [word, 1]).reduceByKeyAndWindow((a, b) => a + b, null, Minutes(1), Seconds(2));
counts.foreachRDD(async (rdd, time) => {
  const top = await rdd.takeOrdered(10, ([word, n]) => [-n, word]);
  console.log(time.toDate().toISOString(), top.map(([word, n]) => `${word} ${n}`).join(", "));
});

await ssc.start();
await ssc.awaitTermination();
