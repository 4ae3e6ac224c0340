/** What belongs to one process and cannot be copied, and what to do instead. */
import { types } from "node:util";
import { type Path, refuse } from "./path.ts";

const openInside =
  "It belongs to this process. Open it inside the function (with mapPartitions, once for a whole partition), or capture " +
  "the plain values it is made from.";

/** What an object is, for people: `Socket`, `Promise`, `Array Iterator`. */
export function tagOf(value: object): string {
  if (types.isProxy(value)) return "Proxy";
  for (let p: unknown = value; p; p = Object.getPrototypeOf(p)) {
    const property = Object.getOwnPropertyDescriptor(p, "constructor");
    const constructor: unknown = property?.value;
    if (typeof constructor === "function" && constructor.name !== "" && constructor.name !== "Object")
      return constructor.name;
  }
  return Object.prototype.toString.call(value).slice(8, -1);
}

/**
 * Refuses what is alive: its use lies in what it does here, not in the data it holds.
 *
 * @param platform the class of Node.js or V8 that the object is an instance of, when that is known to be the reason
 */
export function refuseLive(value: object, path: Path, platform?: string): void {
  if (types.isPromise(value)) {
    refuse(path, "Promise", "Await it first, and capture the value; or call the async function inside the function.");
  }
  if (
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    platform === "WeakRef" ||
    platform === "FinalizationRegistry"
  ) {
    refuse(
      path,
      platform ?? tagOf(value),
      "It refers to objects of this thread by their identity. Capture a Map, a Set or the objects.",
    );
  }
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (types.isGeneratorObject(value) || / Iterator$|^Iterator|^Generator$|^AsyncGenerator$/.test(tag)) {
    refuse(
      path,
      tag,
      "An iterator stands somewhere in what it reads, and cannot be copied. Capture an array: [...iterator].",
    );
  }
  if (types.isExternal(value)) refuse(path, "native object", openInside);
  if (platform !== undefined) refuse(path, tagOf(value), openInside);
}
