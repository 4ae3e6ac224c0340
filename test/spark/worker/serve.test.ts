/** Tasks over a connection: what a worker reads and answers. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { Daemon, gone, isAlive } from "./executor.ts";

describe("a worker", () => {
  let daemon: Daemon;
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "dstreams-test-"));
    daemon = new Daemon({ PYTHON_FAULTHANDLER_DIR: folder });
  });
  after(async () => {
    await daemon[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  test("tells the id of its own process and accepts the secret", async () => {
    using executor = await daemon.connect();
    assert.equal(executor.answer, "ok");
    assert.ok(isAlive(executor.pid));
    assert.notEqual(executor.pid, daemon.process.pid);
  });

  test("does nothing for one who does not know the secret", async () => {
    for (const wrong of ["another secret", "", "a secret of the executoR"]) {
      using executor = await daemon.connect(wrong);
      assert.equal(executor.answer, "err");
      executor.begin("echo");
      executor.end();
      executor.socket.end();
      await assert.rejects(executor.reader.i32(), /closed/);
      await gone(executor.pid);
    }
  });

  test("takes task after task, also with empty frames and without any", async () => {
    using executor = await daemon.connect();
    const inputs = [["a", "", "bcd", ""], [], ["x".repeat(1_000_000), "y"]];
    for (const input of inputs) {
      const { frames, reusable, failure } = await executor.run("echo", input);
      assert.deepEqual([frames.map(String), reusable, failure], [input, true, undefined]);
    }
  });

  test("says something as soon as it has a task's head, so that the executor's system sends the rest", async () => {
    using executor = await daemon.connect();
    for (let task = 0; task < 2; task++) {
      executor.begin("echo");
      await executor.times();
      executor.input("a");
      executor.end();
      assert.deepEqual((await executor.result()).frames.map(String), ["a"]);
    }
  });

  test("learns what the task is", async () => {
    using executor = await daemon.connect();
    const { frames } = await executor.run("describe", [], { context: { localProperties: { "a.b": "é" } } });
    assert.deepEqual(JSON.parse(String(frames[0])), {
      partition: 7,
      stageId: 3,
      attempt: 1,
      taskAttemptId: 2 ** 40,
      localProperties: { "a.b": "é" },
      filesDirectory: resolve("files"),
    });
  });

  test("sends a frame of parts as one, and the updates of accumulators", async () => {
    using executor = await daemon.connect();
    const { frames, updates } = await executor.run("count parts");
    assert.deepEqual(frames.map(String), ["abc", "", `${"x".repeat(100_000)}y`]);
    assert.deepEqual(updates.map(String), ["3 frames", ""]);
  });

  test("keeps broadcast values from task to task until they are taken back", async () => {
    using executor = await daemon.connect();
    const path = join(folder, "value");
    writeFileSync(path, "the value");
    const first = await executor.run("broadcast: 5", [], { broadcasts: { added: [{ id: 5, path }] } });
    const second = await executor.run("broadcast: 5");
    assert.deepEqual([...first.frames, ...second.frames].map(String), ["the value", "the value"]);
    writeFileSync(path, "another value");
    const changed = { removed: [5], added: [{ id: 6, path }] };
    assert.equal(String((await executor.run("broadcast: 6", [], { broadcasts: changed })).frames[0]), "another value");
    assert.equal((await executor.run("broadcast: 5")).failure, "The executor has no broadcast variable 5.");
  });

  test("makes no more than the executor takes", async () => {
    using executor = await daemon.connect();
    const { frames } = await executor.run("much");
    assert.equal(frames.length, 201);
    for (let frame = 0; frame < 200; frame++) assert.equal(frames[frame]?.at(-1), frame);
    const maxMb = Number(String(frames[200])) / 1024;
    assert.ok(maxMb < 190, `the worker had ${maxMb} MiB`);
  });

  test("passes on 200 MB that go in and out at the same time", async () => {
    using executor = await daemon.connect();
    executor.begin("echo");
    const frame = Buffer.alloc(1_000_000, "z");
    const sent = (async () => {
      for (let count = 0; count < 200; count++) {
        executor.input(frame);
        await executor.writer.drained();
      }
      executor.end();
    })();
    const { frames, reusable } = await executor.result();
    await sent;
    assert.equal(frames.length, 200);
    assert.ok(frames.every(each => each.equals(frame)));
    assert.ok(reusable);
  });

  describe("whose task stops in its input", () => {
    test("takes another task when little is left", async () => {
      using executor = await daemon.connect();
      for (const command of ["ignore", "one batch"]) {
        assert.ok((await executor.run(command, ["a", "b", "c"])).reusable);
      }
      assert.deepEqual((await executor.run("echo", ["d"])).frames.map(String), ["d"]);
    });

    test("goes on in a second loop where the first one stopped", async () => {
      using executor = await daemon.connect();
      const input = Array.from({ length: 100 }, (_, index) => `${index} ${"x".repeat(5000)}`);
      assert.deepEqual((await executor.run("two loops", input)).frames.map(String), input);
    });

    test("answers at once when much is left, and lets the executor write what it will", async () => {
      using executor = await daemon.connect();
      executor.begin("ignore");
      executor.input(Buffer.alloc(2_000_000));
      executor.end();
      assert.ok(!(await executor.result()).reusable);
      await executor.taken(Buffer.alloc(16_000_000));
      assert.ok(isAlive(executor.pid));
      executor.socket.end();
      await gone(executor.pid);
    });

    test("answers when nothing more comes", async () => {
      using executor = await daemon.connect();
      executor.begin("ignore");
      assert.ok(!(await executor.result()).reusable);
    });
  });

  describe("whose task fails", () => {
    for (const [command, text] of [
      ["fail: a text to be taken apart", /^a text to be taken apart$/],
      ["thrower", /^RangeError: thrown between frames\n {4}at .*thrower \(.*entry\.ts/],
      ["unheard of", /^Error: no task unheard of\n/],
      ["stray: nobody awaits this", /^Error: nobody awaits this\n/],
      ["broadcast: 1", /^The executor has no broadcast variable 1\.$/],
    ] as const) {
      test(`says why, reads on, and ends: ${command}`, async () => {
        using executor = await daemon.connect();
        executor.begin(command);
        const { failure, frames } = await executor.result();
        assert.match(failure ?? "", text);
        assert.deepEqual(frames.map(String), command === "thrower" ? ["before"] : []);
        await executor.taken(Buffer.alloc(16_000_000));
        assert.ok(isAlive(executor.pid));
        executor.socket.end();
        await gone(executor.pid);
      });
    }

    test("because of an element that is null", async () => {
      using executor = await daemon.connect();
      executor.begin("echo");
      executor.input("a");
      executor.writer.i32(-5);
      executor.writer.flush();
      assert.match((await executor.result()).failure ?? "", /^The input has a null element/);
    });

    test("by ending the process is spoken for by the daemon, and leaves a note for Spark", async () => {
      using executor = await daemon.connect();
      executor.begin("exit: 3");
      executor.end();
      assert.match(
        (await executor.result()).failure ?? "",
        /^A worker died while it ran a task: it exited with code 3\n/,
      );
      await gone(executor.pid);
      assert.equal(
        readFileSync(join(folder, String(executor.pid)), "utf8"),
        "A task ended its process with exit code 3.",
      );
    });
  });

  describe("whose executor closes the connection", () => {
    for (const [when, send] of [
      ["before a task", []],
      ["in a header", ["header"]],
      ["in the input", ["begin", "input"]],
      ["between the marks at the end", ["begin", "mark"]],
    ] as const) {
      test(`${when} ends without a word`, async () => {
        using executor = await daemon.connect();
        for (const what of send as readonly string[]) {
          if (what === "header") executor.writer.i32(-8);
          if (what === "begin") executor.begin(when === "in the input" ? "one batch" : "echo");
          if (what === "input") executor.writer.i32(100);
          if (what === "mark") executor.writer.i32(-1);
        }
        executor.writer.flush();
        const log = daemon.output;
        executor.socket.end();
        await gone(executor.pid);
        assert.equal(daemon.output, log);
      });
    }
  });
});
