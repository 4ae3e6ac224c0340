import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { defaultEntries, readProperties, setSubmitted } from "../../src/conf/defaults.ts";

const folder = mkdtempSync(join(tmpdir(), "dstreams-conf-"));
after(() => rmSync(folder, { recursive: true }));
afterEach(() => setSubmitted(undefined));

test("built in: every core, and the script's file name", () => {
  assert.deepEqual(Object.fromEntries(defaultEntries({})), {
    "spark.master": "local[*]",
    "spark.app.name": "defaults.test.ts",
  });
});

test("flags over properties file over environment over built in", () => {
  const env = { MASTER: "local[1]", SPARK_LOCAL_DIRS: "/env", SPARK_EXECUTOR_MEMORY: "1g" };
  setSubmitted({
    flags: new Map([["spark.executor.memory", "3g"]]),
    properties: new Map([
      ["spark.local.dir", "/file"],
      ["spark.executor.memory", "2g"],
    ]),
  });
  const entries = defaultEntries(env);
  assert.equal(entries.get("spark.executor.memory"), "3g");
  assert.equal(entries.get("spark.local.dir"), "/file");
  assert.equal(entries.get("spark.master"), "local[1]");
  assert.equal(entries.get("spark.app.name"), "defaults.test.ts");
  assert.equal(defaultEntries({ MASTER: "local[1]", SPARK_MASTER: "local[2]" }).get("spark.master"), "local[2]");
});

test("spark-defaults.conf is found by SPARK_CONF_DIR, else below SPARK_HOME, unless another file was given", () => {
  mkdirSync(join(folder, "home", "conf"), { recursive: true });
  mkdirSync(join(folder, "conf"));
  writeFileSync(join(folder, "home", "conf", "spark-defaults.conf"), "spark.x home\nother.key 1");
  writeFileSync(join(folder, "conf", "spark-defaults.conf"), "spark.x conf");
  const home = { SPARK_HOME: join(folder, "home") };
  const both = { ...home, SPARK_CONF_DIR: join(folder, "conf") };
  assert.equal(defaultEntries(home).get("spark.x"), "home");
  assert.equal(defaultEntries(home).has("other.key"), false);
  assert.equal(defaultEntries(both).get("spark.x"), "conf");
  assert.equal(defaultEntries({ SPARK_HOME: join(folder, "none") }).has("spark.x"), false);
  setSubmitted({ flags: new Map(), properties: new Map([["spark.y", "given"]]) });
  assert.equal(defaultEntries(both).has("spark.x"), false);
  assert.equal(defaultEntries(both).get("spark.y"), "given");
});

test("a properties file that is missing or unreadable", () => {
  const code = "DSTREAMS_CONFIGURATION";
  assert.throws(() => readProperties(join(folder, "no.conf")), {
    code,
    message: /no\.conf cannot be read: there is no such file/,
  });
  assert.throws(() => readProperties(folder, { optional: true }), { code, message: /cannot be read/ });
  const path = join(folder, "mixed.conf");
  writeFileSync(path, "spark.a 1\nhive.b 2");
  assert.deepEqual(readProperties(path), { spark: new Map([["spark.a", "1"]]), ignored: new Map([["hive.b", "2"]]) });
});
