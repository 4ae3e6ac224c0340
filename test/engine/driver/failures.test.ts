import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { jobError, lostError, revive } from "../../../src/engine/stages/failures.ts";

const where = { stageId: 3, partition: 1, attempt: 1, maxFailures: 1 };

describe("errors of jobs", () => {
  test("a user's: operator, message, record, place; the cause as it was thrown, causes and codes kept", () => {
    const cause = { name: "Error", message: "connect ECONNREFUSED", stack: "Error: connect…", code: "ECONNREFUSED" };
    const error = jobError(
      {
        kind: "user",
        site: "map at wordcount.ts:8",
        record: '"a line"',
        error: {
          name: "TypeError",
          message: "x is not a function",
          stack: "TypeError: x is not a function\n    at app.ts:8:3",
          cause,
        },
      },
      { ...where, properties: { batchTime: 2000 } },
    );
    assert.equal(
      error.message,
      'map at wordcount.ts:8 failed: x is not a function\n  record: "a line"\n  batch time 2000 ms, stage 3, partition 1, attempt 1 of 1',
    );
    assert.equal(error.stack?.split("\n").at(-1), "    at app.ts:8:3", "the stack on top is the user's");
    const thrown = error.cause as Error & { cause: Error & { code: string } };
    assert.ok(thrown instanceof Error);
    assert.equal(thrown.name, "TypeError");
    assert.equal(thrown.stack, "TypeError: x is not a function\n    at app.ts:8:3");
    assert.equal(thrown.cause.code, "ECONNREFUSED");
  });

  test("the engine's own codes are kept, unknown ones are a failed job", () => {
    const error = { name: "Error", message: "disk full" };
    assert.equal(jobError({ kind: "engine", code: "DSTREAMS_SPILL", error }, where).code, "DSTREAMS_SPILL");
    assert.equal(jobError({ kind: "engine", code: "toString", error }, where).code, "DSTREAMS_JOB_FAILED");
  });

  test("what was thrown and is no Error is the cause as text", () => {
    assert.equal(revive({ name: "Thrown", message: "'text'", value: "'text'" }), "'text'");
  });

  test("a lost worker, by what it died of", () => {
    assert.equal(lostError("it exited with code 1", false, where).code, "DSTREAMS_WORKER_LOST");
    const error = lostError("heap limit", true, { ...where, attempt: 2 });
    assert.equal(error.code, "DSTREAMS_OUT_OF_MEMORY");
    assert.match(error.message, /spark\.executor\.memory[^]*attempt 2 of 2/);
  });
});
