/**
 * Finds Apache Spark on this machine. A place that the user names is taken or refused; otherwise the first usable one of
 *
 *     spark-submit on the PATH       where it really is, two levels up
 *     pip's pyspark                  of the virtual environment, of python3: the package is a Spark home
 *     well-known places              /opt/spark, distributions' and vendors' folders, Homebrew's
 *
 * is taken. A Spark home has a file bin/spark-submit and a folder jars/.
 */
import { execFileSync } from "node:child_process";
import { globSync, readdirSync, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { DStreamsError } from "../../../base/errors.ts";

/** A Spark home, and how it was found. */
export interface FoundSpark {
  readonly home: string;
  /** `4.3.0`, as its jars say; undefined when they do not. */
  readonly version: string | undefined;
  /** In words: `SPARK_HOME`, `spark-submit on the PATH`. */
  readonly how: string;
}

/** What the search depends on. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where well-known places are: `/`. */
  readonly root: string;
}

interface Candidate {
  readonly path: string;
  readonly how: string;
}

/**
 * @param path the home folder; when it is left out, that of SPARK_HOME, or one that is found
 * @throws DSTREAMS_SPARK_NOT_FOUND, which says where it has looked and why it took nothing there
 */
export function findSpark(path?: string, surroundings: Surroundings = { env: process.env, root: "/" }): FoundSpark {
  const refused: string[] = [];
  const named = path ?? surroundings.env["SPARK_HOME"];
  const candidates = named ? [{ path: named, how: path ? "the path given" : "SPARK_HOME" }] : search(surroundings);
  for (const { path, how } of candidates) {
    // pip unpacks another Hadoop's build there
    for (const home of [join(path, "spark-distribution"), path]) {
      const flaw = flawOf(home);
      if (flaw === undefined) return { home, version: versionOf(home), how };
      if (home === path) refused.push(`${path} (${how}): ${flaw}`);
    }
  }
  throw notFound(refused, named !== undefined && named !== "");
}

function* search({ env, root }: Surroundings): Generator<Candidate> {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    // A relative folder means another one in every place.
    if (isAbsolute(folder) && isFile(join(folder, "spark-submit"))) {
      yield { path: dirname(dirname(realpathSync(join(folder, "spark-submit")))), how: "spark-submit on the PATH" };
    }
  }
  const environment = env["VIRTUAL_ENV"];
  if (environment) {
    for (const path of globSync(join(environment, "lib", "python*", "site-packages", "pyspark"))) {
      yield { path, how: "pyspark of VIRTUAL_ENV" };
    }
  }
  const pyspark = pysparkOfPython(env);
  if (pyspark !== undefined) yield { path: pyspark, how: "pyspark of python3" };
  for (const place of wellKnown) {
    const found = globSync(place, { cwd: root }).sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
    for (const path of found) yield { path: join(root, path), how: "a well-known place" };
  }
}

/** The newest first where there are several. */
const wellKnown = [
  "opt/spark",
  "opt/spark-*",
  "opt/apache-spark*",
  "opt/bitnami/spark",
  "usr/lib/spark",
  "usr/lib/spark3",
  "usr/local/spark",
  "usr/local/spark-*",
  "usr/share/spark",
  "opt/cloudera/parcels/SPARK3*/lib/spark3",
  "opt/cloudera/parcels/CDH/lib/spark3",
  "opt/cloudera/parcels/CDH/lib/spark",
  "usr/hdp/current/spark*-client",
  "usr/odp/current/spark*-client",
  "opt/mapr/spark/spark-*",
  "opt/homebrew/opt/apache-spark/libexec",
  "usr/local/opt/apache-spark/libexec",
  "home/linuxbrew/.linuxbrew/opt/apache-spark/libexec",
];

/** Where python3 would import pyspark from. It is not imported, which takes seconds. */
function pysparkOfPython(env: Surroundings["env"]): string | undefined {
  const program = [
    "import importlib.util",
    "spec = importlib.util.find_spec('pyspark')",
    "print(spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else '')",
  ].join("\n");
  try {
    // -I: nothing of the folder we happen to be in
    const said = execFileSync("python3", ["-I", "-c", program], {
      encoding: "utf8",
      env: { ...env },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 20_000,
    });
    return said.trim() || undefined;
  } catch {
    return undefined; // no python3, then
  }
}

/** Why a folder is no Spark home; undefined when it is one. */
function flawOf(home: string): string | undefined {
  if (!isFolder(home)) return "there is no such folder";
  if (!isFile(join(home, "bin", "spark-submit"))) return "it has no bin/spark-submit";
  if (isFolder(join(home, "jars")) || isFolder(join(home, "assembly"))) return undefined;
  return "it has no folder jars/ (as a package that is only a client of Spark Connect)";
}

function versionOf(home: string): string | undefined {
  if (!isFolder(join(home, "jars"))) return undefined;
  return readdirSync(join(home, "jars"))
    .map(name => /^spark-core_[\d.]+-(.+)\.jar$/.exec(name)?.[1])
    .find(version => version !== undefined);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function notFound(refused: readonly string[], named: boolean): DStreamsError {
  const looked = named
    ? []
    : [
        "Looked for spark-submit on the PATH, for pyspark of VIRTUAL_ENV and of python3, and in well-known places" +
          ` (${wellKnown.slice(0, 3).join(", ")}, …).`,
      ];
  return new DStreamsError(
    "DSTREAMS_SPARK_NOT_FOUND",
    [
      "There is no Apache Spark where it was looked for.",
      ...looked,
      ...refused.map(line => `  ${line}`),
      "Unpack a distribution of https://spark.apache.org/downloads.html, or run `pip install pyspark`, and name its folder: " +
        "set SPARK_HOME, or call findspark.init(path).",
    ].join("\n"),
  );
}
