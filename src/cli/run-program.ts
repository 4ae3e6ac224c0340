/** Runs a program in this very process, as its main module: what is around it, stack traces too, is as after `node program.ts`. */
import { statSync } from "node:fs";
import { runMain } from "node:module";
import { resolve } from "node:path";
import { provideOwnPackage } from "../base/own-package.ts";
import { describeFailure } from "./report.ts";
import { usage } from "./spark-options.ts";

/**
 * The absolute path of a program.
 *
 * @throws DSTREAMS_USAGE when there is no such file
 */
export function programFile(application: string): string {
  const path = resolve(application);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
  throw usage(`There is no application file ${path}. Check the path; options of the application come after it.`);
}

/** From here on `process.argv` is the program's. */
export function becomeProgram(path: string, args: readonly string[]): void {
  process.argv = [process.execPath, path, ...args];
}

/** Runs what this process has become. */
export function runProgram(verbose: boolean): void {
  endByErrors(verbose);
  provideOwnPackage();
  runMain(process.argv[1]);
}

/** What nobody catches ends the process, as in Node; only the report differs. A program with its own handler keeps it. */
function endByErrors(verbose: boolean): void {
  process.on("uncaughtException", error => {
    if (process.listenerCount("uncaughtException") > 1) return;
    console.error(describeFailure(error, verbose));
    process.exit(1);
  });
}
