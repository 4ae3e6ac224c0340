#!/usr/bin/env node
// Prints its first batch and stops; the clock runs outside, from the start of the process.
import { Milliseconds, SparkContext, StreamingContext } from "dstreams";

const ssc = new StreamingContext(new SparkContext("local[2]", "first batch"), Milliseconds(100));
const counts = ssc
  .textFileStream(process.argv[2] ?? ".")
  .flatMap(line => line.split(" "))
  .map(word => [word, 1])
  .reduceByKey((a, b) => a + b);
counts.pprint();
await ssc.start();
await ssc.awaitTermination();
