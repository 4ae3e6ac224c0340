#!/usr/bin/env node
// Counts words that arrive on a TCP connection. In one terminal `nc -lk 9999`, in another:
//   ./wordcount-socket.ts localhost 9999
import { SparkConf, SparkContext, StreamingContext } from "dstreams";

const [host = "localhost", port = "9999"] = process.argv.slice(2);
const sc = new SparkContext(new SparkConf().setAppName("Network word count"));
const ssc = new StreamingContext(sc, 1);

ssc
  .socketTextStream(host, Number(port))
  .flatMap(line => line.split(" "))
  .map(word => [word, 1])
  .reduceByKey((a, b) => a + b)
  .pprint();

await ssc.start();
await ssc.awaitTermination();
