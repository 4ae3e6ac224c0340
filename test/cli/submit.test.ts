/** What `dstreams submit` does for a program: its arguments, its configuration, its end. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { dstreams, project } from "./support/run.ts";

const files = project({
  "args.ts": `
    const typed: string[] = process.argv.slice(2);
    console.log(JSON.stringify({ script: process.argv[1], args: typed, main: import.meta.main }));`,
  "conf.ts": `
    import { SparkConf } from "dstreams";
    const conf = new SparkConf().set("spark.code", "code");
    console.log(JSON.stringify(Object.fromEntries(conf.getAll())));`,
  "throws.ts": `
    async function broken(): Promise<never> { throw new TypeError("my mistake"); }
    await broken();`,
  "later.ts": "setTimeout(() => { throw new Error('later'); }, 1);",
  "caught.ts": `
    process.on("uncaughtException", error => { console.log("mine:", error.message); });
    setTimeout(() => { throw new Error("later"); }, 1);`,
  "code.ts": "process.exitCode = 7;",
  "wrong.ts": 'import { SparkConf } from "dstreams";\nnew SparkConf().set("spark.a", "x").getInt("spark.a");',
  "heap.ts": 'import v8 from "node:v8"; console.log(v8.getHeapStatistics().heap_size_limit < 800 * 2 ** 20);',
  "commonjs.cjs": "console.log(require.main === module, process.argv[2], typeof require('dstreams').SparkContext);",
  "given.conf": "spark.from.file file\nspark.both file\nhive.x 1\n",
});
after(() => files.remove());

async function output(args: string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await dstreams(["submit", ...args], { cwd: files.directory, env });
  assert.equal(code, 0, stderr);
  return stdout;
}

describe("submit", { concurrency: 2 }, () => {
  test("all that follows the application belongs to it", async () => {
    const printed = JSON.parse(
      await output(["--name", "x", "args.ts", "--master", "yarn", "-v", "--", "a b"]),
    ) as unknown;
    assert.deepEqual(printed, {
      script: files.path("args.ts"),
      args: ["--master", "yarn", "-v", "--", "a b"],
      main: true,
    });
  });

  test("CommonJS programs run as main modules too", async () => {
    assert.equal(await output(["commonjs.cjs", "x"]), "true x function\n");
  });

  test("flags over --conf over file over environment over built in; code over all", async () => {
    const args = [
      "--total-executor-cores",
      "3",
      "-c",
      "spark.cores.max=4",
      "--conf",
      "spark.both=a=b",
      "--conf=spark.code=no",
    ];
    const env = { MASTER: "local[7]", SPARK_EXECUTOR_MEMORY: "1g" };
    const all = JSON.parse(await output([...args, "--properties-file", "given.conf", "conf.ts"], env)) as unknown;
    assert.deepEqual(all, {
      "spark.master": "local[7]",
      "spark.app.name": "conf.ts",
      "spark.executor.memory": "1g",
      "spark.from.file": "file",
      "spark.both": "a=b",
      "spark.cores.max": "3",
      "spark.code": "code",
    });
  });

  test("what is no key of Spark is ignored with a warning", async () => {
    const args = [
      "submit",
      "-c",
      "my.key=1",
      "--conf",
      "db.password=hidden",
      "--properties-file",
      "given.conf",
      "args.ts",
    ];
    const { code, stderr } = await dstreams(args, { cwd: files.directory });
    assert.equal(code, 0);
    assert.deepEqual(stderr.trimEnd().split("\n"), [
      "Warning: Ignoring non-spark config property: my.key=1",
      "Warning: Ignoring non-spark config property: db.password=*********(redacted)",
      "Warning: Ignoring non-spark config property: hive.x=1",
    ]);
  });

  test("--verbose shows arguments and configuration, without secrets", async () => {
    const args = ["submit", "-v", "-c", "spark.db.password=hidden", "--master", "local[3]", "args.ts", "x"];
    const { stderr } = await dstreams(args, { cwd: files.directory });
    assert.match(stderr, /Application: .*args\.ts\nArguments: \["x"\]\nConfiguration:\n/);
    assert.match(stderr, / {2}spark\.master=local\[3\]\n/);
    assert.match(stderr, / {2}spark\.db\.password=\*+\(redacted\)\n/);
    assert.doesNotMatch(stderr, /hidden/);
  });

  test("a program that throws: its own stack, exit code 1", async () => {
    const { code, stderr } = await dstreams(["submit", "throws.ts"], { cwd: files.directory });
    assert.match(stderr, /^Uncaught TypeError: my mistake\n +at broken \(.*throws\.ts:2:\d+\)/);
    assert.doesNotMatch(stderr, /src\/cli/);
    assert.equal(code, 1);
    const later = await dstreams(["submit", "later.ts"], { cwd: files.directory });
    assert.match(later.stderr, /^Uncaught Error: later\n/);
    assert.equal(later.code, 1);
  });

  test("a program that handles its errors is left to do so", async () => {
    assert.equal(await output(["caught.ts"]), "mine: later\n");
  });

  test("an error of the library: one line, and the place in the program", async () => {
    const { code, stderr } = await dstreams(["submit", "wrong.ts"], { cwd: files.directory });
    assert.match(stderr, /^Error: spark\.a should be a whole number, but was 'x'\.\n +at .*wrong\.ts:2:\d+\n$/);
    assert.equal(code, 1);
  });

  test("the program's exit code is the command's", async () => {
    assert.equal((await dstreams(["submit", "code.ts"], { cwd: files.directory })).code, 7);
  });

  test("--driver-memory is the heap of the main thread", { skip: process.platform === "win32" }, async () => {
    assert.equal(await output(["--driver-memory", "300m", "heap.ts"]), "true\n");
    assert.equal(await output(["-c", "spark.driver.memory=300", "heap.ts"]), "true\n");
  });
});

test("version", async () => {
  assert.match((await dstreams(["version"])).stdout, /^dstreams \d+\.\d+\.\d+ \(Node v/);
  assert.match((await dstreams(["--version"])).stdout, /^dstreams \d/);
});
