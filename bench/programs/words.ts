// Word count as a user writes it; what is measured is the job, context and threads being up (as with the peers).
import { SparkConf, SparkContext } from "dstreams";

const [path = "", master = "local[1]", repetitions = "3"] = process.argv.slice(2);
const sc = new SparkContext(new SparkConf().setMaster(master).setAppName("words"));
const seconds: number[] = [];
let check: unknown;
for (let i = 0; i < Number(repetitions); i++) {
  const start = performance.now();
  const counts = sc
    .textFile(path)
    .flatMap(line => line.split(" "))
    .map(word => [word, 1])
    .reduceByKey((a, b) => a + b);
  // one pass over the counts: how many words, how often in all, the most frequent
  check = await counts.values().aggregate(
    [0, 0, 0],
    ([n, total, most], count) => [n + 1, total + count, Math.max(most, count)],
    (a, b) => [a[0] + b[0], a[1] + b[1], Math.max(a[2], b[2])],
  );
  seconds.push((performance.now() - start) / 1000);
}
await sc.stop();
console.log(
  JSON.stringify({ seconds: seconds.slice(seconds.length > 1 ? 1 : 0), check, rss: process.resourceUsage().maxRSS }),
);
