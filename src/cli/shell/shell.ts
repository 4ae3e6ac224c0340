/** `dstreams shell [options]`: a TypeScript prompt with a SparkContext, `sc`, and all that the package exports. */
import type { Command } from "commander";
import { applyDriverMemory } from "../heap.ts";
import { provideOwnPackage } from "../../base/own-package.ts";
import { SparkConf } from "../../conf/spark-conf.ts";
import { describeFailure } from "../report.ts";
import { addSparkOptions, applySparkOptions, isClusterMode, usage } from "../spark-options.ts";
import type { Options } from "../spark-options.ts";
import { warn } from "../terminal.ts";

export function shellCommand(command: Command): Command {
  return addSparkOptions(command)
    .description("Starts a TypeScript shell with a SparkContext, `sc`.")
    .allowExcessArguments(false)
    .action(shell);
}

async function shell(options: Options): Promise<void> {
  applySparkOptions({ name: "dstreams shell", ...options }, warn);
  if (isClusterMode(new SparkConf())) throw usage("Cluster deploy mode is not applicable to Spark shells.");
  applyDriverMemory(warn);
  provideOwnPackage();
  hideExperimentalWarnings();
  // There is no main script: functions that are typed travel by value, as those of a program do.
  process.argv.splice(1);
  const { runShell } = await import("./repl.ts");
  const exported = await import("../../index.ts");
  const sc = new exported.SparkContext();
  try {
    await runShell({ banner: bannerOf(sc.version, sc.master, sc.applicationId), variables: { ...exported, sc } });
  } catch (error) {
    console.error(describeFailure(error, options.verbose === true));
    process.exitCode = 1;
  } finally {
    await exported.StreamingContext.getActive()?.stop({ stopSparkContext: false });
    await sc.stop();
    // Whatever timers and connections were made at the prompt end with it.
    process.exit();
  }
}

/** Node announces at first use that type stripping is experimental, which is no news for a person at a prompt. */
function hideExperimentalWarnings(): void {
  const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]) => {
    if (args[1] !== "ExperimentalWarning") emitWarning(...args);
  };
}

function bannerOf(version: string, master: string, applicationId: string): string {
  return `Welcome to dstreams ${version}, TypeScript on Node ${process.version}.
SparkContext available as 'sc' (master = ${master}, app id = ${applicationId}).
Make a stream with: const ssc = new StreamingContext(sc, 1)
A promise is awaited; Ctrl-C stops waiting. Paste with .editor; leave with .exit or Ctrl-D.`;
}
