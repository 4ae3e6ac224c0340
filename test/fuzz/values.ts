/**
 * The values that programs compute with, in three forms: themselves, JSON (in which programs travel to the engines), and a text of
 * plain ASCII that Python writes alike (in which results come back, and by whose order things are sorted where an order is needed).
 *
 * What Python has too, and with the same equality, is `shared`: null, integers, fractions, strings, lists (tuples there). Its `1 == True`,
 * its `nan != nan`, its order of strings by code point and its strings without lone surrogates are not JavaScript's: booleans, NaN and
 * all other types are drawn for programs that only our engines run.
 */
import { isDate } from "node:util/types";
import type { Random } from "./random.ts";

export type Value = null | undefined | boolean | number | bigint | string | Date | Value[] | { [name: string]: Value };
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const sharedLeaves: readonly Value[] = [
  ...[null, 0, -0, 1, -1, 2, 7, 127, 128, 65_536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53 - 1)],
  ...[0.5, -0.5, 0.1, 1.5, 1e-7, 5e-324, 1e21, 1.7976931348623157e308, 2 ** 53, 2 ** 64],
  ...[
    "",
    " ",
    "a",
    "b",
    "aa",
    "A",
    "0",
    "1",
    "null",
    "a b",
    "a\u0000b",
    "\u0000",
    "\n",
    "\t\r",
    "\\",
    '"',
    "'",
    "\u007f",
  ],
  ...["é", "e\u0301", "ß", "日本", "\u{1f600}", "\u{1f600}\u{1f601}", "\uffee", "\ufeff", "\u2028", "x".repeat(300)],
];

const ownLeaves: readonly Value[] = [
  ...[undefined, true, false, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0n, 1n, -1n, 2n ** 70n],
  ...[new Date(0), new Date(-1), new Date(1.6e12), new Date(Number.NaN), "\ud800", "\udc00x", "a\ud83d"],
];

/** A hostile value. `shared`: one that Python has too. */
export function drawValue(random: Random, shared: boolean, depth = 2): Value {
  const leaf = (): Value => random.pick(shared || random.chance(0.6) ? sharedLeaves : ownLeaves);
  if (depth === 0 || random.chance(0.75)) return leaf();
  const length = random.integer(0, 3);
  if (shared || random.chance(0.6)) return random.list(length, () => drawValue(random, shared, depth - 1));
  return Object.fromEntries(random.list(length, () => [random.pick(["a", "b", "", "é", "0"]), leaf()]));
}

export function toJson(value: Value): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number")
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { number: write(value) };
  if (Array.isArray(value)) return value.map(toJson);
  if (value === undefined) return { undefined: true };
  if (typeof value === "bigint") return { bigint: String(value) };
  if (isDate(value)) return { date: toJson(value.getTime()) };
  return { object: Object.entries(value).map(([name, each]) => [name, toJson(each)]) };
}

export function fromJson(json: Json): Value {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(fromJson);
  if ("number" in json) return Number(json["number"]);
  if ("bigint" in json) return BigInt(json["bigint"] as string);
  if ("date" in json) return new Date(fromJson(json["date"] as Json) as number);
  if ("object" in json)
    return Object.fromEntries((json["object"] as [string, Json][]).map(([k, v]) => [k, fromJson(v)]));
  return undefined;
}

const write = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

/** Equal keys have the same text, and only these. `exact`: `-0` is not written as `0`, though it is the same key. */
export function text(value: unknown, exact = false): string {
  if (typeof value === "string") return asciiJson(value);
  if (typeof value === "number") return numberText(value, exact);
  if (Array.isArray(value)) return `[${value.map(each => text(each, exact)).join(",")}]`;
  if (typeof value === "bigint") return `${value}n`;
  if (isDate(value)) return `date ${value.getTime()}`;
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, each]) => `${asciiJson(name)}:${text(each, exact)}`).join(",")}}`;
}

/** JSON in plain ASCII: one line to whatever reads lines, and to Python the same string as here. */
export function asciiJson(json: unknown): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(json).replace(/[\u007f-\uffff]/g, escaped);
}

/** Integers as integers; all others by their bytes, since languages write them differently. */
function numberText(value: number, exact: boolean): string {
  if (exact && Object.is(value, -0)) return "-0";
  if (Number.isSafeInteger(value)) return String(value === 0 ? 0 : value);
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return `f${bytes.toString("hex")}`;
}
