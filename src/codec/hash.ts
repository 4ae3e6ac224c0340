/**
 * The hash of a key, consistent with `keysEqual`: equal keys have equal hashes. Strings, integers, doubles, booleans, null,
 * dates and lists hash as in Java, so that a hash shuffle places them where Spark would.
 */
import { isDate } from "node:util/types";
import { isPlainObject, maxKeyDepth, refuseDepth, refuseKey } from "./plain.ts";
import { hashString } from "./string-hash.ts";

/**
 * The hash code of a key as a signed 32-bit integer.
 *
 * Strings: Java's `String.hashCode`. Integers of 32 bits: themselves; other safe integers as Java's `Long`, other numbers as
 * `Double` (`0` and `-0` alike, all NaN alike). Booleans 1231 and 1237; null and undefined 0. Arrays as Java's `List`; plain
 * objects by their entries, whatever the order of the properties.
 *
 * @throws DStreamsError DSTREAMS_KEY for anything else: functions, symbols, class instances, maps, typed arrays, …
 * @example
 * ```ts
 * hashKey("spark"); // 109638365
 * hashKey(["a", 1]); // 3969
 * ```
 */
export function hashKey(key: unknown): number {
  if (typeof key === "string") return hashString(key);
  if (typeof key === "number") return hashNumber(key);
  return hashAt(key, 0);
}

/** Hash of a number; see `hashKey`. */
export function hashNumber(key: number): number {
  const int = key | 0;
  if (int === key) return int;
  return Number.isSafeInteger(key) ? hashSafeInteger(key) : hashDouble(key);
}

function hashAt(key: unknown, depth: number): number {
  switch (typeof key) {
    case "string":
      return hashString(key);
    case "number":
      return hashNumber(key);
    case "boolean":
      return key ? 1231 : 1237;
    case "bigint":
      return hashBigInt(key);
    case "undefined":
      return 0;
    case "object":
      return key === null ? 0 : hashObject(key, depth);
    default:
      throw refuseKey(key);
  }
}

function hashObject(key: object, depth: number): number {
  if (depth >= maxKeyDepth) throw refuseDepth();
  if (Array.isArray(key)) {
    let hash = 1;
    for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + hashAt(key[i], depth + 1)) | 0;
    return hash;
  }
  if (isDate(key)) {
    const time = key.getTime();
    return Number.isNaN(time) ? hashDouble(time) : hashSafeInteger(time);
  }
  if (!isPlainObject(key)) throw refuseKey(key);
  // A sum, as Java's Map.hashCode: whatever the order of the properties, the result is the same, and nothing is sorted.
  let hash = 0;
  for (const name of Object.keys(key)) hash = (hash + (hashString(name) ^ hashAt(key[name], depth + 1))) | 0;
  return hash;
}

/** Java's Long.hashCode: the two halves of the two's complement, xor-ed. */
function hashSafeInteger(value: number): number {
  return (value | 0) ^ (Math.floor(value / 0x1_0000_0000) | 0);
}

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

/** Java's Double.hashCode, which has one hash for all NaN. */
function hashDouble(value: number): number {
  if (Number.isNaN(value)) return 0x7ff8_0000;
  double[0] = value;
  return (halves[0] as number) ^ (halves[1] as number);
}

/** As Java's Long where it fits; bigger ones by their hexadecimal digits. */
function hashBigInt(value: bigint): number {
  if (BigInt.asIntN(64, value) !== value) return hashString(value.toString(16));
  return Number(BigInt.asIntN(32, value)) ^ Number(BigInt.asIntN(32, value >> 32n));
}
