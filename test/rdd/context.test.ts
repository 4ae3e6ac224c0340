/** The SparkContext's life, on the reference engine: what it promises does not depend on who computes. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { refusesTravel, travelsAs } from "../../src/closure/travel.ts";
import { SparkConf } from "../../src/conf/spark-conf.ts";
import type { Engine, Job } from "../../src/engine/engine.ts";
import { jobScope } from "../../src/engine/job-scope.ts";
import { SparkContext, withEngine } from "../../src/rdd/spark-context.ts";
import { SparkFiles } from "../../src/rdd/spark-files.ts";
import { ReferenceEngine } from "../support/reference-engine.ts";

let open: SparkContext | undefined;
const jobs: Job[] = [];

class Recording extends ReferenceEngine {
  override run(job: Job): Promise<unknown[]> {
    jobs.push(job);
    return super.run(job);
  }
}

function context(
  configure: (conf: SparkConf) => unknown = () => undefined,
  engine: Engine = new Recording(3),
): SparkContext {
  const conf = new SparkConf(false).setMaster("local[3]").setAppName("life");
  configure(conf);
  return withEngine(
    () => engine,
    () => (open = new SparkContext(conf)),
  );
}

afterEach(async () => {
  await open?.stop();
  jobs.length = 0;
});

test("a context needs a master and a name", () => {
  assert.throws(() => new SparkContext(new SparkConf(false)), /A master URL must be set in your configuration/);
  assert.throws(
    () => new SparkContext(new SparkConf(false).setMaster("local")),
    /An application name must be set in your configuration/,
  );
  assert.throws(() => new SparkContext(new SparkConf().setMaster("nonsense")), { code: "DSTREAMS_MASTER" });
});

test("one context at a time", async () => {
  const sc = context();
  assert.throws(
    () => context(),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, "DSTREAMS_CONTEXT_EXISTS");
      assert.match(
        error.message,
        /^Cannot run multiple SparkContexts at once; existing SparkContext\(app=life, master=local\[3\]\) created by SparkContext at context\.test\.ts:\d+/,
      );
      return true;
    },
  );
  assert.equal(SparkContext.getOrCreate(), sc);
  await sc.stop();
  const next = context();
  assert.notEqual(next, sc);
  assert.notEqual(next.applicationId, sc.applicationId);
});

test("stop may be called again; nothing else may be called after it", async () => {
  const sc = context();
  const rdd = sc.parallelize([1, 2]);
  await sc.stop();
  await sc.stop();
  assert.equal(sc.isStopped, true);
  const stopped =
    /^(?:DStreamsError: )?Cannot call methods on a stopped SparkContext\.\nThis stopped SparkContext was created at:\nSparkContext at context\.test\.ts:\d+$/;
  assert.throws(() => sc.parallelize([1]), { code: "DSTREAMS_CONTEXT_STOPPED", message: stopped });
  assert.throws(() => sc.textFile("x"), stopped);
  assert.throws(() => sc.broadcast(1), stopped);
  assert.throws(() => sc.accumulator(1), stopped);
  assert.throws(() => sc.defaultParallelism, stopped);
  assert.throws(() => rdd.cache(), stopped);
  await assert.rejects(rdd.count(), stopped);
  await assert.rejects(rdd.map(x => x).take(1), stopped);
});

test("who stops a context that is being stopped waits for the same end", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  class Slow extends ReferenceEngine {
    override stop(): Promise<void> {
      return promise;
    }
  }
  const sc = context(undefined, new Slow(1));
  const ended: string[] = [];
  const both = ["first", "second"].map(async name => {
    await sc.stop();
    ended.push(name);
  });
  await new Promise(turn => setImmediate(turn));
  assert.deepEqual(ended, []);
  resolve();
  await Promise.all(both);
});

test("it says what it is", async () => {
  const sc = context(conf => conf.set("spark.test", "x"));
  assert.equal(sc.appName, "life");
  assert.equal(sc.master, "local[3]");
  assert.equal(sc.defaultParallelism, 3);
  assert.equal(sc.defaultMinPartitions, 2);
  assert.match(sc.applicationId, /^local-\d+(-\d+)?$/);
  assert.match(sc.version, /^\d+\.\d+\.\d+/);
  assert.equal(sc.uiWebUrl, undefined);
  assert.equal(sc.getConf().get("spark.test"), "x");
  sc.getConf().set("spark.test", "y");
  assert.equal(sc.getConf().get("spark.test"), "x");
  assert.ok(Math.abs(sc.startTime - Date.now()) < 60_000);
});

test("spark.default.parallelism decides where nobody says", async () => {
  const sc = context(conf => conf.set("spark.default.parallelism", 5));
  assert.equal(sc.defaultParallelism, 5);
  assert.equal(await sc.parallelize([1]).getNumPartitions(), 5);
  assert.equal(
    await sc
      .parallelize([[1, 1]], 2)
      .reduceByKey((a, b) => a + b)
      .getNumPartitions(),
    5,
  );
});

test("master and name may be given first", async () => {
  await using sc = withEngine(
    () => new ReferenceEngine(),
    () => new SparkContext("local[2]", "named"),
  );
  assert.deepEqual([sc.master, sc.appName], ["local[2]", "named"]);
});

test("the configuration is a copy", () => {
  const conf = new SparkConf(false).setMaster("local").setAppName("before");
  const sc = withEngine(
    () => new ReferenceEngine(),
    () => (open = new SparkContext(conf)),
  );
  conf.setAppName("after");
  assert.equal(sc.appName, "before");
});

test("constructors and transformations do nothing before an action", async () => {
  const sc = context();
  const missing = sc.textFile("/no/such/file").map(line => line.length);
  const sorted = sc.parallelize([2, 1], 2).sortBy(n => n);
  assert.equal(jobs.length, 0);
  await assert.rejects(missing.count(), { code: "DSTREAMS_PATH_NOT_FOUND" });
  assert.equal(jobs.length, 0);
  await sorted.collect();
  assert.equal(jobs.length, 2);
});

test("a plan is resolved once, and a failure is not remembered", async () => {
  const sc = context();
  const directory = mkdtempSync(join(tmpdir(), "dstreams-test-"));
  try {
    const lines = sc.textFile(join(directory, "late.txt"));
    await assert.rejects(lines.count(), { code: "DSTREAMS_PATH_NOT_FOUND" });
    writeFileSync(join(directory, "late.txt"), "one\ntwo\n");
    assert.equal(await lines.count(), 2);
    const sorted = sc.parallelize([3, 1, 2], 2).sortBy(n => n);
    jobs.length = 0;
    assert.deepEqual(await Promise.all([sorted.count(), sorted.first(), sorted.map(n => n).collect()]), [
      3,
      1,
      [1, 2, 3],
    ]);
    assert.equal(await sorted.plan(), await sorted.plan());
    const samples = jobs.filter(job => job.action.kind === "partition");
    assert.equal(samples.length, 1);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("thousands of derived RDDs resolve without recursion", async () => {
  const sc = context();
  let rdd = sc.parallelize([0], 1);
  for (let i = 0; i < 20_000; i++) rdd = rdd.map(n => n + 1);
  const plan = await rdd.plan();
  assert.equal(plan.numPartitions, 1);
  const many = sc.union(Array.from({ length: 5000 }, () => sc.parallelize([1], 1)));
  assert.equal(await many.getNumPartitions(), 5000);
});

test("job groups and descriptions reach the engine; a scope's hold instead", async () => {
  const sc = context();
  const rdd = sc.parallelize([1], 1);
  sc.setJobGroup("nightly", "all of it");
  await rdd.count();
  assert.deepEqual(jobs.at(-1)?.properties, { group: "nightly", description: "all of it" });
  const abort = new AbortController();
  await jobScope.run({ properties: { batchTime: 1000, description: "a batch" }, signal: abort.signal }, () =>
    rdd.count(),
  );
  assert.deepEqual(jobs.at(-1)?.properties, { description: "a batch", batchTime: 1000 });
  assert.equal(jobs.at(-1)?.signal, abort.signal);
  sc.setLocalProperty("spark.jobGroup.id", undefined);
  sc.setJobDescription(undefined);
  await rdd.count();
  assert.deepEqual(jobs.at(-1)?.properties, {});
  sc.setLocalProperty("mine", "1");
  assert.deepEqual([sc.getLocalProperty("mine"), sc.getLocalProperty("other")], ["1", undefined]);
});

test("cancelled jobs reject", async () => {
  const sc = context();
  sc.setJobGroup("long", "");
  const running = sc.range(0, 1000, 1, 1000).count();
  setImmediate(() => sc.cancelJobGroup("other"));
  setTimeout(() => sc.cancelJobGroup("long"), 1);
  await assert.rejects(running, { code: "DSTREAMS_CANCELLED" });
});

test("a job belongs to the group that was set when it was asked for, and can be cancelled from then on", async () => {
  const sc = context();
  sc.setJobGroup("first", "");
  const first = sc.range(0, 10, 1, 2).count();
  sc.setJobGroup("second", "");
  const second = sc.range(0, 10, 1, 2).count();
  sc.cancelJobGroup("first");
  await assert.rejects(first, { code: "DSTREAMS_CANCELLED" });
  assert.equal(await second, 10);
});

test("contexts and RDDs refuse to travel; broadcasts and accumulators travel as handles", () => {
  const sc = context();
  const rdd = sc.parallelize([1]);
  for (const thing of [sc, rdd])
    assert.match(thing[refusesTravel], /It appears that you are attempting to .*SPARK-5063/);
  const [a, b] = [sc.broadcast(1), sc.broadcast(2)];
  assert.deepEqual(a[travelsAs], { kind: "broadcast", id: a.id });
  assert.equal(b.id, a.id + 1);
  const counter = sc.accumulator(0);
  assert.deepEqual(counter[travelsAs], { kind: "sum", id: counter.id });
});

test("a destroyed broadcast is gone", async () => {
  const sc = context();
  const words = sc.broadcast(["a"]);
  await words.unpersist();
  assert.deepEqual(words.value, ["a"]);
  await words.destroy();
  const gone = new RegExp(
    `^DStreamsError: Attempted to use Broadcast\\(${words.id}\\) after it was destroyed \\(destroy at context\\.test\\.ts:\\d+\\)$`,
  );
  assert.throws(() => words.value, gone);
  assert.throws(() => words[travelsAs], gone);
  await assert.rejects(words.destroy(), gone);
});

test("accumulators of other things than numbers need a param", () => {
  const sc = context();
  assert.throws(() => sc.accumulator("x" as never), /Give an AccumulatorParam/);
  const sets = sc.accumulator(new Set<string>(), {
    zero: () => new Set(),
    addInPlace: (a, b) => new Set([...a, ...b]),
  });
  sets.add(new Set(["a"])).add(new Set(["b"]));
  assert.deepEqual([...sets.value], ["a", "b"]);
});

test("the files that were submitted are there for the first task; one that cannot be read ends the start", async () => {
  const directory = mkdtempSync(join(tmpdir(), "dstreams-"));
  writeFileSync(join(directory, "a.txt"), "a");
  const conf = new SparkConf().setMaster("local[1]").setAppName("files");
  const files = (list: string) => conf.clone().set("spark.files", list);
  assert.throws(() => new SparkContext(files(join(directory, "none"))), {
    code: "DSTREAMS_PATH_NOT_FOUND",
    message: /spark\.files \(--files\) cannot read .*none/,
  });
  const sc = new SparkContext(files(`${join(directory, "a.txt")}, `));
  assert.equal(
    await sc
      .parallelize([1], 1)
      .map(() => readFileSync(SparkFiles.get("a.txt"), "utf8"))
      .first(),
    "a",
  );
  await sc.stop();
});

test("addFile copies a file to where tasks find it, once", async () => {
  const sc = context();
  const directory = mkdtempSync(join(tmpdir(), "dstreams-test-"));
  try {
    const path = join(directory, "words.txt");
    writeFileSync(path, "hello");
    await sc.addFile(path);
    assert.equal(readFileSync(SparkFiles.get("words.txt"), "utf8"), "hello");
    assert.deepEqual(sc.listFiles, [SparkFiles.get("words.txt")]);
    await assert.rejects(sc.addFile(path), /File words\.txt was already registered/);
    await assert.rejects(sc.addFile(join(directory, "none")), { code: "DSTREAMS_PATH_NOT_FOUND" });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("sources check their arguments at once", () => {
  const sc = context();
  assert.throws(() => sc.parallelize(5 as never), /parallelize takes an array or another iterable/);
  assert.throws(() => sc.parallelize([1], 0), /numSlices must be a positive whole number/);
  assert.throws(() => sc.range(0, 5, 0), /step cannot be 0/);
  assert.throws(() => sc.textFile("x", -1), /minPartitions must be a positive whole number/);
});

test("parallelize cuts evenly; iterables, async ones and ranges are sources too", async () => {
  const sc = context();
  assert.deepEqual(await sc.parallelize([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4).glom().collect(), [
    [0, 1],
    [2, 3, 4],
    [5, 6],
    [7, 8, 9],
  ]);
  assert.deepEqual(await sc.parallelize(new Set(["a", "b"]), 1).collect(), ["a", "b"]);
  assert.deepEqual(await sc.range(5).collect(), [0, 1, 2, 3, 4]);
  assert.deepEqual(await sc.range(10, 0, -3, 3).glom().collect(), [[10], [7], [4, 1]]);
  async function* letters(): AsyncGenerator<string> {
    yield* "abc";
  }
  const once = sc.fromAsync(letters(), 2);
  assert.deepEqual(await once.collect(), ["a", "b", "c"]);
  assert.deepEqual(await once.collect(), ["a", "b", "c"]);
});
