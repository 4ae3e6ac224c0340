import assert from "node:assert/strict";
import { test } from "node:test";
import { SparkConf } from "../../src/conf/spark-conf.ts";

const empty = () => new SparkConf(false);

test("setters chain, later ones win, get falls back", () => {
  const conf = empty()
    .setMaster("local[2]")
    .setAppName("app")
    .setSparkHome("/opt/spark")
    .set("spark.a", 1)
    .set("spark.a", true)
    .setIfMissing("spark.a", "no")
    .setIfMissing("spark.b", "yes")
    .setAll([["spark.c", 3]])
    .setAll({ "spark.d": "4" });
  assert.deepEqual(conf.getAll(), [
    ["spark.master", "local[2]"],
    ["spark.app.name", "app"],
    ["spark.home", "/opt/spark"],
    ["spark.a", "true"],
    ["spark.b", "yes"],
    ["spark.c", "3"],
    ["spark.d", "4"],
  ]);
  assert.equal(conf.get("spark.none"), undefined);
  assert.equal(conf.get("spark.none", "default"), "default");
  assert.equal(conf.contains("spark.a"), true);
  assert.equal(conf.remove("spark.a").contains("spark.a"), false);
});

test("a fresh conf has a master and a name, one without defaults has neither", () => {
  assert.equal(new SparkConf().get("spark.app.name"), "spark-conf.test.ts");
  assert.equal(new SparkConf().contains("spark.master"), true);
  assert.deepEqual(empty().getAll(), []);
});

test("environment of the workers, one or several", () => {
  const conf = empty()
    .setExecutorEnv("A", "1")
    .setExecutorEnv([["B", 2]]);
  assert.deepEqual(conf.getAll(), [
    ["spark.executorEnv.A", "1"],
    ["spark.executorEnv.B", "2"],
  ]);
  assert.throws(() => conf.setExecutorEnv("A", undefined as never), { code: "DSTREAMS_ILLEGAL_ARGUMENT" });
});

test("a clone is independent", () => {
  const conf = empty().set("spark.a", "1");
  const copy = conf.clone().set("spark.a", "2");
  assert.equal(conf.get("spark.a"), "1");
  assert.equal(copy.get("spark.a"), "2");
});

test("typed getters read the value or give the default", () => {
  const conf = empty().setAll({
    "spark.b": "TRUE",
    "spark.i": " 42 ",
    "spark.d": "0.5",
    "spark.t": "2min",
    "spark.s": "1g",
  });
  assert.equal(conf.getBoolean("spark.b"), true);
  assert.equal(conf.getInt("spark.i"), 42);
  assert.equal(conf.getDouble("spark.d"), 0.5);
  assert.equal(conf.getTimeAsMs("spark.t"), 120_000);
  assert.equal(conf.getSizeAsBytes("spark.s"), 2 ** 30);
  assert.equal(conf.getBoolean("spark.none", false), false);
  assert.equal(conf.getInt("spark.none", 7), 7);
  assert.equal(conf.getInt("spark.none"), undefined);
  assert.equal(conf.getTimeAsMs("spark.none", "200ms"), 200);
  assert.equal(conf.getTimeAsMs("spark.none", 50), 50);
  assert.equal(conf.getTimeAsMs("spark.i", "0", "s"), 42_000);
  assert.equal(conf.getSizeAsBytes("spark.i", undefined, "m"), 42 * 2 ** 20);
});

test("a value of the wrong type: the error names key and value", () => {
  const conf = empty().set("spark.key", "ab");
  const getters = [
    () => conf.getBoolean("spark.key"),
    () => conf.getInt("spark.key"),
    () => conf.getDouble("spark.key"),
    () => conf.getTimeAsMs("spark.key"),
    () => conf.getSizeAsBytes("spark.key"),
  ];
  for (const get of getters) {
    assert.throws(get, { code: "DSTREAMS_CONFIGURATION", message: /^spark\.key should be .*, but was 'ab'\.$/ });
  }
  for (const text of ["1.5", "", "1e3", "constructor", "9".repeat(20)]) {
    assert.throws(() => conf.set("spark.key", text).getInt("spark.key"), { code: "DSTREAMS_CONFIGURATION" }, text);
  }
});

test("keys and values that cannot be stored", () => {
  const code = "DSTREAMS_ILLEGAL_ARGUMENT";
  assert.throws(() => empty().set("spark.a", null as never), { code, message: /spark\.a.*not null/ });
  assert.throws(() => empty().set("spark.a", {} as never), { code, message: /not object/ });
  assert.throws(() => empty().set("", "x"), { code });
});

test("toDebugString is sorted and hides secrets", () => {
  const conf = empty().setAll({ "spark.z": "1", "spark.db.password": "x1", "spark.a": "2" });
  assert.equal(conf.toDebugString(), "spark.a=2\nspark.db.password=*********(redacted)\nspark.z=1");
  conf.set("spark.redaction.regex", "(?i)^SPARK\\.Z");
  assert.match(conf.toDebugString(), /^spark\.a=2\nspark\.db\.password=x1\n.*\nspark\.z=\*+\(redacted\)$/);
  assert.throws(() => conf.set("spark.redaction.regex", "(").toDebugString(), { code: "DSTREAMS_CONFIGURATION" });
});
