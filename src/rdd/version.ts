import { readFileSync } from "node:fs";

/** The package's version, from its package.json, which is two folders above this file in src/ and in dist/ alike. */
export const version: string = (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }
).version;
