/** Deep equality to the last detail: what `deepStrictEqual` overlooks (identity, holes, order of names) counts here. */
import assert from "node:assert/strict";
import { inspect, types } from "node:util";

/** Fails unless `actual` is an exact copy of `expected`: alike in everything, and shared where that is shared. */
export function assertSame(actual: unknown, expected: unknown): void {
  sameAt(actual, expected, "value", new Map());
}

/** As `assertSame` for a list of records, each of which is a world of its own. */
export function assertSameRecords(actual: readonly unknown[], expected: readonly unknown[]): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) sameAt(actual[i], expected[i], `record ${i}`, new Map());
}

function sameAt(actual: unknown, expected: unknown, path: string, pairs: Map<unknown, unknown>): void {
  if (typeof expected !== "object" || expected === null) {
    assert.ok(Object.is(actual, expected), `${path}: ${String(actual)} is not ${String(expected)}`);
    return;
  }
  assert.ok(typeof actual === "object" && actual !== null, `${path} is no object`);
  if (pairs.has(expected)) {
    assert.ok(pairs.get(expected) === actual, `${path} is not shared`);
    return;
  }
  assert.ok(![...pairs.values()].includes(actual), `${path} is shared, but should not be`);
  pairs.set(expected, actual);
  assert.equal(Object.getPrototypeOf(actual), Object.getPrototypeOf(expected), `${path}: prototype`);
  sameInside(actual, expected, path, pairs);
  const names = Reflect.ownKeys(expected);
  assert.deepEqual(Reflect.ownKeys(actual), names, `${path}: names`);
  if (ArrayBuffer.isView(expected)) return;
  for (const name of names) {
    const left = Object.getOwnPropertyDescriptor(actual, name);
    const right = Object.getOwnPropertyDescriptor(expected, name);
    assert.equal(left?.enumerable, right?.enumerable, `${path}.${String(name)}: enumerable`);
    sameAt((actual as never)[name], (expected as never)[name], `${path}.${String(name)}`, pairs);
  }
}

function sameInside(actual: object, expected: object, path: string, pairs: Map<unknown, unknown>): void {
  assert.equal(Object.prototype.toString.call(actual), Object.prototype.toString.call(expected), path);
  if (types.isMap(expected) || types.isSet(expected)) {
    const [left, right] = [actual, expected].map(object =>
      [...(object as Iterable<unknown>)].flatMap(e => (types.isMap(object) ? (e as [unknown, unknown]) : [e])),
    );
    assert.equal(left?.length, right?.length, path);
    right?.forEach((value, i) => sameAt(left?.[i], value, `${path}.entry ${i}`, pairs));
  } else if (types.isDate(expected)) assert.ok(Object.is((actual as Date).getTime(), expected.getTime()), path);
  else if (types.isRegExp(expected)) assert.equal(inspect(actual), inspect(expected), path);
  else if (types.isBoxedPrimitive(expected)) sameAt(actual.valueOf(), expected.valueOf(), path, new Map());
  else if (ArrayBuffer.isView(expected)) assert.deepEqual(bytesOf(actual as ArrayBufferView), bytesOf(expected), path);
  else if (types.isArrayBuffer(expected))
    assert.deepEqual(new Uint8Array(actual as ArrayBuffer), new Uint8Array(expected), path);
  else if (expected instanceof URL) assert.equal((actual as URL).href, expected.href, path);
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
