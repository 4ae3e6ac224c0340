/** Small things that the tests of this folder share. */
import assert from "node:assert/strict";
import { compare } from "../../src/codec/order.ts";

/** Pairs in the order of their keys (and of their values, where keys are equal). */
export function byKey<K, V>(pairs: Iterable<readonly [K, V]>): (readonly [K, V])[] {
  return [...pairs].sort((a, b) => compare(a[0], b[0]) || compare(JSON.stringify(a[1]), JSON.stringify(b[1])));
}

/** The promise must reject with a message that contains `text`, in it or in a cause. */
export async function fails(promise: Promise<unknown>, text: string): Promise<void> {
  await assert.rejects(promise, error => {
    const messages: string[] = [];
    for (let each = error; each instanceof Error; each = each.cause as Error) messages.push(each.message);
    assert.ok(messages.join("\n").includes(text), `expected "${text}" in:\n${messages.join("\n")}`);
    return true;
  });
}
