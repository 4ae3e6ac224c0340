#!/usr/bin/env node
// The ten most frequent words of some files, once: RDDs without a stream.
import { SparkConf, SparkContext } from "dstreams";

const folder = process.argv[2] ?? new URL("data", import.meta.url).pathname;
const sc = new SparkContext(new SparkConf().setAppName("Word count"));

const counts = sc
  .textFile(`${folder}/*.txt`)
  .flatMap(line => line.toLowerCase().match(/[a-z']+/g) ?? [])
  .map(word => [word, 1])
  .reduceByKey((a, b) => a + b);

for (const [word, count] of await counts.takeOrdered(10, ([, n]) => -n)) console.log(`${count}\t${word}`);
await sc.stop();
