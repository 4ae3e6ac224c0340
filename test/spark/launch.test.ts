/** How Spark's driver JVM starts, how it does not, and that it never outlives the process that has started it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { guard } from "../../scripts/services/process.ts";
import { parseProperties } from "../../src/conf/properties.ts";
import { Connection, type GatewayAddress } from "../../src/engine/spark/gateway/connection.ts";
import { Gateway } from "../../src/engine/spark/gateway/gateway.ts";
import { launch } from "../../src/engine/spark/gateway/launch.ts";
import { long } from "../../src/engine/spark/gateway/parts.ts";
import { sparkForTests } from "../support/spark-homes.ts";

const folder = mkdtempSync(join(tmpdir(), "dstreams-launch-"));
guard(folder);
after(() => rmSync(folder, { recursive: true, force: true }));

/** A home whose spark-submit is a shell script. */
function fake(script: string, mode = 0o755): string {
  const home = mkdtempSync(join(folder, "home-"));
  mkdirSync(join(home, "bin"));
  writeFileSync(join(home, "bin/spark-submit"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(home, "bin/spark-submit"), mode);
  return home;
}

const notStarted = (message: RegExp) => ({ code: "DSTREAMS_SPARK_START", message });

describe("spark-submit", () => {
  test("is given the options, a private place for its address, and a way to one Spark only", async () => {
    const lines: string[] = [];
    const home = fake(
      'echo "$@"; echo "$SPARK_HOME $SPARK_CONNECT_MODE $OURS,$SPARK_REMOTE,$PYSPARK_GATEWAY_SECRET"\n' +
        'echo "$_PYSPARK_DRIVER_CONN_INFO_PATH"; ls -ld "$(dirname "$_PYSPARK_DRIVER_CONN_INFO_PATH")" | cut -c1-10; exit 1',
    );
    const env = {
      OURS: "ours",
      SPARK_REMOTE: "sc://elsewhere",
      PYSPARK_GATEWAY_SECRET: "another",
      SPARK_HOME: "/elsewhere",
    };
    await assert.rejects(launch({ home, args: ["--name", "a b"], env, onLine: line => lines.push(line) }));
    const [said, surroundings, path = "", mode] = lines;
    assert.deepEqual([said, surroundings, mode], ["--name a b pyspark-shell", `${home} 0 ours,,`, "drwx------"]);
    assert.ok(!existsSync(join(path, "..")));
  });

  test("is given the configuration in a file of this user's, not on the command line, with Spark's own defaults below it", async () => {
    const lines: string[] = [];
    const home = fake('echo "$@"; ls -l "$2" | cut -c1-10; cat "$2"; exit 1');
    mkdirSync(join(home, "conf"));
    writeFileSync(join(home, "conf/spark-defaults.conf"), "spark.a  default\nspark.b  default\n");
    const settings = [
      ["spark.b", "ours"],
      ["spark.my.password", 'hush = "hush"'],
    ] as const;
    await assert.rejects(launch({ home, args: [], settings, onLine: line => lines.push(line) }));
    const [command = "", mode, ...text] = lines;
    assert.match(command, /^--properties-file \S+ pyspark-shell$/);
    assert.equal(mode, "-rw-------");
    assert.deepEqual(Object.fromEntries(parseProperties(text.join("\n"))), {
      "spark.a": "default",
      ...Object.fromEntries(settings),
    });
  });

  test("that fails is told with its exit code, its first lines and its last", async () => {
    const home = fake("i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo line $i >&2; done; exit 3");
    await assert.rejects(launch({ home, args: [] }), (error: Error) => {
      assert.match(error.message, /ended \(exit code 3\) before it was ready/);
      assert.match(error.message, /It printed:\nline 1\n[^]*line 10\n… 40 more lines …\nline 51\n[^]*line 100$/);
      return true;
    });
  });

  test("that is no program", async () => {
    await assert.rejects(launch({ home: fake("", 0o644), args: [] }), notStarted(/EACCES.*cannot be run/));
  });

  test("that does not end by itself is killed", async () => {
    // The file is whole when it is there, as Spark's is.
    const file = '"$_PYSPARK_DRIVER_CONN_INFO_PATH"';
    const ready = `printf '\\0\\0\\0\\7\\0\\0\\0\\2ab' >${file}.part && mv ${file}.part ${file}`;
    const jvm = await launch({ home: fake(`${ready}; sleep 600`), args: [] });
    assert.deepEqual(jvm.address, { host: "127.0.0.1", port: 7, secret: "ab" });
    await jvm.stop(0);
    assert.equal(await jvm.ended, "signal SIGKILL");
  });
});

const program = fileURLToPath(new URL("programs/driver.ts", import.meta.url));

/** Runs the program with a driver JVM of its own. */
async function driver(
  home: string,
  then: "wait" | "end",
): Promise<{ child: ReturnType<typeof spawn>; address: GatewayAddress }> {
  const child = spawn(process.execPath, [program, home, then], { stdio: ["pipe", "pipe", "inherit"] });
  guard(child.pid as number);
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { child, address: JSON.parse(line) as GatewayAddress };
}

const { home: current, skip } = await sparkForTests("4.3.0");
const { home: older } = await sparkForTests("3.5.9");
const lost = { code: "DSTREAMS_SPARK_LOST" };

describe("a driver JVM", { skip }, () => {
  test("needs Java, and says so", async () => {
    const env = { JAVA_HOME: folder };
    await assert.rejects(
      launch({ home: current, args: [], env }),
      notStarted(/There is no Java where Spark looks for it/),
    );
  });

  test("that does not know an option says so", async () => {
    await assert.rejects(
      launch({ home: current, args: ["--nonsense"] }),
      notStarted(/does not know one of its options/),
    );
  });

  test("lets in who knows its secret, and ends with a process that ends by itself", async () => {
    const { child, address } = await driver(older, "end");
    try {
      await assert.rejects(Connection.open({ ...address, secret: "0".repeat(64) }), { code: "DSTREAMS_SPARK_GATEWAY" });
      const sleeping = (await Connection.open(address)).callStatic("java.lang.Thread", "sleep", long(600_000));
      child.stdin?.write("end");
      await assert.rejects(sleeping, lost);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("is connected to when the environment names it, and ends with a process that is killed", async () => {
    const { child, address } = await driver(current, "wait");
    try {
      process.env["PYSPARK_GATEWAY_PORT"] = String(address.port);
      process.env["PYSPARK_GATEWAY_SECRET"] = address.secret;
      const gateway = await Gateway.start();
      assert.equal(gateway.pid, undefined);
      const sleeping = gateway.control.callStatic("java.lang.Thread", "sleep", long(600_000));
      child.kill("SIGKILL");
      await assert.rejects(sleeping, { ...lost, message: /^The connection to Spark's driver JVM broke/ });
      await gateway.stop();
    } finally {
      delete process.env["PYSPARK_GATEWAY_PORT"];
      delete process.env["PYSPARK_GATEWAY_SECRET"];
      child.kill("SIGKILL");
    }
  });
});
