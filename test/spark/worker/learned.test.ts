/** What a worker learns from commands, and that it does not learn for ever. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Command, packCommand, writeCommand } from "../../../src/engine/spark/command.ts";
import { Learned, rememberedCommands } from "../../../src/engine/spark/worker/learned.ts";
import type { ToWorker } from "../../../src/engine/tasks/messages.ts";

const argv = process.argv.slice(2);

/** A command of a program with a function of its own, one that all have, and a broadcast. */
function command(n: number): Buffer {
  const content: Command = {
    program: { programId: n, nodes: [], sink: { kind: "count" } },
    functions: [0, n].map(id => ({ id, bytes: Buffer.of(id) })),
    classes: [],
    broadcasts: [[n, n + 100_000]],
    mainScript: undefined,
    argv,
    settings: [],
  };
  return packCommand(n, writeCommand(content));
}

const broadcasts = { get: (id: number) => Buffer.from(`value ${id}`), has: () => true };

function learner() {
  const said: Exclude<ToWorker, { type: "task" }>[] = [];
  const learned = new Learned({ learn: message => void said.push(message) });
  const prepare = (n: number) => learned.prepare({ command: command(n), broadcasts });
  return { said, prepare };
}

test("a command is looked into once, a function is defined once", () => {
  const { said, prepare } = learner();
  assert.equal(prepare(1), 1);
  assert.equal(prepare(1), 1);
  assert.equal(prepare(2), 2);
  const defined = said.flatMap(each => (each.type === "define" ? each.functions.map(({ id }) => id) : []));
  assert.deepEqual(defined, [0, 1, 2]);
  assert.deepEqual(
    said.flatMap(each => (each.type === "broadcast" ? [[each.id, String(each.bytes)]] : [])),
    [
      [1, "value 100001"],
      [2, "value 100002"],
    ],
  );
});

test("the one that has not come for longest is forgotten, with what nobody else names; should it come again, it is learned again", () => {
  const { said, prepare } = learner();
  for (let n = 1; n <= rememberedCommands; n++) prepare(n);
  prepare(1);
  said.length = 0;
  prepare(rememberedCommands + 1);
  const forgotten = said.filter(each => each.type === "forget" || each.type === "unbroadcast");
  assert.deepEqual(forgotten, [
    { type: "forget", functions: [2], programs: [2] },
    { type: "unbroadcast", id: 2 },
  ]);
  said.length = 0;
  assert.equal(prepare(2), 2);
  assert.deepEqual(
    said.filter(each => each.type !== "forget" && each.type !== "unbroadcast").map(each => each.type),
    ["define", "program", "broadcast"],
  );
});
