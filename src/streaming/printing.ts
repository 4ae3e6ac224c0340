/** How `print` and `pprint` show a batch. */
import { calendarDate, clockTime, fraction } from "../base/local-time.ts";
import type { Time } from "./time.ts";

const rule = "-".repeat(43);

/** One batch; the empty last line is console.log's. */
export function renderBatch(
  time: string,
  taken: readonly unknown[],
  num: number,
  render: (record: unknown) => string,
): string {
  const lines = [rule, `Time: ${time}`, rule];
  for (const record of taken.slice(0, num)) lines.push(render(record));
  if (taken.length > num) lines.push("...");
  return `${lines.join("\n")}\n`;
}

/** A record as Scala prints it: `(a,1)` for a tuple, nothing quoted. */
export function scalaString(value: unknown): string {
  if (Array.isArray(value)) return `(${value.map(scalaString).join(",")})`;
  if (value instanceof Map)
    return `Map(${[...value].map(([k, v]) => `${scalaString(k)} -> ${scalaString(v)}`).join(", ")})`;
  if (value instanceof Set) return `Set(${[...value].map(scalaString).join(", ")})`;
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return JSON.stringify(value);
  }
  return String(value);
}

/** `2023-11-14 22:13:20`, with six digits of a fraction when there is one: Python's `str(datetime)`, local time. */
export function localTime(time: Time): string {
  const date = time.toDate();
  const rest = fraction(date);
  return `${calendarDate(date, "-")} ${clockTime(date)}${rest === "" ? "" : `${rest}000`}`;
}
