/** `dstreams-driver`, which Spark starts in cluster deploy mode. That it works there: test/spark/yarn.spark.ts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { root, start } from "./support/run.ts";

const driver = [join(root, "src/cli/driver.ts"), "dstreams.py", "main.ts"];

test("who starts it by hand is told what does", async () => {
  const { code, stderr } = await start(driver).ended;
  assert.equal(code, 1);
  assert.match(stderr, /^Error: This program is started by Spark\. Write: dstreams submit --deploy-mode cluster/);
});

test("it ends with the JVM that has started it, which holds the other end of its standard input", async () => {
  const gateway = createServer().listen(0, "127.0.0.1");
  await once(gateway, "listening");
  const { port } = gateway.address() as AddressInfo;
  const running = start(driver, { env: { PYSPARK_GATEWAY_PORT: `${port}`, PYSPARK_GATEWAY_SECRET: "secret" } });
  const [connection] = await once(gateway, "connection");
  running.process.stdin.end();
  const { code } = await running.ended;
  assert.equal(code, 1);
  connection.destroy();
  gateway.close();
});
