/**
 * What travels by reference: a worker imports the module and takes the export.
 *
 *     import { helper } from "./helpers.ts"   a name bound by an import: specifier, importing file, exported name
 *     const f = table.helper                  a function of another module: found among that module's exports
 *     const _ = require("lodash")             module.exports of a CommonJS module, or a property of it
 */
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ModuleRef } from "./format.ts";
import type { Inspected, Scope } from "./inspect.ts";
import { isImportable, isMainScript } from "./main-script.ts";
import type { Script } from "./scripts.ts";

/** A value as a module and the way from its namespace (or `module.exports`) down to the value. */
export interface Reference {
  readonly module: ModuleRef;
  readonly path: readonly string[];
}

const require = createRequire(import.meta.url);

/** What a name of a module's scope refers to: an import of that module, or one of its own exports. */
export function referenceOfName(script: Script, scope: Scope, name: string): Reference | undefined {
  if (scope.kind !== "module") return undefined;
  const binding = script.imports.get(name);
  if (binding !== undefined) {
    if (resolvesToMain(binding.specifier, script.url)) return undefined;
    const module = { specifier: binding.specifier, from: script.url, attributes: binding.attributes };
    return { module, path: binding.name === "*" ? [] : [binding.name] };
  }
  const exported = isMainScript(script.url) ? undefined : script.exports.get(name);
  return exported === undefined ? undefined : { module: urlModule(script.url), path: [exported] };
}

/** A function of another module than the main script, if the module exports it. */
export function referenceOfFunction(fn: Function, inspected: Inspected, script: Script): Reference | undefined {
  if (isMainScript(script.url)) return undefined;
  if (!script.isModule) return commonJsReference(fn, script.url);
  const scope = inspected.scopes.find(one => one.kind === "module");
  for (const [local, exported] of script.exports) {
    if (local === "*default*" ? isDefaultOf(script.url, fn) : scope && peek(scope, local) === fn) {
      return { module: urlModule(script.url), path: [exported] };
    }
  }
  return undefined;
}

/** `module.exports` of a CommonJS module that has been loaded. */
export function referenceOfExports(value: object): Reference | undefined {
  const filename = exportsIndex().get(value);
  return filename === undefined ? undefined : { module: commonJsModule(filename), path: [] };
}

export function urlModule(url: string): ModuleRef {
  return { specifier: url, from: undefined, attributes: undefined };
}

/** A variable's value; undefined when it has none yet. */
function peek(scope: Scope, name: string): unknown {
  try {
    return scope.variables[name];
  } catch {
    return undefined;
  }
}

function resolvesToMain(specifier: string, from: string): boolean {
  return /^(\.|\/|file:)/.test(specifier) && isImportable(from) && isMainScript(new URL(specifier, from).href);
}

function commonJsModule(filename: string): ModuleRef {
  return { specifier: filename, from: undefined, attributes: undefined, commonjs: true };
}

function commonJsReference(fn: Function, url: string): Reference | undefined {
  if (!url.startsWith("file:")) return undefined;
  const filename = fileURLToPath(url);
  const exports: unknown = require.cache[filename]?.exports;
  if (exports === fn) return { module: commonJsModule(filename), path: [] };
  if ((typeof exports !== "object" && typeof exports !== "function") || exports === null) return undefined;
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(exports))) {
    if (property.value === fn) return { module: commonJsModule(filename), path: [name] };
  }
  return undefined;
}

/** A default export without a name cannot be seen in the scope; the module is loaded, so asking for it costs nothing. */
function isDefaultOf(url: string, fn: Function): boolean {
  if (!url.startsWith("file:") || url.includes("?")) return false;
  try {
    return (require(fileURLToPath(url)) as { readonly default?: unknown }).default === fn;
  } catch {
    return false; // a module with top-level await
  }
}

let index = new Map<unknown, string>();
let indexed = -1;

function exportsIndex(): ReadonlyMap<unknown, string> {
  const filenames = Object.keys(require.cache);
  if (filenames.length !== indexed) {
    indexed = filenames.length;
    index = new Map();
    for (const filename of filenames) {
      const module = require.cache[filename];
      if (module?.loaded && !isMainScript(pathToFileURL(filename).href)) index.set(module.exports, filename);
    }
  }
  return index;
}
