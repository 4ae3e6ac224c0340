import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { types } from "node:util";
import fc from "fast-check";
import { capture } from "../../src/closure/capture.ts";
import { restore } from "../../src/closure/restore.ts";
import { travelsAs } from "../../src/closure/travel.ts";
import { remotely } from "./support/remote.ts";

const host = { revive: (kind: string, id: number) => ({ revived: `${kind} ${id}` }) };

/** There and back in this thread, where more can be compared than structured clone brings home. */
async function copyOf<T>(value: T): Promise<T> {
  const fn = await restore(capture(() => value).bytes, host);
  return (fn as () => T)();
}

test("primitives", async () => {
  const values = [0, -0, 1.5, NaN, Infinity, 10n ** 30n, -1n, "", "\u0000\ud800é", true, null, undefined];
  const copy = await copyOf(values);
  assert.equal(copy.length, values.length);
  for (const [i, value] of values.entries()) assert.ok(Object.is(copy[i], value), `value ${i}`);
  const single = [7];
  assert.deepEqual(await copyOf(single), [7]);
});

test("symbols: registered, well-known, and private ones kept apart", async () => {
  const own = Symbol("own");
  const copy = await copyOf({ registered: Symbol.for("r"), known: Symbol.iterator, own, again: own, [own]: 1 });
  assert.equal(copy.registered, Symbol.for("r"));
  assert.equal(copy.known, Symbol.iterator);
  assert.equal(copy.own, copy.again);
  assert.equal(copy.own.description, "own");
  assert.equal(copy[copy.own as typeof own], 1);
});

test("objects: order, accessors, flags, null prototypes, __proto__ as a name, integrity", async () => {
  const odd = Object.defineProperties(
    { b: 1, a: 2, 3: 3 },
    { hidden: { value: 4 }, locked: { value: 5, enumerable: true }, seen: { get: () => 6, configurable: true } },
  ) as Record<string, unknown>;
  const copy = await copyOf(odd);
  assert.deepEqual(Reflect.ownKeys(copy), Reflect.ownKeys(odd));
  assert.equal(copy["seen"], 6);
  for (const key of ["hidden", "locked", "a"]) {
    assert.deepEqual(Object.getOwnPropertyDescriptor(copy, key), Object.getOwnPropertyDescriptor(odd, key));
  }
  const bare = Object.assign(Object.create(null) as Record<string, unknown>, { x: 1 });
  assert.equal(Object.getPrototypeOf(await copyOf(bare)), null);
  const poisoned = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as Record<string, unknown>;
  const clean = await copyOf(poisoned);
  assert.equal(Object.getPrototypeOf(clean), Object.prototype);
  assert.deepEqual(Object.keys(clean), ["__proto__", "constructor"]);
  const [frozen, sealed, fixed] = await copyOf([
    Object.freeze({ a: { b: 1 } }),
    Object.seal({ a: 1 }),
    Object.preventExtensions({ a: 1 }),
  ]);
  assert.ok(Object.isFrozen(frozen) && Object.isSealed(sealed) && !Object.isFrozen(sealed));
  assert.ok(!Object.isExtensible(fixed) && !Object.isSealed(fixed));
  const base = { inherited: 1 };
  const derived = Object.create(base, { own: { value: 2, enumerable: true } }) as typeof base & { own: number };
  const [first, second] = await copyOf([derived, base]);
  assert.equal(Object.getPrototypeOf(first), second);
});

test("arrays: holes, extra properties, length", async () => {
  // oxlint-disable-next-line no-sparse-arrays -- the hole is what is tested
  const sparse = Object.assign([1, , undefined, 4] as unknown[], { note: "x" });
  sparse.length = 9;
  const copy = (await copyOf(sparse)) as unknown[] & { note: string };
  assert.equal(copy.length, 9);
  assert.deepEqual(Object.keys(copy), ["0", "2", "3", "note"]);
  assert.equal(copy.note, "x");
});

test("collections, dates, expressions, boxed primitives", async () => {
  const key = { k: 1 };
  const [map, set, date, never, re, boxed, sticky] = await copyOf([
    new Map<unknown, unknown>([
      [key, "v"],
      [NaN, key],
    ]),
    new Set<unknown>([key, -0, "x"]),
    new Date(5),
    new Date(NaN),
    /a(?<n>b)\/c/giu,
    Object("text") as object,
    Object.assign(/x/y, { lastIndex: 3 }),
  ] as const);
  const [copiedKey] = [...map.keys()] as [typeof key];
  assert.equal(map.get(copiedKey), "v");
  assert.equal(map.get(NaN), copiedKey);
  assert.ok(set.has(copiedKey) && set.has("x"));
  assert.equal(date.getTime(), 5);
  assert.ok(Number.isNaN(never.getTime()));
  assert.equal(String(re), "/a(?<n>b)\\/c/giu");
  assert.ok(types.isStringObject(boxed));
  assert.equal(sticky.lastIndex, 3);
});

