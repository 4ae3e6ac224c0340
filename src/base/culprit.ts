/** Which record a user's function was at when it threw, said by a kernel that calls it for many and found by the engine. */
const records = new WeakMap<object, { readonly record: unknown }>();

/** Notes the record and returns the error, to be thrown on. What is thrown and is no object cannot be noted. */
export function atRecord(error: unknown, record: unknown): unknown {
  if (isObject(error) && !records.has(error)) records.set(error, { record });
  return error;
}

/** What was noted, if anything was. */
export function recordAt(error: unknown): { readonly record: unknown } | undefined {
  return isObject(error) ? records.get(error) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
