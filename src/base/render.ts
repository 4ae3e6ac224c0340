/**
 * The text of a record: what `pprint` prints and `saveAsTextFile` writes. One rule, PySpark's as far as the languages agree:
 *
 * - a string by itself is its characters; within something it is quoted as in Python (`'a'`, `"it's"`, `'\n'`);
 * - an array is a tuple: `('a', 1)`, `('a',)`, `()`, and so are arrays within it;
 * - a plain object is JSON as Python writes it, `{"a": 1, "b": [true, null]}`, all the way down, so that lines of objects are lines
 *   of JSON;
 * - numbers, booleans, null and undefined are as JavaScript writes them; a bigint has no `n`, a Date is in ISO form;
 * - anything else is its own `toString()`, or its class and its fields.
 */
import { types } from "node:util";

/** The text of one record. @example renderRecord(["it's", [1, null]]) // ("it's", (1, null)) */
export function renderRecord(record: unknown): string {
  return typeof record === "string" ? record : renderTuple(record, undefined);
}

/** The containers around a value, from the inside out: how cycles are noticed. */
interface Around {
  readonly value: object;
  readonly around: Around | undefined;
}

/** As an element of a tuple. */
function renderTuple(value: unknown, around: Around | undefined): string {
  if (typeof value === "string") return quotePython(value);
  if (!Array.isArray(value)) return renderOther(value, around);
  if (isWithin(value, around)) return "(...)";
  const items = renderItems(value, renderTuple, { value, around });
  return value.length === 1 ? `(${items},)` : `(${items})`;
}

/** As a member of an object. */
function renderJson(value: unknown, around: Around | undefined): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (!Array.isArray(value)) return renderOther(value, around);
  return isWithin(value, around) ? "[...]" : `[${renderItems(value, renderJson, { value, around })}]`;
}

/** With commas between; holes are undefined. */
function renderItems(items: Iterable<unknown>, render: typeof renderTuple, around: Around): string {
  let text = "";
  let separator = "";
  for (const item of items) {
    text += separator + render(item, around);
    separator = ", ";
  }
  return text;
}

/** What looks the same in tuples and in objects. */
function renderOther(value: unknown, around: Around | undefined): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (isWithin(value, around)) return "{...}";
  const inside = { value, around };
  if (value instanceof Map) {
    const entries = Array.from(value, ([key, item]) => `${renderTuple(key, inside)}: ${renderTuple(item, inside)}`);
    return `{${entries.join(", ")}}`;
  }
  if (value instanceof Set) return `{${renderItems(value, renderTuple, inside)}}`;
  if (types.isTypedArray(value)) return `${className(value)}(${renderItems(value, renderTuple, inside)})`;
  const ownText = ownTextOf(value);
  if (ownText !== undefined) return ownText;
  const members = Object.keys(value).map(
    key => `${JSON.stringify(key)}: ${renderJson(Reflect.get(value, key), inside)}`,
  );
  return `${className(value)}{${members.join(", ")}}`;
}

function isWithin(value: object, around: Around | undefined): boolean {
  for (let place = around; place !== undefined; place = place.around) if (place.value === value) return true;
  return false;
}

/** What the object's class says of it; undefined when it says nothing. */
function ownTextOf(value: object): string | undefined {
  const toText: unknown = Object.hasOwn(value, "toString") ? undefined : Reflect.get(value, "toString");
  return typeof toText === "function" && toText !== Object.prototype.toString ? String(toText.call(value)) : undefined;
}

/** Nothing for plain objects. */
function className(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return "";
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "Object" ? name : "";
}

/** Python's `repr` of a string: single quotes unless it has some and no double ones; control characters escaped. */
function quotePython(text: string): string {
  if (/^[ -&(-[\]-~]*$/.test(text)) return `'${text}'`;
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|\p{Zs}|['"]/gu, char => {
    if (char === " ") return char;
    if (char === "\\") return "\\\\";
    if (char === "'" || char === '"') return char === mark ? `\\${char}` : char;
    return shortEscapes[char] ?? escapeCode(char.codePointAt(0) ?? 0);
  });
  return mark + escaped + mark;
}

const shortEscapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escapeCode(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
