import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Duration, Milliseconds, Minutes, Seconds, toDuration } from "../../src/streaming/duration.ts";
import { Time } from "../../src/streaming/time.ts";

test("durations print, compare and calculate in milliseconds", () => {
  assert.equal(String(Seconds(2)), "2000 ms");
  assert.equal(Minutes(1.5).milliseconds, 90_000);
  assert.equal(Seconds(2).plus(Milliseconds(5)).minus(Milliseconds(1)).times(2).milliseconds, 4008);
  assert.equal(Seconds(3).dividedBy(Seconds(2)), 1.5);
  assert.equal(Seconds(4).isMultipleOf(Seconds(2)), true);
  assert.equal(Seconds(4).isMultipleOf(Seconds(3)), false);
  assert.equal(Seconds(1).min(Seconds(2)).equals(Seconds(1)), true);
  assert.equal(Seconds(1).max(Seconds(2)).equals(Seconds(2)), true);
  assert.deepEqual(
    [Seconds(1) < Seconds(2), Seconds(1).less(Seconds(1)), Seconds(1).lessEq(Seconds(1))],
    [true, false, true],
  );
});

test("a bare number is seconds; nonsense is refused", () => {
  assert.equal(toDuration(1.2345, "x").milliseconds, 1234);
  for (const wrong of ["1s", undefined, null, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(
      () => toDuration(wrong as number, "The window"),
      /^DStreamsError: The window must be a Duration or a number of seconds/,
    );
  }
  assert.throws(() => new Duration(0.5), { code: "DSTREAMS_ILLEGAL_ARGUMENT" });
  assert.throws(() => new Time(Number.NaN), { code: "DSTREAMS_ILLEGAL_ARGUMENT" });
});

test("times print with their unit, and subtract to times or durations", () => {
  const time = new Time(1700000000123);
  assert.equal(String(time), "1700000000123 ms");
  assert.equal(time.minus(Seconds(1)).milliseconds, 1699999999123);
  assert.equal(time.minus(new Time(1700000000000)).milliseconds, 123);
  assert.equal(time.toDate().getTime(), 1700000000123);
});

test("until leaves the end out, to takes it in", () => {
  const ms = (times: Time[]) => times.map(time => time.milliseconds);
  assert.deepEqual(ms(new Time(0).until(new Time(3000), Seconds(1))), [0, 1000, 2000]);
  assert.deepEqual(ms(new Time(0).to(new Time(3000), Seconds(1))), [0, 1000, 2000, 3000]);
  assert.deepEqual(ms(new Time(500).to(new Time(3000), Seconds(1))), [500, 1500, 2500]);
});

test("floor is the latest point of the grid that is not after the time", () => {
  const grid = {
    time: fc.integer({ min: 0, max: 2 ** 45 }),
    zero: fc.integer({ min: 0, max: 2 ** 45 }),
    step: fc.integer({ min: 1, max: 1e9 }),
  };
  fc.assert(
    fc.property(fc.record(grid), ({ time, zero, step }) => {
      const floored = new Time(time).floor(Milliseconds(step), new Time(zero)).milliseconds;
      return floored <= time && time - floored < step && (floored - zero) % step === 0;
    }),
  );
});
