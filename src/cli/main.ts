#!/usr/bin/env node
/** The command `dstreams`. Every mistake ends with a line on stderr that says what to do, and exit code 1. */
import { Command, CommanderError } from "commander";
import { version } from "../rdd/version.ts";
import { describeFailure } from "./report.ts";
import { shellCommand } from "./shell/shell.ts";
import { submitCommand } from "./submit.ts";

const program = new Command("dstreams")
  .description("Spark Streaming for TypeScript.")
  .version(`dstreams ${version} (Node ${process.version})`, "--version", "show the version")
  .helpOption("-h, --help", "show the options")
  .enablePositionalOptions()
  .exitOverride()
  .configureOutput({ outputError: () => undefined });

submitCommand(program.command("submit"));
shellCommand(program.command("shell"));
program
  .command("version")
  .description("Shows the version.")
  .action(() => console.log(program.version()));

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (error.code !== "commander.help") console.error(`Error: ${explain(error)}`);
    return 1;
  }
  const verbose = process.argv.some(argument => argument === "--verbose" || argument === "-v");
  console.error(describeFailure(error, verbose));
  return 1;
}

/** Commander's mistakes in Spark's words. */
function explain(error: CommanderError): string {
  const [, subject = "", hint = ""] = /'([^']*)'[^(]*(\(.*\))?/.exec(error.message) ?? [];
  const help = "Run with --help for usage help.";
  switch (error.code) {
    case "commander.unknownOption":
      return `Unrecognized option '${subject}'. ${hint === "" ? "" : `${hint.slice(1, -1)} `}${help}`;
    case "commander.optionMissingArgument":
      return `Missing argument for option '${/--[\w-]+/.exec(subject)?.[0] ?? subject}'. ${help}`;
    case "commander.unknownCommand":
      return `Unknown command '${subject}'. There are: submit, shell, version.`;
    case "commander.excessArguments":
      return `Too many arguments. ${help}`;
    default:
      return `${error.message.replace(/^error: /, "")}. ${help}`;
  }
}
