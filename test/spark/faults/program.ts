/**
 * A program on Spark that a test kills, or whose JVM it kills.
 *
 *     node program.ts <Spark's home> <folder> idle|busy|stream|throws|early
 *
 * It ends by an error when tasks run (`throws`) or while the JVM starts (`early`). Otherwise it prints `ready` when tasks run (`idle`: have run), and at its end what became of it. Tasks leave their process ids in `<folder>/pids`.
 */
import { appendFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Milliseconds, StreamingContext } from "../../../src/index.ts";
import { sparkContext, until, marksIn } from "./contexts.ts";

const [home = "", folder = "", mode] = process.argv.slice(2);
const pids = join(folder, "pids");
const sc = sparkContext(home, "local[2]");

function leavePid<T>(value: T): T {
  appendFileSync(pids, `${process.pid}\n`);
  return value;
}

/** What the test is told. */
async function told(promise: Promise<unknown>): Promise<void> {
  const text = await promise.then(
    () => "ended well",
    (error: Error & { code?: string }) => `${error.code}: ${error.message.split("\n")[0]}`,
  );
  console.log(text);
}

const numbers = sc.parallelize([1, 2], 2).map(leavePid);
const endless = numbers.map(n => {
  while (n > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  return n;
});

if (mode === "early") {
  await until(() => readdirSync(tmpdir()).some(name => name.startsWith("dstreams-gateway-")));
  throw new Error("uncaught");
} else if (mode === "stream") {
  const ssc = new StreamingContext(sc, Milliseconds(200));
  ssc
    .queueStream(Array.from({ length: 10_000 }, () => [1, 2]))
    .map(leavePid)
    .foreachRDD(async rdd => void (await rdd.count()));
  await ssc.start();
  const ended = told(ssc.awaitTermination());
  await until(() => marksIn(pids) > 0);
  console.log("ready");
  await ended;
  await ssc.stop();
} else if (mode === "idle") {
  await numbers.count();
  console.log("ready");
  await new Promise<void>(resolve => process.stdin.once("data", () => resolve(process.stdin.destroy() as never)));
  await told(numbers.count());
  await told(numbers.count());
  await sc.stop();
} else {
  const jobs = [endless.count(), endless.collect()].map(told);
  await until(() => marksIn(pids) > 0);
  console.log("ready");
  if (mode === "throws") throw new Error("uncaught");
  await Promise.all(jobs);
  await sc.stop();
}
console.log("end");
