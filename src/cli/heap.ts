/** `--driver-memory`: the heap of the main thread can only be chosen when a process starts. */
import { runsOnSpark } from "../conf/master.ts";
import { SparkConf } from "../conf/spark-conf.ts";

const flag = "--max-old-space-size";

/**
 * Starts this very process anew (same process id, same terminal) with the heap that `spark.driver.memory` asks for, unless it
 * already has a limit or nothing is asked. Where a process cannot be replaced (Windows) the wish is ignored with a warning.
 */
export function applyDriverMemory(warn: (message: string) => void): void {
  const conf = new SparkConf();
  // On Spark it is the memory of the driver's JVM.
  if (conf.contains("spark.master") && runsOnSpark(conf)) return;
  const bytes = conf.getSizeAsBytes("spark.driver.memory", undefined, "m");
  const limited = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].some(option => option.includes(flag));
  if (bytes === undefined || limited) return;
  const megabytes = Math.max(64, Math.floor(bytes / 2 ** 20));
  if (process.platform === "win32" || process.execve === undefined) {
    warn(`spark.driver.memory is ignored on this system; start with: node ${flag}=${megabytes} …`);
    return;
  }
  const argv = [process.execPath, `${flag}=${megabytes}`, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(process.execPath, argv, process.env);
}
