/** `node lines.ts <path> <master>`: counts the lines of a file, five times; the first is not measured. */
import { SparkConf, SparkContext } from "dstreams";

const [path = "", master = "local[2]"] = process.argv.slice(2);
const sc = new SparkContext(new SparkConf(false).setMaster(master).setAppName("lines"));
const seconds: number[] = [];
let check = 0;
for (let i = 0; i < 5; i++) {
  const begin = performance.now();
  check = await sc.textFile(path).count();
  seconds.push((performance.now() - begin) / 1000);
}
await sc.stop();
console.log(JSON.stringify({ seconds: seconds.slice(1), check }));
