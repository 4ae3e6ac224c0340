// map → filter → map → sum over ten million numbers, after eight other pipelines have run in the same process.
import { SparkConf, SparkContext } from "dstreams";

const sc = new SparkContext(new SparkConf().setMaster("local[1]").setAppName("numbers"));
const other = sc.range(200_000);
await other
  .map(x => `${x}`)
  .filter(s => s.length > 2)
  .count();
await other
  .map(x => [x, x] as const)
  .map(p => p[0] + p[1])
  .sum();
await other
  .filter(x => x % 3 === 0)
  .map(x => ({ x }))
  .filter(o => o.x > 10)
  .count();
await other
  .map(x => x / 2)
  .map(x => x + 0.5)
  .map(x => x * 2)
  .max();
await other
  .flatMap(x => [x, -x])
  .map(x => x + 1)
  .filter(x => x > 0)
  .sum();
await other
  .map(x => BigInt(x))
  .filter(b => b > 10n)
  .count();
await other
  .map(x => (x % 2 === 0 ? x : `${x}`))
  .filter(x => typeof x === "number")
  .count();
await other
  .map(x => [x % 10, 1])
  .reduceByKey((a, b) => a + b)
  .collect();

const seconds: number[] = [];
let check = 0;
for (let i = 0; i < 12; i++) {
  const start = performance.now();
  check = await sc
    .range(10_000_000)
    .map(x => x * 3)
    .filter(y => y % 2 === 0)
    .map(y => y + 1)
    .sum();
  seconds.push((performance.now() - start) / 1000);
}
await sc.stop();
console.log(JSON.stringify({ seconds: seconds.slice(4), check }));
