/** The storage `hdfs:` on a real NameNode and DataNode. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { hdfs } from "../../scripts/services/hdfs.ts";
import { setHadoopConf } from "../../src/storage/hadoop-conf.ts";
import { expandGlob } from "../../src/storage/glob.ts";
import { hdfsStorage as storage } from "../../src/storage/hdfs/hdfs.ts";
import { startServer } from "../support/servers.ts";
import { bytesOf, configured, failsWith, put } from "./support.ts";

const { skip, server } = await startServer(hdfs);
const { fs, http, conf } = skip === false ? server.endpoints : { fs: "", http: "", conf: "" };
const root = `${fs}/tmp`;
const settings = { "dfs.namenode.http-address": http.replace("http://", "") };

describe("hdfs:", { skip }, () => {
  before(() => setHadoopConf(configured(settings)));
  after(() => setHadoopConf([]));

  test("names are taken letter by letter", async () => {
    // no colons: HDFS has none in names
    const names = ["with space", "%20 %", "a#b?c", "日本 é 🎉", "a+b&c=d;e", 'it\'s "x"', "[x]{y}*", "back\\slash"];
    for (const name of names) {
      const path = `${root}/names/${name}`;
      await put(storage, path, name);
      assert.equal(await bytesOf(storage, path), name);
      assert.equal((await storage.status(path))?.name, name);
    }
    const listed = await storage.list(`${root}/names`);
    assert.deepEqual(new Set(listed.map(entry => entry.name)), new Set(names));
    for (const { path, name } of listed) assert.equal(await bytesOf(storage, path), name);
  });

  test("status tells size, time, block size, and what is a directory", async () => {
    const begin = Date.now();
    await put(storage, `${root}/status/file`, "12345");
    const file = await storage.status(`${root}/status/file`);
    assert.deepEqual(
      { ...file, modified: 0 },
      { path: `${root}/status/file`, name: "file", size: 5, modified: 0, isDirectory: false, blockSize: 128 << 20 },
    );
    assert.ok(file && file.modified >= begin - 1 && file.modified <= Date.now() + 1);
    const directory = await storage.status(`${root}/status/`);
    assert.equal(directory?.isDirectory, true);
    assert.equal(directory.path, `${root}/status`);
    assert.equal((await storage.status(`${fs}/`))?.isDirectory, true);
    assert.equal(await storage.status(`${root}/status/none`), undefined);
    assert.equal(await storage.status(`${root}/status/file/below`), undefined);
  });

  test("a file appears when it is complete, not before; a discarded one never", async () => {
    const path = `${root}/deep/er/file`;
    const visible = async (): Promise<string[]> =>
      (await storage.list(`${root}/deep/er`)).map(({ name }) => name).filter(name => !name.startsWith("."));
    const writer = await storage.create(path);
    await writer.write(Buffer.alloc(9 << 20, "x")); // more than is held back
    await writer.write(Buffer.from("half"));
    assert.equal(await storage.status(path), undefined);
    assert.deepEqual(await visible(), []);
    await writer.write(Buffer.from("whole"));
    await writer.close();
    assert.equal((await storage.status(path))?.size, (9 << 20) + 9);
    assert.equal(await bytesOf(storage, path, 9 << 20), "halfwhole");

    await put(storage, path, "replaced");
    assert.equal(await bytesOf(storage, path), "replaced");

    for (const size of [1, 9 << 20]) {
      const abandoned = await storage.create(path);
      await abandoned.write(Buffer.alloc(size));
      await abandoned.discard();
    }
    assert.deepEqual(
      (await storage.list(`${root}/deep/er`)).map(({ name }) => name),
      ["file"],
    );
  });

  test("the memory of a write may be used again", async () => {
    const buffer = Buffer.alloc(1 << 20);
    const writer = await storage.create(`${root}/reused`);
    for (let i = 0; i < 20; i++) await writer.write(buffer.fill(i));
    await writer.close();
    let at = 0;
    for await (const chunk of storage.read(`${root}/reused`, 0, Number.POSITIVE_INFINITY)) {
      for (const byte of chunk) if (byte !== at++ >> 20) assert.fail(`byte ${at - 1} is ${byte}`);
    }
    assert.equal(at, 20 << 20);
  });

  test("ranges are read as far as the file goes, across blocks", async () => {
    setHadoopConf(configured({ ...settings, "dfs.blocksize": "64k" }));
    const content = "0123456789".repeat(20_000);
    await put(storage, `${root}/range`, content);
    setHadoopConf(configured(settings));
    const path = `${root}/range`;
    assert.equal((await storage.status(path))?.blockSize, 65_536);
    assert.equal(await bytesOf(storage, path, 3, 7), "3456");
    assert.equal(await bytesOf(storage, path, 65_530, 131_080), content.slice(65_530, 131_080));
    assert.equal(await bytesOf(storage, path, 199_999), "9");
    assert.equal(await bytesOf(storage, path, 199_999, 300_000), "9");
    assert.equal(await bytesOf(storage, path, 200_000), "");
    assert.equal(await bytesOf(storage, path, 500_000), "");
    assert.equal(await bytesOf(storage, path, 5, 5), "");
    assert.equal(await bytesOf(storage, path), content);
    await put(storage, `${root}/empty`, "");
    assert.equal(await bytesOf(storage, `${root}/empty`), "");
  });

  test("who leaves a read early leaves no connection open", async () => {
    await put(storage, `${root}/long`, Buffer.alloc(30 << 20, "x"));
    for await (const chunk of storage.read(`${root}/long`, 0, Number.POSITIVE_INFINITY)) {
      assert.ok(chunk.length > 0);
      break;
    }
    const connected = process.getActiveResourcesInfo().filter(kind => kind === "TCPSocketWrap");
    assert.ok(connected.length <= 1, String(connected)); // the NameNode's, which is kept
  });

  test("a listing of more entries than one answer holds, and patterns over it", async () => {
    const directory = `${root}/many`;
    await storage.mkdirs(directory);
    const names = Array.from({ length: 1205 }, (_, i) => `d${String(i).padStart(5, "0")}`);
    for (let i = 0; i < names.length; i += 16)
      await Promise.all(names.slice(i, i + 16).map(name => storage.mkdirs(`${directory}/${name}`)));
    assert.deepEqual(
      (await storage.list(directory)).map(({ name }) => name),
      names,
    );
    const found = await expandGlob(storage, `${root}/ma*/d0{00,12}0[2-4]`);
    assert.deepEqual(
      found.map(({ path }) => path.slice(directory.length + 1)),
      ["d00002", "d00003", "d00004", "d01202", "d01203", "d01204"],
    );
  });

  test("rename replaces a file, moves a directory; remove is content with nothing; the root stays", async () => {
    await put(storage, `${root}/from`, "new");
    await put(storage, `${root}/to`, "old");
    const { modified } = (await storage.status(`${root}/from`)) ?? { modified: 0 };
    await storage.rename(`${root}/from`, `${root}/to`);
    assert.equal(await bytesOf(storage, `${root}/to`), "new");
    assert.equal((await storage.status(`${root}/to`))?.modified, modified, "a rename keeps the modification time");
    assert.equal(await storage.status(`${root}/from`), undefined);
    await storage.rename(`${root}/names`, `${root}/renamed`);
    assert.ok((await storage.list(`${root}/renamed`)).length > 0);
    await assert.rejects(
      storage.rename(`${root}/from`, `${root}/x`),
      failsWith("DSTREAMS_PATH_NOT_FOUND", /rename hdfs:.*from.*does not exist/),
    );
    await storage.remove(`${root}/never`);
    await storage.remove(`${root}/renamed`);
    assert.equal(await storage.status(`${root}/renamed`), undefined);
    await assert.rejects(storage.remove(`${fs}/`), failsWith("DSTREAMS_STORAGE", /root/));
  });

  test("what is missing or of another kind", async () => {
    await put(storage, `${root}/plain`, "x");
    await assert.rejects(
      bytesOf(storage, `${root}/missing`),
      failsWith("DSTREAMS_PATH_NOT_FOUND", /Cannot read hdfs:.*missing: it does not exist/),
    );
    await assert.rejects(storage.list(`${root}/missing`), failsWith("DSTREAMS_PATH_NOT_FOUND", /Cannot list/));
    await assert.rejects(storage.list(`${root}/plain`), failsWith("DSTREAMS_STORAGE", /it is a file/));
    await assert.rejects(bytesOf(storage, root), failsWith("DSTREAMS_STORAGE", /tmp: it is a directory/));
    await assert.rejects(
      put(storage, `${root}/plain/below`, "x"),
      failsWith("DSTREAMS_STORAGE", /Cannot write hdfs:.*plain\/below: .*file/),
    );
    await assert.rejects(storage.mkdirs(`${root}/plain`), failsWith("DSTREAMS_STORAGE", /is a file/));
  });

  test("the user is HADOOP_USER_NAME, who may not do everything", async () => {
    process.env["HADOOP_USER_NAME"] = "somebody";
    setHadoopConf(configured(settings)); // connections are by user
    try {
      assert.equal(storage.qualify(`hdfs:${fs.slice(5)}/x`), `${fs}/x`);
      await assert.rejects(
        storage.mkdirs(`${fs}/user/x`),
        failsWith("DSTREAMS_STORAGE", /permission denied to user somebody.*HADOOP_USER_NAME.*access=WRITE/),
      );
      await assert.rejects(
        put(storage, `${fs}/user/x`, "x"),
        failsWith("DSTREAMS_STORAGE", /Cannot write .*permission denied/),
      );
      await put(storage, `${root}/mine`, "x"); // everybody may
      assert.equal(await bytesOf(storage, `${root}/mine`), "x");
    } finally {
      delete process.env["HADOOP_USER_NAME"];
      setHadoopConf(configured(settings));
    }
  });

  test("HADOOP_CONF_DIR says which HDFS it is, and where it speaks HTTP", async () => {
    process.env["HADOOP_CONF_DIR"] = conf;
    setHadoopConf([]);
    try {
      assert.equal(storage.qualify("hdfs:///a/../b//c/./d"), `${fs}/b/c/d`);
      assert.equal(storage.qualify("books"), `${fs}/user/${userInfo().username}/books`);
      await put(storage, "relative", "to my home");
      assert.equal(await bytesOf(storage, `hdfs:///user/${userInfo().username}/relative`), "to my home");
    } finally {
      delete process.env["HADOOP_CONF_DIR"];
      setHadoopConf(configured(settings));
    }
  });

  test("the wrong port, and another server's", async () => {
    const rpc = fs.replace("hdfs:", "webhdfs:");
    await assert.rejects(storage.status(`${rpc}/x`), failsWith("DSTREAMS_STORAGE", /not WebHDFS.*Hadoop IPC port/));
    const page = createServer((_, response) => response.writeHead(404).end("<html>no such page</html>"));
    await once(page.listen(0, "127.0.0.1"), "listening");
    const other = `webhdfs://127.0.0.1:${(page.address() as AddressInfo).port}`;
    await assert.rejects(storage.list(`${other}/`), failsWith("DSTREAMS_STORAGE", /not WebHDFS \(404: no such page\)/));
    page.removeAllListeners("request").on("request", (_, response) => {
      response.writeHead(401, { "www-authenticate": "Negotiate" }).end();
    });
    await assert.rejects(storage.list(`${other}/`), failsWith("DSTREAMS_UNSUPPORTED", /Kerberos.*delegation token/));
    page.close();
    page.closeAllConnections();
  });

  test("nobody listens, and no such host", async () => {
    setHadoopConf(configured({ "dstreams.storage.patience": 1 }));
    await assert.rejects(
      storage.status("hdfs://127.0.0.9:8020/x"),
      failsWith(
        "DSTREAMS_STORAGE",
        /Cannot look at hdfs:.*nobody answers at http:.*9870 \(ECONNREFUSED\).*http-address/,
      ),
    );
    setHadoopConf(
      configured({ ...settings, "dstreams.storage.patience": 1, "dfs.namenode.http-address": "127.0.0.1:1" }),
    );
    await assert.rejects(storage.status(`${fs}/x`), failsWith("DSTREAMS_STORAGE", /127\.0\.0\.1:1 \(ECONNREFUSED\)$/));
    await assert.rejects(
      storage.status("webhdfs://no-such-host.invalid/x"),
      failsWith("DSTREAMS_STORAGE", /there is no host no-such-host.invalid.*HADOOP_CONF_DIR/),
    );
    setHadoopConf(configured(settings));
  });

  test("a delegation token file is read, and its token sent in place of a name", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dstreams-token-"));
    const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
    const token = Buffer.concat([
      text("identifier"),
      text("password"),
      text("HDFS_DELEGATION_TOKEN"),
      text("ha-hdfs:c"),
    ]);
    const file = Buffer.concat([Buffer.from("HDTS\0"), Buffer.from([1]), text("alias"), token, Buffer.from([0])]);
    writeFileSync(join(folder, "token"), file);
    const asked: string[] = [];
    const nameNode = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end('{"FileStatus":{"type":"FILE","length":1,"modificationTime":2,"blockSize":3}}');
    });
    await once(nameNode.listen(0, "127.0.0.1"), "listening");
    process.env["HADOOP_TOKEN_FILE_LOCATION"] = join(folder, "token");
    try {
      const { port } = nameNode.address() as AddressInfo;
      assert.equal((await storage.status(`webhdfs://127.0.0.1:${port}/x`))?.size, 1);
      assert.deepEqual(asked, [`/webhdfs/v1/x?op=GETFILESTATUS&delegation=${token.toString("base64url")}`]);
      writeFileSync(join(folder, "token"), file.subarray(0, 30));
      setHadoopConf(configured(settings));
      await assert.rejects(
        storage.status(`webhdfs://127.0.0.1:${port}/x`),
        failsWith("DSTREAMS_CONFIGURATION", /cut short/),
      );
    } finally {
      delete process.env["HADOOP_TOKEN_FILE_LOCATION"];
      setHadoopConf(configured(settings));
      nameNode.close();
      nameNode.closeAllConnections();
      rmSync(folder, { recursive: true });
    }
  });
});
