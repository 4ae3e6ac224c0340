#!/usr/bin/env node
// A stream made of RDDs that the program itself puts into a queue, one a batch; stops after the last.
import { SparkConf, SparkContext, StreamingContext } from "dstreams";

const sc = new SparkContext(new SparkConf().setAppName("Queue stream"));
const ssc = new StreamingContext(sc, 0.2);
const queue = [1, 2, 3, 4, 5].map(() => sc.range(1000));

ssc
  .queueStream(queue)
  .map(n => [n % 10, 1])
  .reduceByKey((a, b) => a + b)
  .foreachRDD(async (rdd, time) => {
    const counts = await rdd.collect();
    if (counts.length === 0) void ssc.stop();
    else console.log(`${time}: ${counts.map(([digit, count]) => `${digit}×${count}`).join(" ")}`);
  });

await ssc.start();
await ssc.awaitTermination();
