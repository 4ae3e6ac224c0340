const rule = "-".repeat(43);

/** A batch as `print` and `pprint` show it; the empty last line is console.log's. */
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
