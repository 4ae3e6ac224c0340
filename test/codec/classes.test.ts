import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import {
  type ClassLike,
  decodeBlock,
  decodeValue,
  encodeBlock,
  encodeValue,
  MissingClassError,
  setClassTable,
} from "../../src/codec/block.ts";
import { assertSame, assertSameRecords } from "./same.ts";

class Point {
  x: number;
  y: unknown;
  constructor(x: number, y: unknown) {
    if (typeof x !== "number") throw new Error("a decoder must not call constructors");
    this.x = x;
    this.y = y;
  }
  get length(): number {
    return 7;
  }
  set length(_: number) {
    throw new Error("a decoder must not call setters");
  }
}
class Tags extends Map<string, number> {
  label = "none";
}
class Column extends Array<number> {}
class Bytes extends Uint8Array {}
class Failure extends Error {
  override name = "Failure";
  code = 3;
}

const classes = new Map<string, ClassLike>(Object.entries({ Point, Tags, Column, Bytes, Failure }));
const table = {
  idOf(type: ClassLike): string {
    if (!classes.has(type.name)) throw new Error(`${type.name} has private fields.`);
    return type.name;
  },
  classOf: (id: string): ClassLike | undefined => classes.get(id),
};

afterEach(() => setClassTable(undefined));

test("instances come back with their class, their properties and their places in cycles", () => {
  setClassTable(table);
  const point = new Point(1, null);
  point.y = [point];
  const shadowing = Object.defineProperty(new Point(1, 2), "length", {
    value: 3,
    enumerable: true,
    writable: true,
    configurable: true,
  });
  const tags = new Tags([["a", 1]]);
  const records = [point, shadowing, tags, Column.of(1, 2, 3), new Bytes([1, 2]), [point, point], { point, tags }];
  assertSameRecords(decodeBlock(encodeBlock(records)), records);
  const many = Array.from({ length: 100 }, (_, i) => ["k", new Point(i, "y")]);
  assertSameRecords(decodeBlock(encodeBlock(many)), many);
});

test("an unknown class is named, so that it can be fetched", () => {
  setClassTable(table);
  const bytes = encodeBlock([1, [new Point(1, 2)]]);
  setClassTable({ ...table, classOf: () => undefined });
  const isMissing = (error: unknown): boolean =>
    error instanceof MissingClassError && error.classId === "Point" && error.code === "DSTREAMS_RECORD";
  assert.throws(() => decodeBlock(bytes), isMissing);
  setClassTable(undefined);
  assert.throws(() => decodeBlock(bytes), isMissing);
  setClassTable(table);
  assertSameRecords(decodeBlock(bytes), [1, [new Point(1, 2)]]);
});

test("a class that cannot travel: why", () => {
  setClassTable(table);
  class Secret {}
  assert.throws(() => encodeBlock([{ a: new Secret() }]), {
    code: "DSTREAMS_RECORD",
    message:
      /^record\.a is an instance of class Secret, which cannot travel: Secret has private fields\. Make such things /,
  });
});

test("errors keep their class where it is known, and their name where it is not", () => {
  setClassTable(table);
  const failure = new Failure("outer", { cause: new TypeError("inner") });
  assertSame(decodeValue(encodeValue(failure)), failure);
  class Unknown extends RangeError {
    detail = { at: 5 };
  }
  for (const current of [table, undefined]) {
    setClassTable(current);
    const unknown = new Unknown("what");
    const back = decodeValue(encodeValue(unknown)) as Unknown;
    assert.ok(back instanceof Error);
    assert.deepEqual([back.name, back.message, back.stack, back.detail], ["Unknown", "what", unknown.stack, { at: 5 }]);
  }
  setClassTable(undefined);
  assert.equal((decodeValue(encodeValue(failure)) as Error).name, "Failure");
});

test("every kind of built-in error", () => {
  const cause = { code: "E" };
  const errors = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map(
    type => new type("m", { cause }),
  );
  const all = [
    ...errors,
    new AggregateError([1, errors[0]], "many"),
    Object.assign(new Error("c"), { code: "ENOENT", errno: -2 }),
  ];
  assertSameRecords(decodeBlock(encodeBlock(all)), all);
});
