import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { RDDCheckpoints } from "../../src/streaming/checkpoint-data.ts";
import { Time } from "../../src/streaming/time.ts";
import { newContext } from "./support/context.ts";

test("RDDs that were forgotten before anybody had them computed are let go of; the last that was saved stays", async () => {
  await using context = newContext();
  context.sc.setCheckpointDir(context.checkpoints);
  const checkpoints = new RDDCheckpoints();
  const asked: number[] = [];
  const marked = (time: number) => {
    const rdd = context.sc.parallelize([time]);
    checkpoints.mark(rdd, new Time(time));
    const isCheckpointed = rdd.isCheckpointed.bind(rdd);
    return Object.assign(rdd, { isCheckpointed: () => (asked.push(time), isCheckpointed()) });
  };
  const askedIn = (time: number): number[] => {
    asked.length = 0;
    checkpoints.forget(time);
    return [...new Set(asked)].sort();
  };
  const [, , third] = [marked(1), marked(2), marked(3)];
  checkpoints.forget(2);
  assert.deepEqual(askedIn(2), [3]);
  await third.count();
  marked(4);
  checkpoints.forget(4);
  assert.deepEqual(askedIn(4), [3]);
  assert.ok(existsSync((third.getCheckpointFile() as string).replace(/^file:/, "")));
});
