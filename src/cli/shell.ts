import type { Command } from "commander";
import { addSparkOptions } from "./spark-options.ts";
export function shellCommand(command: Command): Command {
  return addSparkOptions(command).description("Starts a TypeScript shell with a SparkContext `sc`.");
}
