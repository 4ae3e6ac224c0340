/**
 * Paths with wildcards, in Hadoop's syntax, expanded over any `Storage`:
 *
 *     *        any characters within one name          [abc] [a-c]   one of these characters
 *     ?        one character                           [^a] [!a]     one character that is none of these
 *     {x,y/z}  either; may nest and hold slashes       \c            the character c itself
 *
 * A pattern is first spread over its braces that hold slashes, then walked name by name from the root. Names without
 * wildcards are not looked up in listings, so a directory on the way need not be readable. Names that begin with a dot match like all
 * others; what is hidden is for the caller to say.
 */
import { DStreamsError } from "../base/errors.ts";
import type { FileStatus, Storage } from "./storage.ts";

/** The files and directories that match, by path, each once; none when nothing does. A path without wildcards matches itself. */
export async function expandGlob(storage: Storage, pattern: string): Promise<FileStatus[]> {
  const found = new Map<string, FileStatus>();
  for (const flat of spreadBraces(pattern)) {
    for (const status of await walk(storage, storage.qualify(flat))) found.set(status.path, status);
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** True when the path has a wildcard that is not escaped. */
export function hasWildcard(path: string): boolean {
  return /[*?[{]/.test(path.replace(/\\./gsu, ""));
}

async function walk(storage: Storage, pattern: string): Promise<FileStatus[]> {
  const root = /^(?:[a-z][a-z0-9+.-]*:(?:\/\/[^/]*)?)?/i.exec(pattern)?.[0] ?? "";
  const names = pattern
    .slice(root.length)
    .split("/")
    .filter(name => name !== "");
  let reached: Reached[] = [{ path: `${root}/` }];
  for (const name of names) reached = (await Promise.all(reached.map(from => step(storage, from, name)))).flat();
  const statuses = await Promise.all(reached.map(async place => place.status ?? (await storage.status(place.path))));
  return statuses.filter(status => status !== undefined);
}

/** A place on the way; the status is there when a listing has told it. */
interface Reached {
  readonly path: string;
  readonly status?: FileStatus;
}

async function step(storage: Storage, from: Reached, name: string): Promise<Reached[]> {
  if (!hasWildcard(name)) return [{ path: `${from.path}${from.path.endsWith("/") ? "" : "/"}${unescape(name)}` }];
  const matches = compileName(name);
  const directory = from.status ?? (await storage.status(from.path));
  if (!directory?.isDirectory) return [];
  const entries = await listIfThere(storage, from.path);
  return entries.filter(entry => matches.test(entry.name)).map(status => ({ path: status.path, status }));
}

/** A directory may go while its parent is walked. */
async function listIfThere(storage: Storage, directory: string): Promise<FileStatus[]> {
  try {
    return await storage.list(directory);
  } catch (error) {
    if (error instanceof DStreamsError && error.code === "DSTREAMS_PATH_NOT_FOUND") return [];
    throw error;
  }
}

function unescape(name: string): string {
  return name.replace(/\\(.)/gsu, "$1");
}

/** One name of a pattern as a regular expression. */
function compileName(pattern: string): RegExp {
  const chars = [...pattern];
  let source = "";
  let depth = 0;
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? "";
    if (char === "\\") source += quote(chars[++i] ?? invalid(pattern, "a backslash at the end escapes nothing"));
    else if (char === "*") source += source.endsWith(".*") ? "" : ".*";
    else if (char === "?") source += ".";
    else if (char === "{") {
      source += "(?:";
      depth++;
    } else if (char === "}" && depth > 0) {
      source += ")";
      depth--;
    } else if (char === "," && depth > 0) source += "|";
    else if (char === "[") {
      const set = readSet(chars, i, pattern);
      source += set.source;
      i = set.end;
    } else source += quote(char);
  }
  if (depth > 0) invalid(pattern, "a { has no }");
  return new RegExp(`^(?:${source})$`, "su");
}

/** The set that begins at `start`: its regular expression and the place of its closing bracket. */
function readSet(chars: readonly string[], start: number, pattern: string): { source: string; end: number } {
  let i = start + 1;
  const negated = chars[i] === "^" || chars[i] === "!";
  if (negated) i++;
  const member = (): string => {
    if (chars[i] === "\\") i++;
    return chars[i++] ?? invalid(pattern, "a [ has no ]");
  };
  let source = "";
  for (let first = true; first || chars[i] !== "]"; first = false) {
    const low = member();
    source += quote(low);
    if (chars[i] !== "-" || chars[i + 1] === "]" || i + 1 >= chars.length) continue;
    i++;
    const high = member();
    if ((high.codePointAt(0) ?? 0) < (low.codePointAt(0) ?? 0)) invalid(pattern, `the range ${low}-${high} is empty`);
    source += `-${quote(high)}`;
  }
  return { source: `[${negated ? "^" : ""}${source}]`, end: i };
}

function quote(char: string): string {
  return /[\p{L}\p{N}_ ]/u.test(char) ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

function invalid(pattern: string, why: string): never {
  throw new DStreamsError(
    "DSTREAMS_ILLEGAL_ARGUMENT",
    `Illegal file pattern ${pattern}: ${why}. Escape literal wildcards with a backslash`,
  );
}

/** `a/{b/c,d}/e` → `a/b/c/e`, `a/d/e`; braces without slashes stay, since one name can be matched with them as they are. */
function spreadBraces(pattern: string): string[] {
  const braces = findSlashedBraces(pattern);
  if (!braces) return [pattern];
  const before = pattern.slice(0, braces.open);
  const after = pattern.slice(braces.close + 1);
  return splitAtCommas(pattern.slice(braces.open + 1, braces.close)).flatMap(choice =>
    spreadBraces(before + choice + after),
  );
}

/** The first outermost braces with a slash inside. */
function findSlashedBraces(pattern: string): { open: number; close: number } | undefined {
  let depth = 0;
  let open = -1;
  let slashed = false;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === "\\") i++;
    else if (char === "{" && depth++ === 0) {
      open = i;
      slashed = false;
    } else if (char === "}" && depth > 0 && --depth === 0 && slashed) return { open, close: i };
    else if (char === "/" && depth > 0) slashed = true;
  }
  if (depth > 0 && slashed) invalid(pattern, "a { has no }");
  return undefined;
}

/** Splits at commas that are neither escaped nor within braces: `a,{b,c}` → `a`, `{b,c}`; so a list of paths may be written. */
export function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "\\") i++;
    else if (char === "{") depth++;
    else if (char === "}") depth = Math.max(0, depth - 1);
    else if (char === "," && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
