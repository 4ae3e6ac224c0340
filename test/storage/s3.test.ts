/** The storage `s3:` on a real S3-compatible server, and programs on it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { s3, type S3 } from "../../scripts/services/s3.ts";
import type { SparkContext } from "../../src/index.ts";
import { expandGlob } from "../../src/storage/glob.ts";
import { setHadoopConf } from "../../src/storage/hadoop-conf.ts";
import { s3Storage as storage } from "../../src/storage/s3/s3.ts";
import { assertHealthy, newContext, newStream } from "../product/support/stream.ts";
import { startServer } from "../support/servers.ts";
import { bytesOf, checkNames, configured, failsWith, put } from "./support.ts";

const { skip, place, server } = await startServer(s3);
const { endpoint, access, secret, bucket } = skip === false ? server.endpoints : ({} as S3["endpoints"]);
const root = `s3a://${bucket}`;

const settings = {
  "fs.s3a.endpoint": String(endpoint).replace("http://", ""),
  "fs.s3a.connection.ssl.enabled": "false",
  "fs.s3a.path.style.access": "true",
  "fs.s3a.access.key": access,
  "fs.s3a.secret.key": secret,
  "fs.s3a.multipart.size": "5m",
};

describe("s3:", { skip }, () => {
  const use = (others: Record<string, string | number> = {}): void =>
    setHadoopConf(configured({ ...settings, ...others }));
  let again: Promise<S3> | undefined;
  before(() => use());
  after(async () => {
    setHadoopConf([]);
    await (await again)?.processes[0]?.stop("SIGKILL");
  });

  test("names are taken letter by letter", async () => {
    const names = ["with space", "%20 %", "a#b?c", "日本 é 🎉", "a+b&c=d;e", "12:30.txt", 'it\'s "x"', "[x]{y}*"];
    await checkNames(storage, `${root}/names`, names);
    await storage.rename(`${root}/names`, `${root}/other names`);
    assert.equal(await storage.status(`${root}/names`), undefined);
    for (const name of names) assert.equal(await bytesOf(storage, `${root}/other names/${name}`), name);
  });

  test("directories: made, seen by what is in them, listed, removed with all below", async () => {
    await storage.mkdirs(`${root}/made`);
    assert.deepEqual(await storage.list(`${root}/made`), []);
    await put(storage, `s3://${bucket}/tree/a/b/c`, "deep");
    await put(storage, `${root}/tree/file`, "12345");
    assert.deepEqual(
      (await storage.list(`${root}/tree`)).map(({ path, size, isDirectory }) => ({ path, size, isDirectory })),
      [
        { path: `${root}/tree/a`, size: 0, isDirectory: true },
        { path: `${root}/tree/file`, size: 5, isDirectory: false },
      ],
    );
    assert.equal((await storage.status(`${root}/tree/a/`))?.isDirectory, true);
    assert.equal((await storage.status(`${root}/tre`)) ?? "none", "none");
    assert.ok((await storage.list(`${root}/`)).some(({ name, isDirectory }) => name === "tree" && isDirectory));
    assert.deepEqual(
      (await expandGlob(storage, `${root}/t*/{fi,x}le`)).map(({ path }) => path),
      [`${root}/tree/file`],
    );
    await storage.remove(`${root}/tree`);
    assert.equal(await storage.status(`${root}/tree/a/b/c`), undefined);
    await storage.remove(`${root}/never`);
    await assert.rejects(async () => storage.remove(root), failsWith("DSTREAMS_STORAGE", /root/));
  });

  test("a listing of more entries than one answer holds", async () => {
    const names = Array.from({ length: 1003 }, (_, i) => `f${String(i).padStart(5, "0")}`);
    for (let i = 0; i < names.length; i += 16)
      await Promise.all(names.slice(i, i + 16).map(name => put(storage, `${root}/many/${name}`, "")));
    assert.deepEqual(
      (await storage.list(`${root}/many`)).map(({ name }) => name),
      names,
    );
    await storage.remove(`${root}/many`);
    assert.equal(await storage.status(`${root}/many`), undefined);
  });

  test("large files go in parts, appear when complete, or never", async () => {
    const path = `${root}/large`;
    const buffer = Buffer.alloc(1 << 20);
    const writer = await storage.create(path);
    for (let i = 0; i < 12; i++) await writer.write(buffer.fill(i));
    assert.equal(await storage.status(path), undefined);
    await writer.close();
    assert.equal((await storage.status(path))?.size, 12 << 20);
    let at = 0;
    for await (const chunk of storage.read(path, 3, Number.POSITIVE_INFINITY)) {
      for (const byte of chunk) if (byte !== (at++ + 3) >> 20) assert.fail(`byte ${at + 2} is ${byte}`);
    }
    assert.equal(at, (12 << 20) - 3);
    const abandoned = await storage.create(`${root}/abandoned`);
    await abandoned.write(Buffer.alloc(6 << 20));
    await abandoned.discard();
    assert.equal(await storage.status(`${root}/abandoned`), undefined);
  });

  test("ranges are read as far as the object goes; a rename replaces, and gives a new time", async () => {
    const path = `${root}/range`;
    await put(storage, path, "0123456789");
    assert.equal(await bytesOf(storage, path, 3, 7), "3456");
    assert.equal(await bytesOf(storage, path, 8, 100), "89");
    assert.equal(await bytesOf(storage, path, 10), "");
    assert.equal(await bytesOf(storage, path, 5, 5), "");
    await put(storage, `${root}/empty`, "");
    assert.equal(await bytesOf(storage, `${root}/empty`), "");
    await put(storage, `${root}/to`, "old");
    await storage.rename(path, `${root}/to`);
    assert.equal(await bytesOf(storage, `${root}/to`), "0123456789");
    assert.equal(await storage.status(path), undefined);
  });

  test("a connection that breaks under a read: it goes on at the same byte", async () => {
    const content = Buffer.from(
      Array.from({ length: 2_000_000 }, (_, i) => `${String(i).padStart(9, "0")}\n`).join(""),
    );
    await put(storage, `${root}/numbers`, content);
    const chunks: Buffer[] = [];
    for await (const chunk of storage.read(`${root}/numbers`, 0, Number.POSITIVE_INFINITY)) {
      chunks.push(Buffer.from(chunk));
      if (again !== undefined) continue;
      await server.processes[0]?.stop("SIGKILL");
      again = s3.start(place);
    }
    assert.ok(Buffer.concat(chunks).equals(content));
  });

  test("what is missing, refused, or not there at all", async () => {
    const missing = failsWith("DSTREAMS_PATH_NOT_FOUND", /Cannot read s3a:.*none: it does not exist/);
    await assert.rejects(bytesOf(storage, `${root}/none`), missing);
    await assert.rejects(storage.list(`${root}/none`), failsWith("DSTREAMS_PATH_NOT_FOUND", /Cannot list/));
    await assert.rejects(storage.list(`${root}/to`), failsWith("DSTREAMS_STORAGE", /it is a file/));
    await assert.rejects(storage.rename(`${root}/none`, `${root}/x`), failsWith("DSTREAMS_PATH_NOT_FOUND", /rename/));
    await assert.rejects(
      put(storage, "s3://no-such-bucket/x", "x"),
      failsWith("DSTREAMS_PATH_NOT_FOUND", /the bucket does not exist/),
    );
    await assert.rejects(async () => storage.status("s3:///x"), failsWith("DSTREAMS_ILLEGAL_ARGUMENT", /No bucket/));
    use({ [`fs.s3a.bucket.${bucket}.secret.key`]: "wrong" });
    await assert.rejects(put(storage, `${root}/x`, "x"), failsWith("DSTREAMS_STORAGE", /the secret key is wrong/));
    use({ "fs.s3a.endpoint": "127.0.0.1:1", "fs.s3a.attempts.maximum": 1, "dstreams.storage.patience": 0 });
    await assert.rejects(bytesOf(storage, `${root}/to`), failsWith("DSTREAMS_STORAGE", /ECONNREFUSED/));
    setHadoopConf(configured({ "fs.s3a.access.key": "only" }));
    await assert.rejects(async () => storage.status(root), failsWith("DSTREAMS_CONFIGURATION", /secret.key/));
    use();
  });

  test("programs: files in and out, and a stream", async () => {
    const sc: SparkContext = newContext(
      "local[2]",
      Object.fromEntries(configured({ ...settings, "fs.s3a.block.size": "64k" })),
    );
    try {
      const numbers = Array.from({ length: 50_000 }, (_, i) => i);
      await sc.parallelize(numbers, 3).saveAsTextFile(`${root}/saved`);
      const read = sc.textFile(`${root}/saved/part-*`);
      assert.ok((await read.getNumPartitions()) > 3);
      assert.deepEqual((await read.collect()).map(Number), numbers);
      await assert.rejects(sc.parallelize([1]).saveAsTextFile(`${root}/saved`), { code: "DSTREAMS_PATH_EXISTS" });

      await put(storage, `${root}/stream/before`, "old");
      const created = (await storage.status(`${root}/stream/before`))?.modified ?? 0;
      await using stream = newStream(sc, created);
      const seen: string[] = [];
      stream.ssc.textFileStream(`${root}/stream`).foreachRDD(async rdd => {
        seen.push(...(await rdd.collect()));
      });
      await stream.ssc.start();
      await stream.batches(2);
      let modified = created;
      while (modified <= created) {
        // S3's times are whole seconds
        await put(storage, `${root}/stream/after`, "new");
        modified = (await storage.status(`${root}/stream/after`))?.modified ?? 0;
      }
      await stream.batches(Math.max(0, Math.ceil((modified - stream.clock.now()) / 1000)) + 2);
      await assertHealthy(stream.ssc);
      assert.deepEqual(seen, ["new"]);
    } finally {
      await sc.stop();
      use();
    }
  });
});
