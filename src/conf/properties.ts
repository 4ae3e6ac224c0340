/**
 * The Java `.properties` format, which `spark-defaults.conf` is written in.
 *
 *     # comment          ! comment
 *     spark.master  local[4]            key ends at white space, = or :
 *     spark.app.name = My\u00e9 app     escapes \t \n \r \f \\ \uXXXX; \x is x
 *     spark.jars : a.jar,\
 *                  b.jar                a line that ends in \ goes on
 */

/** Keys and values in the order of the file; a later line wins. Values are trimmed at the end, as Spark does. */
export function parseProperties(text: string): Map<string, string> {
  const entries = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const end = keyEnd(line);
    const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(line.slice(end))?.[0].length ?? 0;
    entries.set(unescape(line.slice(0, end)), unescape(line.slice(end + separator)).trimEnd());
  }
  return entries;
}

/** The text of a file with these entries, in plain ASCII. */
export function formatProperties(entries: Iterable<readonly [key: string, value: string]>): string {
  return [...entries].map(pair => `${pair.map(escape).join("=")}\n`).join("");
}

function escape(text: string): string {
  return text.replace(/[^\w.,;/@*[\]{}()-]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Lines without comments, blanks and leading white space, continuations joined. */
function* logicalLines(text: string): Generator<string> {
  let joined: string | undefined;
  for (const natural of text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/)) {
    const line = natural.replace(/^[ \t\f]+/, "");
    if (joined === undefined && (line === "" || line.startsWith("#") || line.startsWith("!"))) continue;
    const whole: string = (joined ?? "") + line;
    const trailing = /\\+$/.exec(line)?.[0].length ?? 0;
    if (trailing % 2 === 1) {
      joined = whole.slice(0, -1);
    } else {
      joined = undefined;
      yield whole;
    }
  }
  if (joined !== undefined && joined !== "") yield joined;
}

/** Where the key ends: at the first white space, `=` or `:` that no backslash protects. */
function keyEnd(line: string): number {
  for (let i = 0; i < line.length; i++) {
    if (line[i] === "\\") i++;
    else if (/[ \t\f=:]/.test(line[i] ?? "")) return i;
  }
  return line.length;
}

const controls: Record<string, string> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescape(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_, hex: string | undefined, char: string | undefined) =>
    hex === undefined ? (controls[char ?? ""] ?? char ?? "") : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
