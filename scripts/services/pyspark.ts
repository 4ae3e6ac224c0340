/**
 * Apache Spark as PyPI ships it: `pyspark`, installed by pip into a virtual environment of its own in the cache, once a version.
 * The package holds the whole of Spark, its jars and commands. Which index pip asks is the business of the user's pip settings.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "../../bench/data.ts";
import { lock } from "./lock.ts";
import { MissingProgram } from "./process.ts";

/** A Python interpreter that has PySpark of this version, `4.3.0`. Throws `MissingProgram` where there is no python3 with venv. */
export async function pysparkPython(version: string): Promise<string> {
  const environment = join(cacheFolder, `pyspark-${version}`);
  const python = join(environment, "bin", "python");
  // A virtual environment knows its own path, so it cannot be made elsewhere and moved: this file says that it is whole.
  const ready = join(environment, "ready");
  if (existsSync(ready)) return python;
  mkdirSync(cacheFolder, { recursive: true });
  await using _ = await lock(`${environment}.lock`);
  if (existsSync(ready)) return python; // somebody else was faster
  console.error(`Fetching PySpark ${version} by pip, once …`);
  rmSync(environment, { recursive: true, force: true });
  await run("python3", ["-m", "venv", environment]);
  await run(python, ["-m", "pip", "install", "--quiet", "--no-compile", `pyspark==${version}`]);
  writeFileSync(ready, "");
  return python;
}

/** Spark's home folder (`bin/`, `jars/`, `sbin/`, …) of this version. Throws `MissingProgram` where there is no python3 with venv. */
export async function pysparkHome(version: string): Promise<string> {
  const environment = dirname(dirname(await pysparkPython(version)));
  const [home] = globSync(join(environment, "lib", "python3*", "site-packages", "pyspark"));
  if (home === undefined) throw new Error(`pip did not put pyspark ${version} into ${environment}: remove that folder`);
  return home;
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = (await once(child, "close").catch(() => {
    throw new MissingProgram(`there is no ${command}: install Python 3 with its venv and pip`);
  })) as [number | null];
  if (code !== 0) throw new MissingProgram(`${command} ${args.join(" ")} ended with ${code}:\n${said.slice(-2000)}`);
}
