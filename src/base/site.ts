import { fileURLToPath } from "node:url";
import { basename } from "node:path";

/** Where in the user's program an operation was called; renders as `map at wordcount.ts:8`. */
export interface CallSite {
  /** The operator as the user wrote it: `map`, `reduceByKey`, … */
  readonly operator: string;
  /** `wordcount.ts:8`, or `unknown` when the stack shows no user code. */
  readonly short: string;
  /** The user's whole stack, for long descriptions. */
  readonly long: string;
}

/** Where this package's code is, as stacks show it: compiled, or as it was written (source maps); by URL, or by path. */
const ours = ["src/", "dist/"].flatMap(folder => {
  const url = new URL(`../../${folder}`, import.meta.url);
  return [url.href, fileURLToPath(url)];
});

/**
 * Remembers where the user called `operator`. The stack is taken as text at once: until then an error refers to the objects whose
 * methods are on it, RDDs and all they hold, and sites are remembered for longer than these. Reading the text is put off, since
 * most operations never fail and are never shown.
 */
export function captureSite(operator: string): CallSite {
  if (given !== undefined) return given;
  const { stack = "" } = new Error();
  let frames: string[] | undefined;
  let short: string | undefined;
  let long: string | undefined;
  const read = (): string[] => (frames ??= userFrames(stack));
  return {
    operator,
    get short() {
      return (short ??= position(read()[0]));
    },
    get long() {
      return (long ??= `${operator} at ${this.short}\n${read().join("\n")}`);
    },
  };
}

let given: CallSite | undefined;

/**
 * Every site captured while `body` runs (synchronously) is `site`. A DStream's operators are written once by the user and
 * applied to an RDD every batch: their RDDs belong to the line of the DStream, and no stack is read for them.
 */
export function atSite<R>(site: CallSite, body: () => R): R {
  const before = given;
  given = site;
  try {
    return body();
  } finally {
    given = before;
  }
}

/** `map at wordcount.ts:8`. */
export function describeSite(site: CallSite): string {
  return `${site.operator} at ${site.short}`;
}

/** The frames of a stack that are the user's own, top first. */
export function userFrames(stack: string): string[] {
  return stack
    .split("\n")
    .filter(line => /^\s+at .*:\d+:\d+\)?$/.test(line))
    .map(line => line.trim())
    .filter(line => !line.includes("node:") && !ours.some(place => line.includes(place)));
}

/** `wordcount.ts:8` from `at main (file:///…/wordcount.ts:8:20)`. */
function position(frame: string | undefined): string {
  const match = /\(?([^()\s]+):(\d+):\d+\)?$/.exec(frame ?? "");
  return match?.[1] ? `${basename(match[1])}:${match[2]}` : "unknown";
}
