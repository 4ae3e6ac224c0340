/** The daemon: how workers come to be, how they are killed, and that none is left behind. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { writeWrapper } from "../../../src/engine/spark/worker/wrapper.ts";
import { Daemon, entry, environment, Executor, gone } from "./executor.ts";

describe("the daemon", () => {
  test("gives every connection a process of its own, and has others ready", async () => {
    await using daemon = new Daemon();
    using first = await daemon.connect();
    using second = await daemon.connect();
    assert.notEqual(first.pid, second.pid);
    const workers = daemon.workers();
    assert.ok(workers.includes(first.pid) && workers.includes(second.pid));
    assert.equal(workers.length, 4);
  });

  test("kills a worker that computes, when asked to, and no other", async () => {
    await using daemon = new Daemon();
    using victim = await daemon.connect();
    using other = await daemon.connect();
    victim.begin("spin");
    daemon.kill(2 ** 30); // nobody's
    daemon.kill(process.pid); // not a worker
    daemon.kill(victim.pid);
    assert.match(
      (await victim.result()).failure ?? "",
      /^A worker died while it ran a task: it was ended by SIGKILL\n/,
    );
    await gone(victim.pid);
    assert.deepEqual((await other.run("echo", ["a"])).frames.map(String), ["a"]);
  });

  test("reads requests to kill in whatever pieces they come", async () => {
    await using daemon = new Daemon();
    using first = await daemon.connect();
    using second = await daemon.connect();
    const requests = Buffer.alloc(8);
    requests.writeInt32BE(first.pid);
    requests.writeInt32BE(second.pid, 4);
    for (const byte of requests) await new Promise(resolve => daemon.process.stdin?.write(Buffer.of(byte), resolve));
    await Promise.all([gone(first.pid), gone(second.pid)]);
  });

  for (const [how, end] of [
    ["stdin is closed", (daemon: Daemon) => void daemon.process.stdin?.end()],
    ["it is told to end", (daemon: Daemon) => void daemon.process.kill("SIGTERM")],
    ["it is killed", (daemon: Daemon) => void daemon.process.kill("SIGKILL")],
  ] as const) {
    test(`leaves nobody when ${how}`, async () => {
      await using daemon = new Daemon();
      await using folder = await mkdtempDisposable(join(tmpdir(), "dstreams-test-"));
      using waiting = await daemon.connect();
      using busy = await daemon.connect();
      waiting.begin("echo");
      busy.begin(`spin: ${folder.path}`);
      while (readdirSync(folder.path).length === 0) await delay(5);
      const children = daemon.children();
      assert.equal(children.length, 5);
      const ended = once(daemon.process, "exit");
      end(daemon);
      await ended;
      await Promise.all(children.map(gone));
    });
  }

  test("does not end by Ctrl-C", async () => {
    await using daemon = new Daemon();
    using executor = await daemon.connect();
    for (const pid of [daemon.process.pid as number, executor.pid]) process.kill(pid, "SIGINT");
    assert.ok((await executor.run("echo", ["a"])).reusable);
    using another = await daemon.connect();
    assert.equal(another.answer, "ok");
  });

  test("goes on with another worker when one that waited has died", async () => {
    await using daemon = new Daemon();
    using executor = await daemon.connect();
    const waiting = daemon.workers().filter(pid => pid !== executor.pid);
    for (const pid of waiting) process.kill(pid, "SIGKILL");
    await Promise.all(waiting.map(gone));
    using another = await daemon.connect();
    assert.deepEqual((await another.run("echo", ["a"])).frames.map(String), ["a"]);
  });

  test("says with a negative id that workers cannot start, and why on stderr", async () => {
    await using daemon = new Daemon({ TEST_CANNOT_START: "1" });
    for (let time = 0; time < 2; time++) {
      using executor = await daemon.connect();
      assert.equal(executor.pid, -1);
    }
    assert.match(daemon.output, /This worker cannot start/);
  });

  test("passes on what workers print", async () => {
    await using daemon = new Daemon();
    using executor = await daemon.connect();
    await executor.run("print: hello from a task");
    while (!daemon.output.includes("hello from a task\n"))
      await once(daemon.process.stdout as NodeJS.ReadableStream, "data");
  });

  test("limits the heap of workers to two thirds of what Spark allows them", async () => {
    await using daemon = new Daemon({ PYSPARK_EXECUTOR_MEMORY_MB: "300" });
    using executor = await daemon.connect();
    const mb = Number(String((await executor.run("heap limit")).frames[0])) / 2 ** 20;
    assert.ok(mb >= 200 && mb < 300, `${mb} MiB`);
  });

  test("answers a worker that is not reused with the end, and ends it with the connection", async () => {
    await using daemon = new Daemon({ SPARK_REUSE_WORKER: undefined });
    using executor = await daemon.connect();
    const { frames, reusable } = await executor.run("echo", ["a"]);
    assert.deepEqual([frames.map(String), reusable], [["a"], false]);
    executor.socket.end();
    await gone(executor.pid);
  });
});

test("without a daemon the worker connects, proves that it knows the secret, and runs one task", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const worker = spawn(process.execPath, [entry, "-m", "dstreams.worker"], {
    env: { ...process.env, ...environment, PYTHON_WORKER_FACTORY_PORT: String((server.address() as AddressInfo).port) },
    stdio: "ignore",
  });
  const [socket] = (await once(server, "connection")) as [Socket];
  server.close();
  using executor = new Executor(socket);
  assert.equal(await executor.reader.utf(), environment.PYTHON_WORKER_FACTORY_SECRET);
  executor.writer.utf("ok");
  executor.writer.flush();
  assert.equal(await executor.reader.i32(), worker.pid);
  assert.deepEqual((await executor.run("echo", ["a"])).frames.map(String), ["a"]);
  const ended = once(worker, "exit");
  executor.socket.end();
  assert.deepEqual(await ended, [0, null]);
});

describe("a start that cannot go well says so on stderr at once", () => {
  for (const [what, env, args, message] of [
    ["without Spark's version", { DSTREAMS_SPARK_VERSION: undefined }, ["-m", "d"], /DSTREAMS_SPARK_VERSION must be/],
    ["with an old Spark", { DSTREAMS_SPARK_VERSION: "3.3.1" }, ["-m", "d"], /Spark 3\.3\.1 is too old/],
    [
      "without a secret",
      { PYTHON_WORKER_FACTORY_SECRET: undefined },
      ["-m", "d"],
      /Unix domain sockets are not supported/,
    ],
    ["by a person", {}, [], /started by Spark's executors/],
  ] as const) {
    test(what, () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
        env: { ...process.env, ...environment, ...env },
        encoding: "utf8",
      });
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(stderr, message);
    });
  }
});

test("the script that Spark starts keeps every word as it is", () => {
  const folder = mkdtempSync(join(tmpdir(), "dstreams-test it's $HOME `-"));
  try {
    const path = writeWrapper(folder, {
      nodeOptions: ["--max-old-space-size=77"],
      entry: join(folder, "an entry.mjs"),
    });
    assert.equal(statSync(path).mode & 0o777, 0o700);
    const program = "console.log(JSON.stringify({ options: process.execArgv, words: process.argv.slice(2) }));";
    writeFileSync(join(folder, "an entry.mjs"), program);
    const words = ["-m", "a b", "$(id)", "it's"];
    const { stdout } = spawnSync(path, words, { encoding: "utf8" });
    assert.deepEqual(JSON.parse(stdout), { options: ["--max-old-space-size=77"], words });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
