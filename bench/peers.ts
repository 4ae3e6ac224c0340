/** The peers that are not Node programs: PySpark from PyPI in a virtual environment of its own, Spark's Java API from its jars. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { java } from "../scripts/services/maven.ts";
import { MissingProgram } from "../scripts/services/process.ts";
import { pysparkPython } from "../scripts/services/pyspark.ts";
import { openedPackages } from "../scripts/services/spark.ts";
import { cacheFolder } from "./data.ts";
import type { Contestant } from "./harness.ts";

const usualVersion = "4.0.1";
const peers = fileURLToPath(new URL("peers/", import.meta.url));

/** The Python that has PySpark; undefined, with a word on why, where Python or Java is missing. */
export async function pyspark(version = usualVersion): Promise<string | undefined> {
  try {
    java();
    return await pysparkPython(version);
  } catch (error) {
    if (!(error instanceof MissingProgram)) throw error;
    console.error(`skipped: PySpark and Java peers need python3 (with venv) and java: ${error.message.split("\n")[0]}`);
    return undefined;
  }
}

export function pysparkProgram(python: string, file: string, args: readonly string[]): Contestant {
  return {
    name: `PySpark ${file}`,
    command: [python, join(peers, file), ...args],
    env: { PYSPARK_PYTHON: python, PYTHONHASHSEED: "0" },
  };
}

/** Compiles `Words.java` against PySpark's jars and returns how to run it. */
export function javaProgram(python: string, className: string, args: readonly string[]): Contestant {
  const home = execFileSync(python, ["-c", "import os, pyspark; print(os.path.dirname(pyspark.__file__))"], {
    encoding: "utf8",
  }).trim();
  const classes = join(cacheFolder, "bench-classes");
  mkdirSync(classes, { recursive: true });
  execFileSync("javac", ["-nowarn", "-cp", join(home, "jars", "*"), "-d", classes, join(peers, `${className}.java`)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  return {
    name: `Spark Java ${className}`,
    command: ["java", "-Xmx2g", ...openedPackages, "-cp", `${classes}:${join(home, "jars", "*")}`, className, ...args],
  };
}
