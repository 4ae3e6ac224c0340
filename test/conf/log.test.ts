import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { formatRecord, getLogLevel, logger, publish, setLogLevel, setLogSink } from "../../src/base/log.ts";
import type { LogRecord } from "../../src/base/log.ts";

afterEach(() => {
  setLogLevel("WARN");
  setLogSink(undefined);
});

function capture(): LogRecord[] {
  const records: LogRecord[] = [];
  setLogSink(record => records.push(record));
  return records;
}

test("WARN and above are shown by default", () => {
  const records = capture();
  const log = logger("Test");
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) log[level](level);
  assert.deepEqual(
    records.map(r => [r.level, r.name, r.message]),
    [
      ["warn", "Test", "warn"],
      ["error", "Test", "error"],
      ["fatal", "Test", "fatal"],
    ],
  );
});

test("each of Spark's levels lets through what it should", () => {
  const records = capture();
  const log = logger("Test");
  const shown = { ALL: 6, TRACE: 6, DEBUG: 5, info: 4, WARN: 3, ERROR: 2, FATAL: 1, OFF: 0 };
  for (const [level, count] of Object.entries(shown)) {
    setLogLevel(level);
    records.length = 0;
    for (const each of ["trace", "debug", "info", "warn", "error", "fatal"] as const) log[each]("x");
    assert.equal(records.length, count, level);
    assert.equal(getLogLevel(), level.toUpperCase());
  }
});

test("an unknown level is refused with the known ones", () => {
  for (const level of ["LOUD", "", "constructor"]) {
    assert.throws(() => setLogLevel(level), {
      code: "DSTREAMS_ILLEGAL_ARGUMENT",
      message: `requirement failed: Supplied level ${level} did not match one of: ALL, DEBUG, ERROR, FATAL, INFO, OFF, TRACE, WARN`,
    });
  }
  assert.equal(getLogLevel(), "WARN");
});

test("a message that is not shown is not made", () => {
  capture();
  logger("Test").debug(() => assert.fail("made"));
  assert.equal(logger("Test").enabled("debug"), false);
});

test("an error's stack and its causes follow the message", () => {
  const records = capture();
  logger("Test").error("failed", new Error("outer", { cause: new TypeError("inner") }));
  assert.match(records[0]?.message ?? "", /^failed\nError: outer\n +at [^]*\nCaused by: TypeError: inner\n +at /);
  logger("Test").error("failed", "a string");
  assert.equal(records[1]?.message, "failed\na string");
});

test("what another thread sends is shown by this one's level", () => {
  const records = capture();
  const record: LogRecord = { time: 0, level: "info", name: "Worker", message: "m" };
  publish(record);
  setLogLevel("INFO");
  publish(record);
  assert.deepEqual(records, [record]);
});

test("the line is Spark's", () => {
  const time = new Date(2026, 10, 3, 8, 20, 1).getTime();
  assert.equal(
    formatRecord({ time, level: "warn", name: "JobScheduler", message: "late" }),
    "26/11/03 08:20:01 WARN JobScheduler: late",
  );
});
