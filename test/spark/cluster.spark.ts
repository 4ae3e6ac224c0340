/** Programs on a real standalone cluster of Apache Spark, as a user starts them: with the package as it is built, by `submit`, as scripts, at the prompt. */
import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { hdfs } from "../../scripts/services/hdfs.ts";
import { kafka } from "../../scripts/services/kafka.ts";
import { sparkWith } from "../../scripts/services/spark.ts";
import { hdfsStorage } from "../../src/storage/hdfs/hdfs.ts";
import { setHadoopConf } from "../../src/storage/hadoop-conf.ts";
import { project, type Running, root, start } from "../cli/support/run.ts";
import { TestClient } from "../kafka/support.ts";
import { configured, put } from "../storage/support.ts";
import { startServer } from "../support/servers.ts";
import { quickJvm, sparkVersions } from "../support/spark-homes.ts";

const command = join(root, "dist/cli/main.js");
const version = process.env["SPARK_VERSION"] ?? sparkVersions[0];
const cluster = await startServer(sparkWith({ version }));
const { master, home } = cluster.server?.endpoints ?? { master: "", home: "" };
const env = { SPARK_HOME: home, SPARK_LOCAL_IP: "127.0.0.1" };

interface Given {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly input?: string;
}

function submit(program: string, args: readonly string[], given: Given = {}): Running {
  const options = [...quickJvm, "--master", master, ...(given.args ?? [])];
  return start([command, "submit", ...options, program, ...args], { ...given, env: { ...env, ...given.env } });
}

/** All that a program has printed with `pprint`, added up. */
function countsOf(stdout: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, word = "", n] of stdout.matchAll(/^\('(.*)', (\d+)\)$/gm))
    counts[word] = (counts[word] ?? 0) + Number(n);
  return counts;
}

