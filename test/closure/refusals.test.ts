import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import { Socket } from "node:net";
import { Readable } from "node:stream";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { DStreamsError } from "../../src/base/errors.ts";
import { capture } from "../../src/closure/capture.ts";
import { refusesTravel } from "../../src/closure/travel.ts";
import * as helpers from "./fixtures/contexts.ts";
import { sc } from "./fixtures/contexts.ts";

function refused(fn: Function, message: RegExp, code = "DSTREAMS_CLOSURE"): void {
  assert.throws(
    () => capture(fn, "flatMap at app.ts:12"),
    (error: unknown) => {
      assert.ok(error instanceof DStreamsError, String(error));
      assert.match(error.message, message);
      assert.equal(error.code, code);
      return true;
    },
  );
}

test("the error shows the path, what is there, and what to do", () => {
  const client = new Socket();
  const helper = (line: string): string[] => [line, String(client.readyState)];
  refused(
    (line: string) => helper(line),
    /^flatMap at app\.ts:12 → helper → client \(Socket\) cannot travel to the workers\. .*Open it inside the function \(with mapPartitions/,
  );
});

test("what belongs to one process", async () => {
  const file = await open(import.meta.filename);
  const worker = new Worker("", { eval: true });
  const controller = new AbortController();
  const nested = { list: [new Map([["stream", Readable.from([])]])] };
  refused(() => file.fd, /file \(FileHandle\)/);
  refused(() => worker.threadId, /worker \(Worker\)/);
  refused(() => controller.signal, /controller \(AbortController\)/);
  refused(() => nested, /nested → list → \[0\] → stream \(Readable\)/);
  await file.close();
  await worker.terminate();
});

test("promises, weak collections, iterators, revoked proxies", () => {
  const promise = Promise.resolve(1);
  const weak = new WeakMap();
  const ref = new WeakRef({});
  const generator = (function* () {
    yield 1;
  })();
  const iterator = [1].values();
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  refused(() => promise, /promise \(Promise\).*Await it first/);
  refused(() => weak, /weak \(WeakMap\).*Capture a Map/);
  refused(() => ref, /ref \(WeakRef\)/);
  refused(() => generator, /generator \(Generator\).*Capture an array/);
  refused(() => iterator, /iterator \(Array Iterator\)/);
  refused(() => proxy, /revoked Proxy/);
});

test("contexts say themselves why", () => {
  const message = "It appears that you are attempting to reference SparkContext from a function. SPARK-5063";
  const context = { [refusesTravel]: message };
  const pipeline = { name: "p", context };
  refused(() => pipeline.context, /pipeline → context \(Object\) cannot travel.*SPARK-5063/, "DSTREAMS_NESTED_CONTEXT");
  refused(() => sc.name, /sc \(Context\) cannot travel/, "DSTREAMS_NESTED_CONTEXT");
  assert.ok(capture(() => typeof helpers));
});

test("what a function takes from around it besides variables", () => {
  class Pipeline {
    readonly factor = 2;
    #hidden = 1;
    arrow(): () => number {
      return () => this.factor;
    }
    field = (): number => this.factor;
    secret(): (other: Pipeline) => number {
      return other => other.#hidden;
    }
    toString(): string {
      return "p";
    }
  }
  const p = new Pipeline();
  refused(p.arrow(), /arrow function.*uses `this`.*Copy what it needs to a const.*const factor = this\.factor/);
  refused(p.field, /uses `this`/);
  refused(p.secret(), /private members \(#hidden\)/);
  class Derived extends Pipeline {
    up(): () => string {
      return () => super.toString();
    }
  }
  refused(new Derived().up(), /uses `super`/);
  refused((s: string) => eval(s) as unknown, /calls eval/);
});

test("variables without a value yet, and natives without a name", () => {
  const early = (): number => later;
  refused(early, /later \(not initialised\).*has no value yet/);
  const later = 1;
  assert.ok(capture(early).bytes.length > 0, "a refusal is not remembered");
  const { resolve } = Promise.withResolvers<void>();
  refused(() => resolve(), /resolve \(native function\)/);
});

test("long paths are shortened in the middle", () => {
  let deep: unknown = new Socket();
  for (let i = 0; i < 40; i++) deep = { [`k${i}`]: deep };
  refused(() => deep, /^flatMap at app\.ts:12 → deep → k39 → k38 → k37 → … → k5 → k4 → k3 → k2 → k1 → k0 \(Socket\)/);
});
