/** What cannot be a record is refused, with the path to it and what to do. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { createReadStream } from "node:fs";
import { Socket } from "node:net";
import { test } from "node:test";
import { DStreamsError } from "../../src/base/errors.ts";
import { encodeBlock, encodeColumns, encodeValue } from "../../src/codec/block.ts";

/** The message with which something is refused. */
function refusalOf(encode: () => unknown): string {
  try {
    encode();
  } catch (error) {
    assert.ok(error instanceof DStreamsError, String(error));
    assert.equal(error.code, "DSTREAMS_RECORD");
    assert.match(error.message, /\. Make such things where they are used \(mapPartitions, foreachPartition/);
    return error.message.split(". Make such")[0] as string;
  }
  assert.fail("not refused");
}

function argumentsOf(...values: unknown[]): unknown {
  return values.length > 0 ? arguments : undefined;
}

const cannot = "which cannot be sent between threads or machines";

test("each kind of thing that cannot travel, alone and in a long block", () => {
  class Point {
    x = 1;
  }
  const stream = createReadStream(import.meta.filename);
  stream.destroy();
  const things: [unknown, string][] = [
    [() => 1, "a function"],
    [class {}, "a class"],
    [Promise.resolve(1), "a Promise"],
    [new WeakMap(), "a WeakMap"],
    [new WeakSet(), "a WeakSet"],
    [new WeakRef({}), "a WeakRef"],
    [new Socket(), "a Socket"],
    [stream, "a ReadStream"],
    [new EventEmitter(), "an EventEmitter"],
    [new AbortController(), "an AbortController"],
    [new AbortController().signal, "an AbortSignal"],
    [new Intl.Collator(), "a Collator"],
    [new TextDecoder(), "a TextDecoder"],
    [new Headers(), "a Headers"],
    [new Point(), "a Point"],
    [[1].values(), "an Array Iterator"],
    [(function* () {})(), "a Generator"],
    [globalThis.performance, "a Performance"],
  ];
  for (const [thing, name] of things) {
    const alone = refusalOf(() => encodeBlock([thing]));
    if (!/Iterator|Generator/.test(name)) assert.equal(alone, `record is ${name}, ${cannot}`);
    assert.equal(
      refusalOf(() => encodeBlock(["a", "b", thing, "c", "d"])),
      alone,
    );
    assert.equal(refusalOf(() => encodeBlock([1, 2, 3, 4, { a: [thing] }])).startsWith("record.a[0] is "), true);
  }
});

test("the path to the culprit", () => {
  const bad = (): number => 1;
  const client = new Socket();
  const path = (value: unknown): string => refusalOf(() => encodeBlock([value])).split(" is ")[0] as string;
  assert.equal(path([1, { client }]), "record[1].client");
  assert.equal(path({ a: { "b c": [[], [1, bad]] } }), 'record.a["b c"][1][1]');
  assert.equal(path(new Map([["k", { bad }]])), 'record.get("k").bad');
  assert.equal(path(new Map([[{ bad }, 1]])), "record.keys().bad");
  assert.equal(path(new Set([1, [bad]])), "record.values()[0]");
  assert.equal(path(Object.assign(new Error("x"), { socket: client })), "record.socket");
  assert.equal(path(new Error("x", { cause: { bad } })), "record.cause.bad");
  assert.equal(path(Object.assign(Object.create(null), { bad })), "record.bad");
  const many = Array.from({ length: 50 }, (_, i) => [i, { value: i === 40 ? bad : i }]);
  assert.equal(refusalOf(() => encodeBlock(many)).split(" is ")[0], "record[1].value");
  assert.equal(
    refusalOf(() =>
      encodeColumns([
        [1, 2, 3, 4],
        [1, 2, 3, { bad }],
      ]),
    ).split(" is ")[0],
    "record[1].bad",
  );
  assert.equal(refusalOf(() => encodeValue([bad])).split(" is ")[0], "value[0]");
});

test("what would silently become something else", () => {
  const named = refusalOf(() => encodeBlock([{ [Symbol("s")]: 1 }]));
  assert.equal(named, "record is an object with properties named by symbols, which do not travel");
  assert.equal(
    refusalOf(() => encodeBlock(new Array(9).fill({ a: 1, [Symbol.for("s")]: 1 }))),
    named,
  );
  assert.match(
    refusalOf(() => encodeBlock([Symbol("s")])),
    /a symbol, which would be another one elsewhere/,
  );
  assert.match(
    refusalOf(() => encodeBlock([new SharedArrayBuffer(8)])),
    /no longer be shared/,
  );
  assert.match(
    refusalOf(() => encodeBlock([new ArrayBuffer(8, { maxByteLength: 16 })])),
    /would lose its limit/,
  );
  assert.match(
    refusalOf(() => encodeBlock([Object.create({ inherited: 1 })])),
    /a prototype that belongs to no class/,
  );
  assert.match(
    refusalOf(() => encodeBlock([argumentsOf(1)])),
    /named by symbols/,
  );
  assert.match(
    refusalOf(() => encodeBlock([new (class Sub extends Map {})()])),
    /a Sub, which cannot be sent/,
  );
});

test("handles of the product are no records", () => {
  class Handle {
    get [Symbol.for("dstreams.travelsAs")](): unknown {
      return { kind: "broadcast", id: 1 };
    }
  }
  class Context {
    get [Symbol.for("dstreams.refusesTravel")](): unknown {
      return "no";
    }
  }
  assert.equal(
    refusalOf(() => encodeBlock([[1, new Handle()]])),
    `record[1] is a Handle, ${cannot}`,
  );
  assert.equal(
    refusalOf(() => encodeBlock([new Context()])),
    `record is a Context, ${cannot}`,
  );
});

test("nested too deeply for any thread's stack", () => {
  let deep: unknown[] = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];
  const message = refusalOf(() => encodeBlock([deep, deep, deep, deep, deep]));
  assert.match(message, /nested more than 1000 levels deep/);
  assert.ok(message.length < 200);
});

test("an error of a getter is the user's own", () => {
  const failing = {
    get boom(): number {
      throw new RangeError("from the getter");
    },
  };
  assert.throws(() => encodeBlock([failing]), { name: "RangeError", message: "from the getter" });
  assert.throws(() => encodeBlock([failing, failing, failing, failing]), { message: "from the getter" });
  assert.equal(encodeBlock([1]).length % 8, 0);
});
