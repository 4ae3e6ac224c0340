/** The driver's two processes, Node and the JVM: when one dies the other knows, and nobody and nothing is left. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, test } from "node:test";
import { TemporaryDirectory } from "../../product/support/temporary-directory.ts";
import { sparkForTests } from "../../support/spark-homes.ts";
import { errorOf, processesWith, sparkContext, until } from "./contexts.ts";

const { home, skip } = await sparkForTests("4.3.0");

/** The program next to this file, with all that it starts marked by a variable of the environment. */
class Program implements Disposable {
  readonly #directory = new TemporaryDirectory();
  readonly mark: string = `DSTREAMS_TEST_MARK=${randomUUID()}`;
  readonly process: ChildProcess;
  printed = "";

  constructor(mode: string) {
    mkdirSync(this.#directory.at("temp"));
    const [name = "", value] = this.mark.split("=");
    const temp = this.#directory.at("temp");
    const env = { ...process.env, [name]: value, TMPDIR: temp, SPARK_LOCAL_DIRS: temp };
    const program = fileURLToPath(new URL("program.ts", import.meta.url));
    this.process = spawn(process.execPath, [program, home, this.#directory.path, mode], { env });
    for (const stream of [this.process.stdout, this.process.stderr]) stream?.on("data", more => (this.printed += more));
  }

  async ready(): Promise<void> {
    await until(() => {
      assert.equal(this.process.exitCode, null, this.printed);
      return this.printed.includes("ready\n");
    });
  }

  /** The ids of its processes whose command line has this in it. */
  pidsOf(what: RegExp): number[] {
    return processesWith(this.mark).filter(pid => what.test(readFileSync(`/proc/${pid}/cmdline`, "utf8")));
  }

  async ended(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, "exit");
  }

  /** Waits until there is no process left that it has started, and no file. */
  async leavesNothing(): Promise<void> {
    await this.ended();
    await until(() => processesWith(this.mark).length === 0);
    assert.deepEqual(readdirSync(this.#directory.at("temp")), []);
  }

  [Symbol.dispose](): void {
    for (const pid of processesWith(this.mark)) process.kill(pid, "SIGKILL");
    this.#directory[Symbol.dispose]();
  }
}

const lost =
  /^DSTREAMS_SPARK_LOST: Spark's driver JVM has ended by itself \(signal SIGKILL\)\. What ran there is lost\.$/;

/** Lines behind `ready`. */
function after(printed: string): string[] {
  return printed.split("ready\n")[1]?.trim().split("\n") ?? [];
}

describe("the JVM is killed", { skip }, () => {
  test("while jobs run: each rejects, once, with one error, and the program can end", async () => {
    using program = new Program("busy");
    await program.ready();
    for (const pid of program.pidsOf(/java/)) process.kill(pid, "SIGKILL");
    await program.ended();
    const [first = "", second = "", end] = after(program.printed);
    assert.match(first, lost);
    assert.match(second, lost);
    assert.equal(end, "end");
    assert.equal(program.process.exitCode, 0);
    await until(() => processesWith(program.mark).length === 0);
  });

  test("while none runs: the next one, and all after it, reject", async () => {
    using program = new Program("idle");
    await program.ready();
    const java = program.pidsOf(/java/);
    for (const pid of java) process.kill(pid, "SIGKILL");
    await until(() => program.pidsOf(/java/).length === 0);
    program.process.stdin?.write("go on\n");
    await program.ended();
    const [first = "", second = "", end] = after(program.printed);
    assert.match(first, lost);
    assert.match(second, lost);
    assert.equal(end, "end");
    await until(() => processesWith(program.mark).length === 0);
  });

  test("under a stream: awaitTermination rejects", async () => {
    using program = new Program("stream");
    await program.ready();
    for (const pid of program.pidsOf(/java/)) process.kill(pid, "SIGKILL");
    await program.ended();
    const [first = "", end] = after(program.printed).filter(line => /^DSTREAMS|^end/.test(line));
    assert.match(first, lost);
    assert.equal(end, "end");
    await until(() => processesWith(program.mark).length === 0);
  });
});

describe("the driver dies while tasks compute without a pause: no process and no file of its is left", { skip }, () => {
  for (const [how, mode, die] of [
    ["by SIGKILL", "busy", (program: Program) => void program.process.kill("SIGKILL")],
    ["by Ctrl-C", "busy", (program: Program) => void program.process.kill("SIGINT")],
    ["of an error that nobody caught", "throws", () => undefined],
  ] as const) {
    test(how, async () => {
      using program = new Program(mode);
      if (mode === "busy") await program.ready();
      die(program);
      await program.leavesNothing();
    });
  }
});

describe("the driver dies while the JVM starts", { skip }, () => {
  test("of an error that nobody caught: no process and no file of its is left", async () => {
    using program = new Program("early");
    await program.leavesNothing();
    assert.match(program.printed, /Error: uncaught/);
  });
});

describe("contexts", { skip }, () => {
  test("stop while a job runs, stop twice, another context after it, in the same JVM and in a new one", async () => {
    for (const keepJvm of ["true", "false"]) {
      const sc = sparkContext(home, "local[2]", { "spark.dstreams.keepJvm": keepJvm });
      using directory = new TemporaryDirectory();
      const began = directory.at("began");
      const endless = sc.parallelize([1, 2], 2).map(async n => {
        (await import("node:fs")).appendFileSync(began, "x");
        while (n > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
        return n;
      });
      const failing = errorOf(endless.count());
      await until(() => readdirSync(directory.path).length > 0);
      await Promise.all([sc.stop(), sc.stop()]);
      const error = await failing;
      assert.equal(error.code, "DSTREAMS_CANCELLED");
      assert.match(error.message, /^Job 0 cancelled because SparkContext was shut down$/);
      await sc.stop();
      assert.throws(() => sc.parallelize([1]), { code: "DSTREAMS_CONTEXT_STOPPED" });
      const next = sparkContext(home, "local[2]", { "spark.dstreams.keepJvm": keepJvm });
      assert.equal(await next.parallelize([1, 2, 3], 2).count(), 3);
      await next.stop();
    }
  });
});
