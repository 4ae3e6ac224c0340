/**
 * A record in few words, for error messages. Nothing of the record is executed: no getter, no toString, no proxy trap; and
 * only as much of it is looked at as is shown.
 */
import { types } from "node:util";

const longest = 120;

/** At most about 120 characters. */
export function describeRecord(record: unknown): string {
  let text: string;
  try {
    text = render(record, 0);
  } catch {
    text = "(a record that cannot be shown)";
  }
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

function render(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > longest ? `${value.slice(0, longest)}…` : value);
    case "bigint":
      return `${value}n`;
    case "function":
      return "[function]";
    case "object":
      return value === null ? "null" : renderObject(value, depth);
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
}

function renderObject(value: object, depth: number): string {
  if (types.isProxy(value)) return "[Proxy]";
  if (types.isDate(value)) return `Date(${Date.prototype.getTime.call(value)})`;
  if (types.isMap(value) || types.isSet(value)) return types.isMap(value) ? "[Map]" : "[Set]";
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (types.isNativeError(value)) return `[Error ${render(own(value, "message"), depth + 1)}]`;
  if (depth >= 3) return Array.isArray(value) ? "[…]" : "{…}";
  if (Array.isArray(value)) return `[${some(value, value.length, String, depth).join(", ")}]`;
  const names = Object.keys(value);
  return `{${some(value, names.length, i => names[i] ?? "", depth, true).join(", ")}}`;
}

/** The first few elements or properties. */
function some(value: object, count: number, name: (i: number) => string, depth: number, named = false): string[] {
  const parts: string[] = [];
  let length = 0;
  for (let i = 0; i < count && length <= longest; i++) {
    const part = render(own(value, name(i)), depth + 1);
    parts.push(named ? `${name(i)}: ${part}` : part);
    length += part.length + 2;
  }
  if (parts.length < count) parts.push("…");
  return parts;
}

/** A property's value, without calling a getter. */
function own(value: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}
