/** A Spark that cannot start: what is said, and that nothing waits for it. */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { freePorts } from "../../../scripts/services/service.ts";
import { sparkForTests, sparkVersions } from "../../support/spark-homes.ts";
import { errorOf, sparkContext } from "./contexts.ts";

const { home, skip } = await sparkForTests("4.3.0");

describe("Spark cannot start", { skip }, () => {
  const before = { PATH: process.env["PATH"], JAVA_HOME: process.env["JAVA_HOME"] };
  afterEach(() => {
    for (const [key, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[key];
      else process.env[key] = value;
    }
  });

  for (const [what, code, message, home_, env] of [
    ["its home is wrong", "DSTREAMS_SPARK_NOT_FOUND", /\/no\/such\/spark/, "/no/such/spark", {}],
    [
      "there is no Java",
      "DSTREAMS_SPARK_START",
      /There is no Java where Spark looks for it: install a JDK/,
      home,
      { JAVA_HOME: "/no/such/java" },
    ],
  ] as const) {
    test(`because ${what}: every job says so, and the context can be stopped`, async () => {
      Object.assign(process.env, env);
      const sc = sparkContext(home_, "local[1]");
      for (let time = 0; time < 2; time++) {
        const error = await errorOf(sc.parallelize([1]).count());
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
      }
      await sc.stop();
    });
  }

  test("because no master answers: after Spark has tried for a minute, it says so", async () => {
    const { master } = await freePorts(["master"]);
    const sc = sparkContext(home, `spark://127.0.0.1:${master}`);
    const error = await errorOf(sc.parallelize([1]).count());
    assert.equal(error.code, "DSTREAMS_SPARK_START", error.message);
    assert.match(error.message, /^No master answers at spark\.master: does it run, is its port right/);
    await sc.stop();
  });

  test("a stop does not wait for a master that does not answer", async () => {
    const { master } = await freePorts(["master"]);
    const sc = sparkContext(home, `spark://127.0.0.1:${master}`);
    const failing = errorOf(sc.parallelize([1]).count());
    const began = performance.now();
    await new Promise(resolve => setTimeout(resolve, 1));
    await sc.stop();
    assert.equal((await failing).code, "DSTREAMS_CANCELLED");
    assert.ok(performance.now() - began < 45_000, "that is the start of a JVM, not the minute that Spark tries");
  });
});

test("two versions of Spark, one after the other, in one process", { skip }, async () => {
  for (const version of [...sparkVersions, sparkVersions[0]]) {
    const sc = sparkContext((await sparkForTests(version)).home, "local[2]", { "spark.dstreams.keepJvm": "true" });
    const pairs = sc.parallelize([1, 2, 3, 4], 2).map((n): [number, number] => [n % 2, n]);
    assert.deepEqual((await pairs.reduceByKey((a, b) => a + b).collect()).sort(), [
      [0, 6],
      [1, 4],
    ]);
    await sc.stop();
  }
});
