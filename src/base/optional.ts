import { createRequire } from "node:module";
import { DStreamsError } from "./errors.ts";

const load = createRequire(import.meta.url);

/**
 * A package that only some users need, loaded when it is first used: `optional<typeof import("x")>("x", "s3:// paths need it")`.
 *
 * @throws DSTREAMS_DEPENDENCY, which says what to install, when it is not there
 */
export function optional<Module>(name: string, why: string): Module {
  try {
    return load(name) as Module;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw cause;
    throw new DStreamsError(
      "DSTREAMS_DEPENDENCY",
      `The package ${name} is not installed: ${why}. Run: npm install ${name}`,
      { cause },
    );
  }
}
