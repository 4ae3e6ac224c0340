/**
 * URL of a module of this package by its name without an ending: TypeScript in the source tree, JavaScript in the package. For modules that
 * are not imported but started, or loaded later.
 *
 * @param importer the module that asks, `import.meta.url`; the name is relative to it
 */
export function ownModule(name: string, importer: string): URL {
  return new URL(`${name}${importer.endsWith(".ts") ? ".ts" : ".js"}`, importer);
}
