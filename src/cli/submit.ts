/**
 * `dstreams submit [options] app.ts [arguments]`: runs a program in this very process, as its main module, with the options as
 * defaults of its SparkConf; in cluster deploy mode, on the cluster.
 *
 *     dstreams submit --master 'local[4]' wordcount.ts books
 *         SparkConf defaults ◀── options        process.argv = [node, /…/wordcount.ts, "books"]
 */
import type { Command } from "commander";
import { runsOnSpark } from "../conf/master.ts";
import { redact } from "../conf/redact.ts";
import { SparkConf } from "../conf/spark-conf.ts";
import { findSpark } from "../engine/spark/gateway/find-spark.ts";
import { applyDriverMemory } from "./heap.ts";
import { becomeProgram, programFile, runProgram } from "./run-program.ts";
import { addSparkOptions, applySparkOptions, isClusterMode, usage } from "./spark-options.ts";
import type { Options } from "./spark-options.ts";
import { warn } from "./terminal.ts";

export function submitCommand(command: Command): Command {
  return addSparkOptions(command)
    .description("Runs an application.")
    .argument("[application]", "a .ts, .js, .mts, … file")
    .argument("[arguments...]", "the application's own")
    .passThroughOptions()
    .action(submit);
}

async function submit(application: string | undefined, args: string[], options: Options): Promise<void> {
  applySparkOptions(options, warn);
  if (application === undefined) {
    throw usage("Missing application resource. Write: dstreams submit [options] <app.ts> [arguments].");
  }
  const verbose = options.verbose === true;
  if (isClusterMode(new SparkConf())) return submitThere(application, args, verbose);
  const path = programFile(application);
  applyDriverMemory(warn);
  becomeProgram(path, args);
  if (verbose) showConfiguration(new SparkConf(), path, args);
  runProgram(verbose);
}

async function submitThere(application: string, args: string[], verbose: boolean): Promise<void> {
  // The application is called by its file.
  becomeProgram(application, args);
  const conf = new SparkConf();
  if (verbose) showConfiguration(conf, application, args);
  const { submitToCluster } = await import("./cluster-mode.ts");
  process.exitCode = await submitToCluster(conf, application, args, verbose);
}

function showConfiguration(conf: SparkConf, path: string, args: string[]): void {
  console.error(`Application: ${path}\nArguments: ${JSON.stringify(args)}\nConfiguration:`);
  for (const [key, value] of redact(conf.getAll(), conf.get("spark.redaction.regex")))
    console.error(`  ${key}=${value}`);
  console.error(`Engine: ${engineOf(conf)}`);
}

/** What will compute; of Spark also which one was found, and by what. */
function engineOf(conf: SparkConf): string {
  if (!conf.contains("spark.master")) conf.setMaster("local[*]");
  if (!runsOnSpark(conf)) return "worker threads of this process";
  const { home, version, how } = findSpark(conf.get("spark.home"));
  return `Apache Spark${version === undefined ? "" : ` ${version}`} at ${home} (${how}); functions run in ${process.execPath}`;
}