test("bytes: views share their buffer, Buffers take only their own bytes", async () => {
  const buffer = new ArrayBuffer(16);
  const value = {
    buffer,
    ints: new Int32Array(buffer, 4, 2),
    view: new DataView(buffer, 8),
    big: new BigUint64Array([5n]),
    pooled: Buffer.from("hello"),
    shared: new SharedArrayBuffer(4),
  };
  const copy = await copyOf(value);
  copy.ints[1] = 77;
  assert.equal(copy.view.getInt32(0, true), 77);
  assert.equal(copy.ints.buffer, copy.buffer);
  assert.equal(value.ints[1], 0);
  assert.deepEqual([copy.ints.byteOffset, copy.ints.length, copy.view.byteLength], [4, 2, 8]);
  assert.deepEqual(copy.big, new BigUint64Array([5n]));
  assert.ok(Buffer.isBuffer(copy.pooled));
  assert.equal(copy.pooled.toString(), "hello");
  assert.ok(types.isSharedArrayBuffer(copy.shared) && copy.shared.byteLength === 4);
  const pooled = value.pooled;
  assert.ok(capture(() => pooled).bytes.length < 1000);
});

test("errors keep class, stack, cause and own properties", async () => {
  class AppError extends Error {
    override name = "AppError";
    readonly status = 404;
  }
  const error = new AppError("outer", { cause: new TypeError("inner") });
  const many = new AggregateError([error], "many");
  const shown = await remotely(() => {
    const cause = error.cause as Error;
    return [
      error instanceof AppError && error instanceof Error,
      error.message,
      error.stack,
      error.status,
      cause instanceof TypeError && cause.message,
      Object.keys(error),
      many.errors[0] === error,
    ];
  });
  assert.deepEqual(shown, [true, "outer", error.stack, 404, "inner", Object.keys(error), true]);
});

test("cycles and shared references, in data of any depth", async () => {
  interface Ring {
    next?: Ring;
    all: Ring[];
    self?: () => Ring;
  }
  const ring: Ring = { all: [] };
  ring.next = ring;
  ring.all.push(ring, ring);
  ring.self = () => ring;
  const copy = await copyOf(ring);
  assert.ok(copy.next === copy && copy.all[0] === copy && copy.self?.() === copy && copy !== ring);

  let list: { rest: unknown } | undefined;
  for (let i = 0; i < 100_000; i++) list = { rest: list };
  let length = 0;
  for (let at = (await copyOf(list)) as typeof list; at; at = at.rest as typeof list) length++;
  assert.equal(length, 100_000);
});

test("values that are made again: URLs, decoders, formats", async () => {
  const url = new URL("https://example.org/a?b=c");
  const query = new URLSearchParams("a=1&a=2");
  const decoder = new TextDecoder("utf-16le", { fatal: true });
  const format = new Intl.NumberFormat("de-DE", { minimumFractionDigits: 2 });
  const collator = new Intl.Collator("sv", { sensitivity: "base" });
  const use = (): unknown[] => [
    url.href,
    query.getAll("a"),
    decoder.encoding,
    decoder.fatal,
    format.format(1234.5),
    ["z", "ö"].sort(collator.compare),
    new TextEncoder().encode("é").length,
  ];
  assert.deepEqual(await remotely(use), use());
});

test("proxies whose target and handler travel", async () => {
  const loud = new Proxy({ a: 1 } as Record<string, number>, {
    get: (target, name) => (target[String(name)] ?? 0) * 10,
  });
  assert.equal(await remotely(() => loud["a"]), 10);
});

test("emitters and their listeners", async () => {
  const emitter = new EventEmitter();
  const seen: number[] = [];
  emitter.on("n", (n: number) => seen.push(n));
  assert.deepEqual(
    await remotely(() => {
      emitter.emit("n", 3);
      return seen;
    }),
    [3],
  );
});

test("handles are revived by the worker", async () => {
  const broadcast = { value: "large", [travelsAs]: { kind: "broadcast", id: 12 } };
  const copy = await copyOf(broadcast);
  assert.deepEqual(copy, { revived: "broadcast 12" });
});

test("any data come out as they went in", async () => {
  const data = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withBoxedValues: true,
  });
  await fc.assert(
    fc.asyncProperty(data, async value => {
      assert.deepStrictEqual(await copyOf(value), value);
    }),
    { numRuns: 200 },
  );
});

test("a large typed array is captured by its bytes, and with the names it has besides", async () => {
  const large = new Uint8Array(50 << 20).fill(7);
  const named = Object.assign(new Float64Array(5000).fill(1.5), { unit: "ms" });
  const copy = await copyOf({ large, named });
  assert.deepEqual([copy.large.length, copy.large[40 << 20]], [50 << 20, 7]);
  assert.deepEqual([copy.named[4999], copy.named.unit], [1.5, "ms"]);
});
