/** Wrong arguments, as JavaScript lets them pass: refused where they are given, in a sentence, at the user's line. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DStreamsError, SparkContext } from "../../src/index.ts";

const sc = new SparkContext("local[1]", "arguments");
after(() => sc.stop());

/** What a call is refused with. */
async function refusal(call: (rdd: never) => unknown): Promise<string> {
  try {
    await call(sc.parallelize([["a", 1]]) as never);
  } catch (error) {
    assert.ok(error instanceof DStreamsError, String(error));
    assert.equal(error.code, "DSTREAMS_ILLEGAL_ARGUMENT");
    assert.match(error.stack ?? "", /\n +at .*arguments\.test\.ts/);
    return error.message;
  }
  return "accepted";
}

// biome-ignore lint/suspicious/noExplicitAny: what a JavaScript program may call with anything
type Anything = any;

for (const operator of ["union", "intersection", "subtract", "cartesian", "zip", "subtractByKey", "cogroup", "join"]) {
  test(`${operator} with what is no RDD`, async () => {
    const call = (other: unknown) => refusal((rdd: Anything) => rdd[operator](other));
    assert.equal(await call(undefined), `${operator} takes an RDD, but was given undefined.`);
    assert.equal(await call([1]), `${operator} takes an RDD, but was given an object of class Array.`);
  });
}

test("paths that are none", async () => {
  const context: Anything = sc;
  for (const operator of [
    "textFile",
    "wholeTextFiles",
    "binaryFiles",
    "binaryRecords",
    "addFile",
    "setCheckpointDir",
  ]) {
    assert.equal(
      await refusal(() => context[operator](5)),
      `${operator} takes a path as a non-empty string, but was given 5.`,
    );
  }
  assert.match(await refusal((rdd: Anything) => rdd.saveAsTextFile(new URL("file:///x"))), /an object of class URL/);
});

test("commands, weights, fractions and buckets that are none", async () => {
  assert.match(await refusal((rdd: Anything) => rdd.pipe({})), /^pipe takes the name of a program/);
  assert.match(await refusal((rdd: Anything) => rdd.randomSplit(2)), /^randomSplit takes an array of weights/);
  assert.match(
    await refusal((rdd: Anything) => rdd.sampleByKey(false, { a: 1 })),
    /^sampleByKey takes the fractions as/,
  );
  assert.match(await refusal((rdd: Anything) => rdd.histogram("x")), /^histogram takes the number of buckets/);
});

test("filter with an async function, which would keep everything", async () => {
  assert.match(await refusal((rdd: Anything) => rdd.filter(async () => false)), /^filter was given an async function/);
});
