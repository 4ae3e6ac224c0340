/** Hadoop's settings, and which NameNodes an address means by them. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, beforeEach, describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { HadoopConf, hadoopConf, setHadoopConf } from "../../src/storage/hadoop-conf.ts";
import { locate } from "../../src/storage/hdfs/address.ts";
import { schemeOf } from "../../src/storage/registry.ts";
import { configured, failsWith } from "./support.ts";

const of = (settings: Record<string, string> = {}): HadoopConf => new HadoopConf(new Map(Object.entries(settings)));

describe("settings", () => {
  const folder = mkdtempSync(join(tmpdir(), "dstreams-conf-"));
  after(() => {
    delete process.env["HADOOP_CONF_DIR"];
    setHadoopConf([]);
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    process.env["HADOOP_CONF_DIR"] = folder;
    setHadoopConf([]);
  });

  const site = (file: string, properties: string): void =>
    writeFileSync(
      join(folder, file),
      `<?xml version="1.0"?>\n<!-- x -->\n<configuration>${properties}</configuration>`,
    );
  const property = (name: string, value: string): string =>
    `<property>\n <name>${name}</name>\n <value>\n${value}</value><final>true</final>\n</property>`;

  test("come from core-site.xml, hdfs-site.xml, and spark.hadoop.*, the last of which wins", () => {
    site("core-site.xml", property("a", "core &amp; &lt;more&gt;") + property("b", "core") + property("c", "0123"));
    site("hdfs-site.xml", property("b", "hdfs") + property("d", "hdfs"));
    setHadoopConf([...configured({ d: "program" }), ["spark.other", "x"]]);
    const conf = hadoopConf();
    assert.deepEqual(
      ["a", "b", "c", "d", "other"].map(name => conf.get(name)),
      ["core & <more>", "hdfs", "0123", "program", undefined],
    );
    assert.equal(hadoopConf(), conf, "the same until others are set");
    setHadoopConf([]);
    assert.equal(hadoopConf().get("d"), "hdfs");
  });

  test("of a file without properties, and of one that is broken", () => {
    site("core-site.xml", "");
    site("hdfs-site.xml", property("b", "one"));
    assert.equal(hadoopConf().get("b"), "one");
    setHadoopConf([]);
    site("core-site.xml", "<property>");
    assert.throws(() => hadoopConf(), failsWith("DSTREAMS_CONFIGURATION", /Cannot read .*core-site\.xml/));
  });

  test("reach the workers", async () => {
    delete process.env["HADOOP_CONF_DIR"];
    setHadoopConf(configured({ "fs.defaultFS": "hdfs://nn" }));
    const module = JSON.stringify(new URL("../../src/storage/registry.ts", import.meta.url).href);
    const code = `import { parentPort } from "node:worker_threads"; import { schemeOf } from ${module};
      parentPort.postMessage([schemeOf("books"), schemeOf("/a:b"), schemeOf("file:/x")]);`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const said = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
    assert.deepEqual(said, ["hdfs", "hdfs", "file"]);
    setHadoopConf([]);
    assert.equal(schemeOf("books"), "file");
  });

  test("refer to each other, to the environment and to Java's properties", () => {
    process.env["DSTREAMS_TEST"] = "env";
    const conf = of({
      a: "${b}/${env.DSTREAMS_TEST}/${user.name}",
      b: "${c}${user.home}",
      c: "c",
      round: "${round}",
      none: "${none.at.all} ${constructor}",
    });
    assert.equal(conf.get("a"), `c${homedir()}/env/${userInfo().username}`);
    assert.equal(conf.get("round"), "${round}");
    assert.equal(conf.get("none"), "${none.at.all} ${constructor}");
  });

  test("of a type", () => {
    const conf = of({ n: "12", m: "64m", yes: "TRUE", list: " a, b,,c ", bad: "x" });
    assert.deepEqual([conf.integer("n", 1), conf.integer("none", 1)], [12, 1]);
    assert.deepEqual([conf.size("n", 1), conf.size("m", 1), conf.size("none", 1)], [12, 64 << 20, 1]);
    assert.deepEqual([conf.boolean("yes", false), conf.boolean("none", false)], [true, false]);
    assert.deepEqual(conf.list("list"), ["a", "b", "c"]);
    for (const read of [() => conf.integer("bad", 1), () => conf.size("bad", 1), () => conf.boolean("bad", true)])
      assert.throws(read, failsWith("DSTREAMS_CONFIGURATION", /^bad should be .*'x'/));
  });
});

describe("the NameNodes of", () => {
  const nodes = (uri: string, settings: Record<string, string> = {}): string =>
    locate(uri, of(settings)).cluster.nameNodes.join(" ");

  test("an address without any configuration: the usual port", () => {
    assert.equal(nodes("hdfs://nn:8020/x"), "http://nn:9870");
    assert.equal(nodes("hdfs://nn/x"), "http://nn:9870");
    assert.equal(nodes("HDFS://nn:1234"), "http://nn:9870");
    assert.equal(nodes("webhdfs://nn:5070/x"), "http://nn:5070");
    assert.equal(nodes("webhdfs://nn/x"), "http://nn:9870");
    assert.deepEqual(locate("hdfs://nn/x", of()).cluster, {
      root: "hdfs://nn",
      nameNodes: ["http://nn:9870"],
      guessed: true,
    });
  });

  test("an address that configuration knows", () => {
    const http = { "dfs.namenode.http-address": "web:5070" };
    assert.equal(nodes("hdfs://nn:8020/x", http), "http://web:5070");
    assert.equal(nodes("hdfs://nn/x", { ...http, "fs.defaultFS": "hdfs://nn:8020" }), "http://web:5070");
    assert.equal(nodes("hdfs://other/x", { ...http, "fs.defaultFS": "hdfs://nn:8020" }), "http://other:9870");
    assert.equal(nodes("hdfs://nn/x", { ...http, "dfs.namenode.rpc-address": "nn:8020" }), "http://web:5070");
    assert.equal(nodes("hdfs://nn/x", { "dfs.namenode.http-address": "0.0.0.0:50070" }), "http://nn:50070");
  });

  test("a name service", () => {
    const settings = {
      "fs.defaultFS": "hdfs://cluster",
      "dfs.nameservices": "cluster,other",
      "dfs.ha.namenodes.cluster": "a, b",
      "dfs.namenode.http-address.cluster.a": "a:1",
      "dfs.namenode.rpc-address.cluster.b": "b:8020",
      "dfs.namenode.rpc-address.other": "o:8020",
      "dfs.namenode.http-address.other": "0.0.0.0:2",
    };
    assert.equal(nodes("hdfs://cluster/x", settings), "http://a:1 http://b:9870");
    assert.equal(nodes("webhdfs://cluster/x", settings), "http://a:1 http://b:9870");
    assert.equal(nodes("hdfs:///x", settings), "http://a:1 http://b:9870");
    assert.equal(nodes("hdfs://other/x", settings), "http://o:2");
    assert.equal(nodes("hdfs://b:8020/x", settings), "http://b:9870");
    const incomplete = { "dfs.nameservices": "c", "dfs.ha.namenodes.c": "x" };
    assert.throws(() => nodes("hdfs://c/x", incomplete), failsWith("DSTREAMS_CONFIGURATION", /http-address\.c\.x/));
  });

  test("an address without a host, or a path without a scheme: those of fs.defaultFS", () => {
    const settings = { "fs.defaultFS": "hdfs://nn:8020/", "dfs.user.home.dir.prefix": "/home" };
    assert.equal(nodes("hdfs:///x", settings), "http://nn:9870");
    assert.equal(locate("hdfs:/x/../y", of(settings)).path, "/y");
    assert.equal(locate("books/a b", of(settings)).path, `/home/${userInfo().username}/books/a b`);
    assert.equal(locate("/books/12:30", of(settings)).path, "/books/12:30");
    const incomplete = /Incomplete HDFS URI, no host: hdfs:\/\/\/x/;
    assert.throws(() => nodes("hdfs:///x"), failsWith("DSTREAMS_CONFIGURATION", incomplete));
    assert.throws(
      () => nodes("hdfs:///x", { "fs.defaultFS": "file:///" }),
      failsWith("DSTREAMS_CONFIGURATION", incomplete),
    );
  });

  test("a path from home: of HADOOP_USER_NAME, or of the driver's user, whom executors are told", t => {
    const conf = of({ "fs.defaultFS": "hdfs://nn" });
    t.after(() => ["HADOOP_USER_NAME", "SPARK_USER"].forEach(name => delete process.env[name]));
    process.env["SPARK_USER"] = "driver";
    assert.equal(locate("x", conf).path, "/user/driver/x");
    process.env["HADOOP_USER_NAME"] = "somebody";
    assert.equal(locate("x", conf).path, "/user/somebody/x");
  });

  test("a cluster that speaks HTTPS only", () => {
    const settings = { "dfs.http.policy": "HTTPS_ONLY" };
    assert.throws(() => nodes("hdfs://nn/x", settings), failsWith("DSTREAMS_UNSUPPORTED", /HTTPS only/));
  });
});
