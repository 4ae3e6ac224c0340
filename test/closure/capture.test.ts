import assert from "node:assert/strict";
import { test } from "node:test";
import { serialize } from "node:v8";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { capture } from "../../src/closure/capture.ts";
import { restore } from "../../src/closure/restore.ts";
import { composed, scaled } from "./fixtures/kernels.ts";
import { remotely } from "./support/remote.ts";

const host = { revive: () => undefined };

test("a function is captured once", () => {
  let n = 0;
  const fn = (): number => n;
  const first = capture(fn);
  n = 1;
  assert.equal(capture(fn), first);
  assert.equal(first.name, "fn");
  assert.notEqual(capture(() => n).id, first.id);
});

test("portable functions are called for again, with arguments of any kind", async () => {
  const by = 3;
  const options = { add: 1 };
  const fn = composed([scaled(2), (x: number) => x + by], options);
  assert.equal(await remotely(fn, 5), 14);
  const both = { fn, options };
  assert.equal(await remotely(() => both.fn(5) + both.options.add), 15);
  assert.ok(capture(scaled(2)).bytes.length < 400);
});

test("bytes of another version, and damaged ones, are refused", async () => {
  await assert.rejects(restore(serialize({ version: 0 }), host), {
    code: "DSTREAMS_CLOSURE",
    message: /another version/,
  });
  await assert.rejects(restore(new Uint8Array([1, 2, 3]), host), { code: "DSTREAMS_CLOSURE", message: /damaged/ });
});

test("a module that a worker cannot load is named", async () => {
  const { bytes } = capture(scaled(1));
  const elsewhere = Buffer.from(Buffer.from(bytes).toString("latin1").replace("kernels.ts", "missing.ts"), "latin1");
  await assert.rejects(restore(elsewhere, host), {
    code: "DSTREAMS_CLOSURE",
    message: /missing\.ts" could not be loaded/,
  });
});

test("functions made anew and captured can be collected", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const refs: WeakRef<Function>[] = [];
  for (let i = 0; i < 200; i++) {
    const data = { i };
    const fn = (x: number): number => x + data.i;
    capture(fn);
    refs.push(new WeakRef(fn));
  }
  await new Promise(resolve => setImmediate(resolve));
  gc();
  const alive = refs.filter(ref => ref.deref() !== undefined).length;
  assert.ok(alive <= 2, `${alive} of 200 are still held`);
});
