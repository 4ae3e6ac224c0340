/** The search for Spark, among folders that look like one. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { after, beforeEach, describe, test } from "node:test";
import { findSpark, type FoundSpark } from "../../src/engine/spark/gateway/find-spark.ts";
import { findspark } from "../../src/engine/spark/gateway/findspark.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "dstreams-find-")));
after(() => rmSync(base, { recursive: true, force: true }));

let count = 0;
let root = "";
beforeEach(() => {
  root = join(base, String(count++));
  mkdirSync(root);
});

/** A folder that looks like a Spark home. */
function spark(path: string, version = "4.3.0"): string {
  const home = join(root, path);
  mkdirSync(join(home, "bin"), { recursive: true });
  mkdirSync(join(home, "jars"));
  writeFileSync(join(home, "bin/spark-submit"), "");
  writeFileSync(join(home, `jars/spark-core_2.13-${version}.jar`), "");
  return home;
}

/** A `python3` on a PATH of its own that prints `said`. */
function python(said: string): string {
  mkdirSync(join(root, "python"));
  writeFileSync(join(root, "python/python3"), `#!/bin/sh\necho '${said}'\n`);
  chmodSync(join(root, "python/python3"), 0o755);
  return join(root, "python");
}

const find = (env: Record<string, string> = {}): FoundSpark =>
  findSpark(undefined, { env: { PATH: "", ...env }, root });

describe("Spark is found", () => {
  test("where the user says, before anywhere else", () => {
    const [given, named] = [spark("given", "3.5.9"), spark("named")];
    const surroundings = { env: { PATH: "", SPARK_HOME: named }, root };
    assert.deepEqual(findSpark(given, surroundings), { home: given, version: "3.5.9", how: "the path given" });
    assert.deepEqual(findSpark(undefined, surroundings), { home: named, version: "4.3.0", how: "SPARK_HOME" });
  });

  test("by spark-submit on the PATH, where it really is", () => {
    const home = spark("spark");
    mkdirSync(join(root, "bin"));
    symlinkSync(join(home, "bin/spark-submit"), join(root, "bin/spark-submit"));
    const besideUs = relative(process.cwd(), join(spark("beside"), "bin"));
    const PATH = [besideUs, join(root, "missing"), join(root, "bin")].join(delimiter);
    assert.deepEqual(find({ PATH }), { home, version: "4.3.0", how: "spark-submit on the PATH" });
  });

  test("as pip's package, of the virtual environment and of python3", () => {
    const home = spark("venv/lib/python3.11/site-packages/pyspark");
    assert.equal(find({ VIRTUAL_ENV: join(root, "venv") }).home, home);
    const found = find({ PATH: python(home) });
    assert.deepEqual([found.home, found.how], [home, "pyspark of python3"]);
  });

  test("inside of pip's package when that was made for another Hadoop", () => {
    const home = spark("pyspark/spark-distribution");
    spark("pyspark");
    assert.equal(find({ SPARK_HOME: join(root, "pyspark") }).home, home);
  });

  test("in a well-known place, the newest of several", () => {
    for (const version of ["3.5.9", "4.10.0", "4.3.0"]) spark(`opt/spark-${version}`, version);
    assert.deepEqual(find(), { home: join(root, "opt/spark-4.10.0"), version: "4.10.0", how: "a well-known place" });
  });

  test("past places that cannot be used", () => {
    mkdirSync(join(root, "opt/spark/bin"), { recursive: true });
    const home = spark("usr/lib/spark");
    assert.equal(find().home, home);
  });
});

describe("Spark is not found", () => {
  test("which says where it was looked for, and why it was not taken", () => {
    mkdirSync(join(root, "opt/spark"), { recursive: true });
    mkdirSync(join(root, "client/bin"), { recursive: true });
    writeFileSync(join(root, "client/bin/spark-submit"), "");
    assert.throws(() => find({ PATH: python(join(root, "client")) }), {
      code: "DSTREAMS_SPARK_NOT_FOUND",
      message: new RegExp(
        [
          "There is no Apache Spark where it was looked for.",
          "Looked for spark-submit on the PATH, .*",
          `  ${root}/client \\(pyspark of python3\\): it has no folder jars/ .*`,
          `  ${root}/opt/spark \\(a well-known place\\): it has no bin/spark-submit`,
          ".*set SPARK_HOME, or call findspark.init\\(path\\)",
        ].join("\n"),
      ),
    });
  });

  test("where the user says: nothing else is taken instead", () => {
    spark("opt/spark");
    assert.throws(() => find({ SPARK_HOME: join(root, "nowhere") }), {
      code: "DSTREAMS_SPARK_NOT_FOUND",
      message: /nowhere \(SPARK_HOME\): there is no such folder/,
    });
  });
});

test("findspark.init names it for this process", () => {
  const before = process.env["SPARK_HOME"];
  try {
    const home = spark("spark");
    assert.equal(findspark.init(home), home);
    assert.equal(process.env["SPARK_HOME"], home);
    assert.equal(findspark.find(), home);
  } finally {
    if (before === undefined) delete process.env["SPARK_HOME"];
    else process.env["SPARK_HOME"] = before;
  }
});
