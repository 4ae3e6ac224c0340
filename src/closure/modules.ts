/** Loads what travels by reference: the same specifier, seen from the same file, as where it was captured. */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { DStreamsError } from "../base/errors.ts";
import type { ModuleRef } from "./format.ts";
import { compileIn } from "./loader.ts";
import { isImportable } from "./main-script.ts";
import { mirroredUrl } from "./mirror.ts";

type Import = (specifier: string, options?: { with: Readonly<Record<string, string>> }) => Promise<unknown>;

/** @throws DSTREAMS_CLOSURE when the module cannot be loaded here */
export async function loadModule(ref: ModuleRef): Promise<unknown> {
  try {
    if (ref.commonjs === true) return requireFrom(undefined)(ref.specifier) as unknown;
    const load = ref.from === undefined ? importHere : importFrom(ref.from);
    return await (ref.attributes ? load(ref.specifier, { with: ref.attributes }) : load(ref.specifier));
  } catch (cause) {
    const importer = ref.from === undefined ? "" : `, which ${ref.from} imports,`;
    throw new DStreamsError(
      "DSTREAMS_CLOSURE",
      `The module ${JSON.stringify(ref.specifier)}${importer} could not be loaded in a worker: ` +
        `${cause instanceof Error ? cause.message : String(cause)}. Functions use it, and workers import modules anew.`,
      { cause },
    );
  }
}

/** The `require` of a CommonJS file; of the working directory for code that has no file. */
export function requireFrom(url: string | undefined): NodeJS.Require {
  return createRequire(
    url !== undefined && url.startsWith("file:") && isImportable(url) ? mirroredUrl(url) : workingDirectory(),
  );
}

/** What `import.meta` is in a file of the driver. */
export function importMetaOf(driversUrl: string): object {
  const url = mirroredUrl(driversUrl);
  const file = url.startsWith("file:") ? fileURLToPath(url) : undefined;
  const require = requireFrom(url);
  return {
    __proto__: null,
    ...(file !== undefined && { dirname: dirname(file), filename: file }),
    main: false,
    resolve: (specifier: string) => {
      if (/^(\.{0,2}\/|file:)/.test(specifier)) return new URL(specifier, url).href;
      const resolved = require.resolve(specifier);
      return resolved.startsWith("/") || /^[a-z]:\\/i.test(resolved) ? pathToFileURL(resolved).href : resolved;
    },
    url,
  };
}

const importHere: Import = (specifier, options) => import(specifier, options) as Promise<unknown>;

/** An `import` that resolves as in another file. */
function importFrom(url: string): Import {
  return compileIn("return import(specifier,options)", ["specifier", "options"], { filename: url }) as Import;
}

function workingDirectory(): string {
  return `${process.cwd()}/`;
}
