import assert from "node:assert/strict";
import { test } from "node:test";
import { SystemClock } from "../../src/streaming/system-clock.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

test("the system clock never wakes too early", async () => {
  const clock = new SystemClock();
  for (let i = 0; i < 20; i++) {
    const due = clock.now() + 3;
    await clock.until(due);
    assert.ok(clock.now() >= due);
  }
});

test("a time that is past is served in a later turn", async () => {
  for (const clock of [new SystemClock(), new VirtualClock(5)]) {
    let done = false;
    const wait = clock.until(clock.now() - 1).then(() => {
      done = true;
    });
    assert.equal(done, false);
    await wait;
    assert.equal(done, true);
  }
});

test("a wait can be given up, before it begins too, and then leaves no timer", async () => {
  const timers = () => process.getActiveResourcesInfo().filter(name => name === "Timeout").length;
  const before = timers();
  for (const clock of [new SystemClock(), new VirtualClock()]) {
    const abort = new AbortController();
    const waits = [clock.until(clock.now() + 1e12, abort.signal), clock.until(clock.now() - 1, abort.signal)];
    abort.abort(new Error("enough"));
    await assert.rejects(waits[0] as Promise<void>, /enough/);
    await Promise.allSettled(waits);
    await assert.rejects(clock.until(0, abort.signal), /enough/);
  }
  assert.equal(timers(), before);
});

test("a virtual clock wakes in order of time, first come first served, and tells the time meanwhile", async () => {
  const clock = new VirtualClock(100);
  const woken: string[] = [];
  for (const [name, at] of [
    ["c", 300],
    ["a", 150],
    ["b", 150],
    ["late", 301],
  ] as const) {
    clock.until(at).then(
      () => woken.push(`${name}@${clock.now()}`),
      () => undefined,
    );
  }
  await clock.advance(200);
  assert.deepEqual(woken, ["a@150", "b@150", "c@300"]);
  assert.equal(clock.now(), 300);
});
