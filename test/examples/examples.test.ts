/** Each example, run as a reader would, with results counted by hand. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFileSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { project, root, start } from "../cli/support/run.ts";

const examples = join(root, "examples");
const books = project({});
after(() => books.remove());

const data = readdirSync(join(examples, "data")).filter(name => name.endsWith(".txt"));
const textOf = (name: string): string => readFileSync(join(examples, "data", name), "utf8");

function count(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

describe("examples", { concurrency: 2 }, () => {
  test("all can be executed", { skip: process.platform === "win32" }, () => {
    for (const name of readdirSync(examples).filter(each => each.endsWith(".ts"))) {
      assert.ok((statSync(join(examples, name)).mode & 0o111) !== 0, name);
      assert.match(readFileSync(join(examples, name), "utf8"), /^#!\/usr\/bin\/env node\n/);
    }
  });

  test("wordcount-files.ts", async () => {
    const program = start([join(examples, "wordcount-files.ts"), books.directory], { env: { MASTER: "local[2]" } });
    await program.until(/^Time: /m);
    copyFileSync(join(examples, "data/jonah.txt"), books.path(".jonah.txt"));
    renameSync(books.path(".jonah.txt"), books.path("jonah.txt"));
    await program.until(/^\.\.\.$/m);
    program.process.kill("SIGINT");
    const { code, stdout, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    const printed = [...stdout.matchAll(/^\(["'](.*)["'], (\d+)\)$/gm)];
    const counts = count(textOf("jonah.txt").split(/[ \n]/).slice(0, -1));
    assert.equal(printed.length, 10, stdout);
    for (const [, word = "", n] of printed) assert.equal(counts.get(word), Number(n), word);
  });

  test("wordcount-socket.ts", async () => {
    const server = createServer(socket => {
      socket.on("error", () => undefined);
      socket.write("to be or not to be\n");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const port = String((server.address() as AddressInfo).port);
    const program = start([join(examples, "wordcount-socket.ts"), "127.0.0.1", port], { env: { MASTER: "local[2]" } });
    await program.until(/^\('to', 2\)$/m);
    program.process.kill("SIGINT");
    const { code, stdout, stderr } = await program.ended;
    server.close();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^\('be', 2\)$/m);
    assert.match(stdout, /^\('or', 1\)$/m);
  });

  test("queue-stream.ts ends by itself after five batches", async () => {
    const { code, stdout, stderr } = await start([join(examples, "queue-stream.ts")], { env: { MASTER: "local[2]" } })
      .ended;
    assert.equal(code, 0, stderr);
    const batches = stdout.trimEnd().split("\n");
    assert.equal(batches.length, 5, stdout);
    for (const batch of batches) {
      const digits = [...batch.matchAll(/(\d)×100\b/g)].map(match => Number(match[1])).sort((a, b) => a - b);
      assert.deepEqual(digits, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  test("wordcount-batch.ts", async () => {
    const { code, stdout, stderr } = await start([join(examples, "wordcount-batch.ts")], {
      env: { MASTER: "local[2]" },
    }).ended;
    assert.equal(code, 0, stderr);
    const counts = count(
      data.flatMap(
        name =>
          textOf(name)
            .toLowerCase()
            .match(/[a-z']+/g) ?? [],
      ),
    );
    const top = [...counts.values()].sort((a, b) => b - a).slice(0, 10);
    const printed = stdout
      .trimEnd()
      .split("\n")
      .map(line => line.split("\t"));
    assert.deepEqual(
      printed.map(([n]) => Number(n)),
      top,
    );
    for (const [n, word = ""] of printed) assert.equal(counts.get(word), Number(n), word);
  });

  /** A file that appears as a whole. */
  const drop = (into: typeof books, name: string, text: string): void => {
    writeFileSync(into.path(`.${name}`), text);
    renameSync(into.path(`.${name}`), into.path(name));
  };

  test("running-wordcount.ts counts over all batches", async () => {
    const [input, checkpoints] = [project({}), project({})];
    const program = start([join(examples, "running-wordcount.ts"), input.directory, checkpoints.directory], {
      env: { MASTER: "local[2]" },
    });
    await program.until(/^Time: /m);
    drop(input, "1.txt", "to be or not\n");
    await program.until(/^\('to', 1\)$/m);
    drop(input, "2.txt", "to be\n");
    await program.until(/^\('to', 2\)$/m);
    program.process.kill("SIGINT");
    const { code, stdout, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    const last = stdout.slice(stdout.lastIndexOf("Time: "));
    for (const [word, n] of [
      ["to", 2],
      ["be", 2],
      ["or", 1],
      ["not", 1],
    ] as const) {
      assert.match(last, new RegExp(`^\\('${word}', ${n}\\)$`, "m"));
    }
    for (const each of [input, checkpoints]) each.remove();
  });

  test("top-words.ts counts over the last minute", async () => {
    const input = project({});
    const program = start([join(examples, "top-words.ts"), input.directory], { env: { MASTER: "local[2]" } });
    await program.until(/Z $/m);
    drop(input, "1.txt", textOf("ruth.txt"));
    await program.until(/ the \d+/m);
    drop(input, "2.txt", textOf("jonah.txt"));
    const counts = count(
      ["ruth.txt", "jonah.txt"].flatMap(
        name =>
          textOf(name)
            .toLowerCase()
            .match(/[a-z']+/g) ?? [],
      ),
    );
    const top = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, 10);
    await program.until(new RegExp(`Z ${top.map(([word, n]) => `${word} ${n}`).join(", ")}$`, "m"));
    program.process.kill("SIGINT");
    const { code, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    input.remove();
  });

  test("sessions.ts tells of who has left", async () => {
    const checkpoints = project({});
    const server = createServer(socket => {
      socket.on("error", () => undefined);
      socket.write("ann home\nbob home\nann books\n");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const port = String((server.address() as AddressInfo).port);
    const program = start([join(examples, "sessions.ts"), "127.0.0.1", port, checkpoints.directory], {
      env: { MASTER: "local[2]" },
    });
    await program.until(/^ann has left after 2 pages: home > books$/m);
    await program.until(/^bob has left after 1 pages: home$/m);
    program.process.kill("SIGINT");
    const { code, stderr } = await program.ended;
    server.close();
    assert.equal(code, 0, stderr);
    checkpoints.remove();
  });
});
