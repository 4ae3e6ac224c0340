/**
 * How a program's end by an error is told: the cause in a line, then what to do. Stacks are for `--verbose`, but for errors
 * that the user's own code threw: these keep theirs.
 */
import { spawnSync } from "node:child_process";
import { extname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { DStreamsError } from "../base/errors.ts";
import { userFrames } from "../base/site.ts";

/** Code that is not the program's: its libraries, and this package, also when command and program have a copy each. */
const notTheirs = [
  "/node_modules/",
  ...["src/", "dist/"].map(folder => new URL(`../../${folder}`, import.meta.url).pathname),
];

/** The text for stderr. */
export function describeFailure(error: unknown, verbose: boolean): string {
  if (verbose) return `Error: ${inspect(error, { colors: process.stderr.hasColors?.() ?? false })}`;
  if (isOurs(error)) return describeOurs(error);
  if (error instanceof SyntaxError) return describeSyntaxError(error);
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof Error && (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND")) {
    const remedy = error.message.includes("package") ? "Install it with npm" : "Correct the path (with its extension)";
    return `Error: ${error.message.split("\n")[0]}. ${remedy}.`;
  }
  return `Uncaught ${inspect(error)}`;
}

/** The program may have its own copy of this package, whose class is another one. */
function isOurs(error: unknown): error is DStreamsError {
  return (
    error instanceof DStreamsError || (error instanceof Error && error.name === "DStreamsError" && "code" in error)
  );
}

function describeOurs(error: DStreamsError): string {
  const lines = [`Error: ${error.message}`];
  if (error.code === "DSTREAMS_USER_FUNCTION" && error.cause !== undefined) {
    lines.push(`Caused by: ${(error.cause instanceof Error && error.cause.stack) || inspect(error.cause)}`);
  } else if (error.code !== "DSTREAMS_USAGE") {
    const frame = userFrames(error.stack ?? "").find(each => !notTheirs.some(folder => each.includes(folder)));
    if (frame !== undefined) lines.push(`    ${frame}`);
  }
  return lines.join("\n");
}

/** `Error: app.ts:2: Unexpected token ';'`; the stack's first line has the position, if anything has. */
function describeSyntaxError(error: SyntaxError): string {
  const code = (error as NodeJS.ErrnoException).code;
  const remedy =
    code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX"
      ? "Node runs TypeScript by removing types; write it in another way, or compile the program first."
      : "Correct the program.";
  const where = /^(\S+:\d+)\n/.exec(error.stack ?? "")?.[1] ?? positionByCheck();
  return `Error: ${where === undefined ? "" : `${shorten(where)}: `}SyntaxError: ${error.message}. ${remedy}`;
}

/** Node tells where a JavaScript file is wrong only when it ends by it, so another process reads the file once more. */
function positionByCheck(): string | undefined {
  const script = process.argv[1];
  if (script === undefined || !/^\.[cm]?js$/.test(extname(script))) return undefined;
  const { stderr } = spawnSync(process.execPath, ["--check", script], { encoding: "utf8" });
  return /^(\S+:\d+)\n/.exec(stderr)?.[1];
}

function shorten(position: string): string {
  const path = position.startsWith("file:") ? fileURLToPath(position) : position;
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
