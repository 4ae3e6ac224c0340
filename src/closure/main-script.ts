/**
 * Which code is "the user's main script": functions of it travel by value, since importing it in a worker would run the
 * program again. Everything else that has a URL can be imported there, and travels by reference.
 */
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";

let known: { readonly url: string | undefined } | undefined;
let isWorker = false;

/**
 * URL of the main script: in the driver what `node` was started with, in a worker what the driver says. Undefined for `node -e`,
 * standard input and the shell.
 */
export function mainScript(): string | undefined {
  known ??= { url: isMainThread ? fromArguments() : undefined };
  return known.url;
}

/** A worker says that it is one, before it restores anything, and what the driver's main script is. */
export function enterWorker(driversMainScript: string | undefined): void {
  known = { url: driversMainScript };
  isWorker = true;
}

export function isInWorker(): boolean {
  return isWorker;
}

/** True for code that cannot or must not be imported by a worker: the main script, `node -e`, a shell's lines, `eval`. */
export function isMainScript(url: string): boolean {
  return !isImportable(url) || withoutQuery(url) === mainScript();
}

/** True when a worker could import this URL. Node gives evaluated code names such as `[eval]` and `file:///dir/[eval1]`. */
export function isImportable(url: string): boolean {
  return /^(file|data|node|https?):/.test(url) && !/\/\[(eval|stdin|worker eval)\w*\]$/.test(url);
}

function fromArguments(): string | undefined {
  const path = process.argv[1];
  if (path === undefined || path === "-") return undefined;
  for (const candidate of [path, `${path}.js`, `${path}.cjs`, `${path}.ts`]) {
    try {
      return pathToFileURL(realpathSync(resolve(candidate))).href;
    } catch {
      // not this one
    }
  }
  return undefined;
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, "");
}
