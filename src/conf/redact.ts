import { DStreamsError } from "../base/errors.ts";

/** Keys whose values must not be shown, when `spark.redaction.regex` does not say otherwise. */
const secret = /secret|password|passwd|token|access[.]?key|credential/i;

/**
 * The pairs, with values hidden whose key or text looks like a secret.
 *
 * @param pattern the value of `spark.redaction.regex`; an empty one hides nothing. `(?i)` in front means any case, as in Java.
 * @throws DSTREAMS_CONFIGURATION when it is no regular expression
 */
export function redact(pairs: readonly [string, string][], pattern?: string): [string, string][] {
  if (pattern === "") return [...pairs];
  const form = pattern === undefined ? secret : compile(pattern);
  return pairs.map(([key, value]) => [key, form.test(key) || form.test(value) ? "*********(redacted)" : value]);
}

function compile(pattern: string): RegExp {
  const anyCase = pattern.startsWith("(?i)");
  try {
    return new RegExp(anyCase ? pattern.slice(4) : pattern, anyCase ? "i" : "");
  } catch (cause) {
    throw new DStreamsError(
      "DSTREAMS_CONFIGURATION",
      `spark.redaction.regex should be a regular expression, but was '${pattern}'.`,
      { cause },
    );
  }
}
