/** The gateway's text for values, and lines of it. Both ways through a real JVM: gateway.test.ts. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  asBytes,
  asInt,
  asObject,
  asString,
  decodeReply,
  double,
  encodeArgument,
  encodeName,
  int,
  JavaObject,
  long,
} from "../../src/engine/spark/gateway/parts.ts";
import { ReplyLines } from "../../src/engine/spark/gateway/reply-lines.ts";

describe("arguments", () => {
  test("say their Java type", () => {
    const object = new JavaObject("o12");
    const bytes = new Uint8Array([9, 0, 255, 9]).subarray(1, 3);
    const cases = [
      ["plain", "splain"],
      ["", "s"],
      ["a\\n\r\n😀", "sa\\\\n\\r\\n😀"],
      [true, "btrue"],
      [null, "n"],
      [bytes, "jAP8="],
      [object, "ro12"],
      [int(-7), "i-7"],
      [long(7), "L7"],
      [long(-(2n ** 63n)), "L-9223372036854775808"],
      [double(7), "d7"],
      [double(-0), "d-0.0"],
      [double(Number.NaN), "dNaN"],
      [double(-Infinity), "d-Infinity"],
    ] as const;
    for (const [value, text] of cases) assert.equal(encodeArgument(value), text);
  });

  test("that Java's type cannot hold are refused", () => {
    for (const value of [1.5, 2 ** 31, Number.NaN]) assert.throws(() => int(value), RangeError);
    for (const value of [1.5, 2 ** 53, 2n ** 63n]) assert.throws(() => long(value), RangeError);
  });

  test("are no bare numbers", () => {
    // @ts-expect-error -- Java has many kinds of number
    assert.throws(() => encodeArgument(7));
  });

  test("and no name brings a line of its own", () => {
    for (const name of ["a\nb", "a\rb"]) assert.throws(() => encodeName(name), { code: "DSTREAMS_SPARK_GATEWAY" });
  });
});

describe("replies", () => {
  const decode = (text: string): unknown => decodeReply(Buffer.from(text));

  test("are values", () => {
    assert.equal(decode("v"), undefined);
    assert.equal(decode("n"), null);
    assert.equal(decode("btrue"), true);
    assert.equal(decode("sa\\\\n\\r\\n😀"), "a\\n\r\n😀");
    assert.equal(decode("i-7"), -7);
    assert.equal(decode("L9007199254740991"), 9007199254740991);
    assert.equal(decode("L9007199254740993"), 9007199254740993n);
    assert.equal(decode("d-Infinity"), -Infinity);
    assert.equal(decode("D12345678901234567890.5"), "12345678901234567890.5");
    assert.deepEqual(decode("jAP8="), Buffer.from([0, 255]));
    assert.deepEqual(decode("to3"), new JavaObject("o3", "array"));
  });

  test("that are a member's kind are no values", () => {
    assert.throws(() => decode("o"), /there is no such member/);
  });

  test("of another type than wanted say so", () => {
    assert.equal(asInt(7), 7);
    assert.throws(() => asString(null), /expected a string, but the JVM answered null/);
    assert.throws(() => asInt(7.5), /expected an integer, but the JVM answered 7.5/);
    assert.throws(() => asObject("x"), /expected an object, but the JVM answered x/);
    assert.throws(() => asString(new JavaObject("o1", "list")), /answered an object \(list\)/);
    assert.throws(() => asBytes(undefined), /answered undefined/);
  });
});

test("lines come whole, however they are cut", () => {
  const text = "!yv\n!ysñ😀\n\n!yi7\n";
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size++) {
    const lines: string[] = [];
    const splitter = new ReplyLines(line => lines.push(line.toString()));
    for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size));
    assert.deepEqual(lines, text.split("\n").slice(0, -1));
  }
});