async function interrupt(program: Running): Promise<string> {
  program.process.kill("SIGINT");
  const { code, stdout, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
  return stdout;
}

async function output(program: Running): Promise<string> {
  const { code, stdout, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
  return stdout;
}

const toBe = { to: 2, be: 2, or: 1, not: 1 };

describe(`the word counts on a cluster of Spark ${version}`, { skip: cluster.skip }, () => {
  /** A file that appears as a whole. */
  const drop = (directory: string, name: string, text: string): void => {
    writeFileSync(join(directory, `.${name}`), text);
    renameSync(join(directory, `.${name}`), join(directory, name));
  };

  for (const how of ["by dstreams submit", "as a script"] as const) {
    test(`of files that arrive in a directory, started ${how}`, async () => {
      const books = project({ "before.txt": "old words\n" });
      const path = join(root, "examples/wordcount-files.ts");
      const program =
        how === "as a script"
          ? start([path, books.directory], { env: { ...env, MASTER: master } })
          : submit(path, [books.directory]);
      await program.until(/^Time: /m);
      drop(books.directory, "one.txt", "to be or\nnot to be\n");
      await program.until(/^\('not', 1\)$/m);
      assert.deepEqual(countsOf(await interrupt(program)), toBe);
      books.remove();
    });
  }

  test("of files that arrive in HDFS", async t => {
    const { skip, server } = await startServer(hdfs);
    if (skip !== false) return t.skip(skip);
    const { fs, http, conf } = server.endpoints;
    setHadoopConf(configured({ "dfs.namenode.http-address": http.replace("http://", "") }));
    const directory = `${fs}/tmp/books`;
    await put(hdfsStorage, `${directory}/before`, "old words\n");
    const path = join(root, "examples/wordcount-hdfs.ts");
    const program = submit(path, [directory.replace(fs, "hdfs://")], { env: { HADOOP_CONF_DIR: conf } });
    await program.until(/^Time: /m);
    await put(hdfsStorage, `${directory}/one`, "to be or\nnot to be\n");
    await program.until(/^\('not', 1\)$/m);
    assert.deepEqual(countsOf(await interrupt(program)), toBe);
    await Promise.all(server.processes.map(each => each.stop("SIGKILL")));
  });

  test("of records that are written to Kafka", async t => {
    const { skip, server } = await startServer(kafka);
    if (skip !== false) return t.skip(skip);
    const { brokers } = server.endpoints;
    const client = new TestClient(brokers);
    await client.topic(3, {}, "words");
    await client.write("words", ["old old old"]);
    const program = submit(join(root, "examples/wordcount-kafka.ts"), [brokers]);
    await program.until(/^Time: /m);
    for (const partition of [0, 1]) await client.write("words", ["to be or", "not to be"], partition);
    await program.until(/^\('not', \d\)$/m);
    const counts = countsOf(await interrupt(program));
    assert.deepEqual(counts, Object.fromEntries(Object.entries(toBe).map(([word, n]) => [word, 2 * n])));
    await Promise.all(server.processes.map(each => each.stop("SIGKILL")));
  });
});

describe(`the shell on a cluster of Spark ${version}`, { skip: cluster.skip }, () => {
  test("sends what is typed to the executors: functions, classes, values, modules", async () => {
    const here = project({
      "package.json": '{"type":"module"}',
      "lib.ts": "export const twice = (s: string) => s + s;",
    });
    const lines = [
      'const stopWords = new Set(["or", "not"]);',
      "class Word { constructor(text: string) { this.text = text; } text: string; get length() { return this.text.length; } }",
      'const { twice } = await import("./lib.ts");',
      'import { basename } from "node:path";',
      'const words = sc.parallelize(["to", "/a/be", "or", "not"], 2).filter(word => !stopWords.has(word));',
      "console.log('words', (await words.map(word => new Word(basename(twice(word)))).collect()).map(word => `${word.text} ${word.length}`).join())",
      "console.log('pids', new Set(await sc.parallelize([1, 2, 3, 4], 4).map(() => process.pid).collect()).has(process.pid))",
    ];
    const options = [command, "shell", ...quickJvm, "--master", master];
    const stdout = await output(start(options, { env, cwd: here.directory, input: `${lines.join("\n")}\n` }));
    assert.match(stdout, /^words toto 4,be 2$/m);
    assert.match(stdout, /^pids false$/m);
    here.remove();
  });
});

describe(`a program that is shipped to a cluster of Spark ${version}`, { skip: cluster.skip }, () => {
  /** A project with the package installed in it. `main.ts` takes its folder away before the first task. */
  const makeProject = (): ReturnType<typeof project> => {
    const here = project({
      "package.json": JSON.stringify({ name: "far", type: "module", dependencies: { dstreams: "*", legacy: "*" } }),
      "stop.txt": "or\nnot\n",
      "words.ts": `
        import { readFileSync } from "node:fs";
        const stopWords = new Set(readFileSync(new URL("stop.txt", import.meta.url), "utf8").split("\\n"));
        export const wordsOf = (line: string): string[] => line.split(" ").filter(word => !stopWords.has(word));
        export class Count { word: string; n: number; constructor(word: string, n: number) { this.word = word; this.n = n; } }
        export const countOf = ([word, n]: [string, number]): Count => new Count(word, n);`,
      "main.ts": `
        import { renameSync } from "node:fs";
        import { SparkConf, SparkContext } from "dstreams";
        import legacy from "legacy";
        import { Count, countOf, wordsOf } from "./words.ts";
        const sc = new SparkContext(new SparkConf().setAppName("far"));
        await sc.addFile(import.meta.dirname + "/stop.txt");
        renameSync(import.meta.dirname, import.meta.dirname + "-gone");
        const lines = sc.parallelize(["to be or", "not to be"], 2);
        const words = lines.flatMap(wordsOf).map(word => [legacy.lower(word), 1] as const);
        const counts = words.reduceByKey((a, b) => a + b, 2).map(countOf);
        // instances of a module's class, from one executor to another
        const told = counts.repartition(3).map(count => count instanceof Count && count.word + count.n);
        console.log((await told.collect()).sort().join());
        console.log(await lines.mapAsync(async line => (await import("./words.ts")).wordsOf(line).length).collect());
        const nodes = await lines.map(() => process.execPath).collect();
        console.log("node", nodes[0]);
        await lines.map(() => wordsOf(null as never)).collect().catch(error => console.log(error.stack));
        renameSync(import.meta.dirname + "-gone", import.meta.dirname);
        console.log("driver", (await counts.collect()).every(count => count instanceof Count));
        await sc.stop();`,
    });
    const install = (name: string, from: string, parts: readonly string[]): void => {
      for (const part of parts)
        cpSync(join(from, part), here.path(`node_modules/${name}/${part}`), { recursive: true });
    };
    install("dstreams", root, ["package.json", "dist"]);
    install("acorn", join(root, "node_modules/acorn"), ["package.json", "dist"]);
    install("commander", join(root, "node_modules/commander"), [""]);
    mkdirSync(here.path("legacy"));
    writeFileSync(here.path("legacy/package.json"), '{"name":"legacy","version":"1.0.0"}');
    writeFileSync(here.path("legacy/index.js"), "exports.lower = text => text.toLowerCase();");
    symlinkSync("../legacy", here.path("node_modules/legacy"));
    return here;
  };

  /** A PATH with what an executor itself needs, which is how it unpacks archives, and no Node. */
  const withoutNode = project({});
  after(() => withoutNode.remove());
  for (const name of ["bash", "sh", "tar", "gzip", "chmod", "ln", "rm"]) {
    const found = ["/bin", "/usr/bin"].map(folder => join(folder, name)).find(path => existsSync(path));
    if (found !== undefined) symlinkSync(found, withoutNode.path(name));
  }
  const noNode = ["--conf", `spark.executorEnv.PATH=${withoutNode.directory}`];

  async function count(args: readonly string[]): Promise<string> {
    const here = makeProject();
    after(() => here.remove());
    const own = here.path("node_modules/dstreams/dist/cli/main.js");
    const options = [...quickJvm, "--master", master, "--ship", ...args];
    const program = start([own, "submit", ...options, here.path("main.ts")], { env });
    try {
      const stdout = await output(program);
      assert.match(stdout, /^be2,to2$/m);
      assert.match(stdout, /^driver true$/m);
      assert.match(stdout, /^\[ 2, 2 \]$/m);
      // where it went wrong is told by the names that files have here
      assert.ok(
        stdout.includes(
          `(file://${realpathSync(dirname(here.directory))}/${here.directory.split("/").at(-1)}/words.ts:4:`,
        ),
        stdout,
      );
      return /^node (.*)$/m.exec(stdout)?.[1] ?? "";
    } finally {
      rmSync(`${here.directory}-gone`, { recursive: true, force: true });
    }
  }

  test("runs with modules, packages and files of a project that is nowhere to be found", async () => {
    assert.equal(await count([]), process.execPath);
  });

  test("brings its Node to a host that has none", async () => {
    const node = await count(["--ship-node", ...noNode]);
    assert.ok(node.startsWith(realpathSync(cluster.place.folder)) && node.endsWith("/dstreams/bin/node"), node);
  });

  test("says what to do where there is no Node", async () => {
    const here = project({
      "main.ts": `
        import { SparkContext } from "dstreams";
        const sc = new SparkContext();
        await sc.parallelize([1]).count().catch(error => console.log(error.message));
        await sc.stop();`,
    });
    const args = ["--ship", ...noNode, "--conf", "spark.task.maxFailures=1"];
    const stdout = await output(submit(here.path("main.ts"), [], { args }));
    assert.match(
      stdout,
      /^An executor cannot start workers\. There is no node in the PATH of a host of the cluster \(.*\)\. .*--ship-node/m,
    );
    here.remove();
  });
});

describe(`files on a cluster of Spark ${version}`, { skip: cluster.skip }, () => {
  test("come to tasks, are written by them, and are printed to the executors' logs", async () => {
    const here = project({
      "rates.txt": "2",
      "names.txt": "x",
      "main.ts": `
        import { readFileSync } from "node:fs";
        import { SparkContext, SparkFiles } from "dstreams";
        const sc = new SparkContext();
        const [folder = ""] = process.argv.slice(2);
        await sc.addFile(folder + "/rates.txt");
        const numbers = sc.parallelize([1, 2, 3], 3).map(n => {
          console.log("a line from a task", n);
          return n * Number(readFileSync(SparkFiles.get("rates.txt"), "utf8")) + readFileSync(SparkFiles.get("names.txt"), "utf8");
        });
        await numbers.saveAsTextFile("file://" + folder + "/out");
        sc.setCheckpointDir(folder + "/checkpoints");
        for (const kind of ["checkpoint", "localCheckpoint"] as const) {
          const checkpointed = numbers.map(text => text + "!");
          checkpointed[kind]();
          console.log(await checkpointed.count(), await checkpointed.collect());
        }
        await sc.stop();`,
    });
    const stdout = await output(
      submit(here.path("main.ts"), [here.directory], { args: ["--files", here.path("names.txt")] }),
    );
    assert.equal(stdout.match(/^3 \[ '2x!', '4x!', '6x!' \]$/gm)?.length, 2, stdout);
    const parts = readdirSync(here.path("out")).filter(name => name.startsWith("part-"));
    assert.equal(
      parts
        .toSorted()
        .map(name => readFileSync(here.path(`out/${name}`), "utf8"))
        .join(""),
      "2x\n4x\n6x\n",
    );
    assert.ok(!stdout.includes("a line from a task"), stdout);
    const work = join(cluster.place.folder, "work");
    const logs = readdirSync(work, { recursive: true, encoding: "utf8" }).filter(path =>
      /\/std(?:err|out)$/.test(path),
    );
    const said = logs.filter(path => readFileSync(join(work, path), "utf8").includes("a line from a task"));
    assert.ok(said.length > 0 && said.every(path => path.endsWith("stderr")), said.join());
    here.remove();
  });
});
