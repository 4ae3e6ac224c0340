import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { linkSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { localPath, localStorage as storage, removable } from "../../src/storage/local.ts";
import { loadedStorage, schemeOf, storageFor } from "../../src/storage/registry.ts";
import { failsWith, runUnprivileged, runWithFileLimit, bytesOf as textOf } from "./support.ts";

const root = await mkdtemp(join(tmpdir(), "dstreams-storage-"));
after(() => rm(root, { recursive: true, force: true }));

const bytesOf = (path: string, start?: number, end?: number): Promise<string> => textOf(storage, path, start, end);

test("paths: with a scheme, without, relative", () => {
  assert.equal(localPath("file:/a/b"), "/a/b");
  assert.equal(localPath("file:///a/b"), "/a/b");
  assert.equal(localPath("file://localhost/a/b/"), "/a/b");
  assert.equal(localPath("/a/./b/../c"), "/a/c");
  assert.equal(localPath("a"), join(process.cwd(), "a"));
  assert.equal(storage.qualify("/data/x"), "file:/data/x");
  assert.equal(storage.qualify("file:///data/x"), "file:/data/x");
  assert.throws(
    () => localPath(""),
    failsWith("DSTREAMS_ILLEGAL_ARGUMENT", /Can not create a Path from an empty string/),
  );
});

test("names are taken letter by letter", async () => {
  for (const name of [
    "with space",
    "%20 %",
    "a#b?c",
    "日本 é",
    "a:b",
    "12:30.txt",
    'it\'s "x"',
    "[x]{y}*",
    "new\nline",
  ]) {
    const path = join(root, "names", name);
    const writer = await storage.create(path);
    await writer.write(Buffer.from(name));
    await writer.close();
    assert.equal(await bytesOf(storage.qualify(path)), name);
    assert.equal((await storage.status(path))?.name, name);
    assert.equal(await readFile(path, "utf8"), name);
  }
  const listed = await storage.list(join(root, "names"));
  assert.equal(listed.length, 9);
  assert.deepEqual(
    listed.map(entry => entry.name),
    [...listed.map(entry => entry.name)].sort(),
  );
});

test("registry: by scheme, and clear words for the others", async () => {
  assert.equal(await storageFor("x/y"), storage);
  assert.equal(await storageFor("file:///x"), storage);
  assert.equal(loadedStorage("/x"), storage);
  assert.equal(schemeOf("12:30.txt"), "file");
  assert.equal(schemeOf("a:b"), "file");
  assert.equal(schemeOf("HDFS://host/x"), "hdfs");
  await assert.rejects(
    storageFor("constructor://x"),
    failsWith("DSTREAMS_STORAGE", /No file system for scheme "constructor".*one of: file:, hdfs:/),
  );
});

test("a file appears when it is complete, not before; a discarded one never", async () => {
  const path = join(root, "deep", "er", "file");
  const writer = await storage.create(path);
  await writer.write(Buffer.from("half"));
  assert.equal(await storage.status(path), undefined);
  const visible = (await storage.list(join(root, "deep", "er"))).filter(entry => !entry.name.startsWith("."));
  assert.deepEqual(visible, []);
  await writer.close();
  assert.equal(await bytesOf(path), "half");

  const replacing = await storage.create(path);
  await replacing.write(Buffer.from("whole"));
  assert.equal(await bytesOf(path), "half");
  await replacing.close();
  assert.equal(await bytesOf(path), "whole");

  const abandoned = await storage.create(path);
  await abandoned.discard();
  assert.deepEqual(await readdir(join(root, "deep", "er")), ["file"]);
});

test("ranges are read as far as the file goes", async () => {
  const path = join(root, "range");
  const content = "0123456789".repeat(20_000);
  await writeFile(path, content);
  assert.equal(await bytesOf(path, 3, 7), "3456");
  assert.equal(await bytesOf(path, 65_530, 131_080), content.slice(65_530, 131_080));
  assert.equal(await bytesOf(path, 199_999), "9");
  assert.equal(await bytesOf(path, 500_000), "");
  assert.equal(await bytesOf(path, 5, 5), "");
});

test("listing leaves out what leads nowhere and says what a directory is", async () => {
  const directory = join(root, "list");
  await mkdir(join(directory, "sub"), { recursive: true });
  await writeFile(join(directory, "a"), "abc");
  await symlink(join(directory, "gone"), join(directory, "dangling"));
  await symlink(join(directory, "loop"), join(directory, "loop"));
  const entries = await storage.list(directory);
  assert.deepEqual(
    entries.map(({ name, size, isDirectory }) => ({ name, size, isDirectory })),
    [
      { name: "a", size: 3, isDirectory: false },
      { name: "sub", size: 0, isDirectory: true },
    ],
  );
  assert.equal(entries[0]?.path, `file:${directory}/a`);
});

test("10,000 entries, while others remove them", async () => {
  const directory = join(root, "many");
  await mkdir(directory);
  const names = Array.from({ length: 10_000 }, (_, i) => `f${String(i).padStart(5, "0")}`);
  await writeFile(join(root, "one"), "");
  for (const name of names) linkSync(join(root, "one"), join(directory, name)); // quicker to make than as many files
  assert.equal((await storage.list(directory)).length, 10_000);
  const removing = Promise.all(names.filter((_, i) => i % 2 === 1).map(name => rm(join(directory, name))));
  const listed = new Set((await storage.list(directory)).map(entry => entry.name));
  await removing;
  assert.ok(names.filter((_, i) => i % 2 === 0).every(name => listed.has(name)));
  assert.equal((await storage.list(directory)).length, 5_000);
});

test("rename replaces, remove is content with nothing, the root stays", async () => {
  await writeFile(join(root, "from"), "new");
  await writeFile(join(root, "to"), "old");
  await storage.rename(join(root, "from"), join(root, "to"));
  assert.equal(await bytesOf(join(root, "to")), "new");
  await assert.rejects(
    storage.rename(join(root, "from"), join(root, "x")),
    failsWith("DSTREAMS_PATH_NOT_FOUND", /rename file:.*from.*does not exist/),
  );
  await storage.remove(join(root, "never"));
  await storage.mkdirs(join(root, "tree/a/b"));
  await storage.remove(join(root, "tree"));
  assert.equal(await storage.status(join(root, "tree")), undefined);
  assert.throws(() => removable("/"), failsWith("DSTREAMS_STORAGE", /root/));
});

test("what is missing or of another kind", async () => {
  await writeFile(join(root, "plain"), "x");
  await assert.rejects(
    bytesOf(join(root, "missing")),
    failsWith("DSTREAMS_PATH_NOT_FOUND", /Cannot read file:.*missing: it does not exist/),
  );
  await assert.rejects(storage.list(join(root, "missing")), failsWith("DSTREAMS_PATH_NOT_FOUND", /Cannot list/));
  await assert.rejects(bytesOf(root), failsWith("DSTREAMS_STORAGE", /it is a directory, not a file \(EISDIR\)/));
  await assert.rejects(storage.list(join(root, "plain")), failsWith("DSTREAMS_STORAGE", /ENOTDIR/));
  await assert.rejects(
    storage.create(join(root, "plain", "below")),
    failsWith("DSTREAMS_STORAGE", /Cannot create .*ENOTDIR/),
  );
  await assert.rejects(storage.mkdirs(join(root, "plain")), failsWith("DSTREAMS_STORAGE", /EEXIST/));
  assert.equal(await storage.status(join(root, "plain", "below")), undefined);
});

test("a pipe that nobody writes to does not hold the thread", { skip: process.platform === "win32" }, async () => {
  execFileSync("mkfifo", [join(root, "pipe")]);
  assert.equal((await storage.status(join(root, "pipe")))?.size, 0);
  assert.equal(await bytesOf(join(root, "pipe"), 0, 0), "");
});

test("no permission: to read, to list, to write", async () => {
  const directory = join(root, "locked");
  await mkdir(directory);
  await writeFile(join(directory, "secret"), "x");
  await chmod(join(directory, "secret"), 0);
  await chmod(root, 0o755);
  const read = await runUnprivileged(
    `for (const chunk of storage.read(${JSON.stringify(join(directory, "secret"))}, 0, 9)) void chunk;`,
  );
  assert.match(read, /^DSTREAMS_STORAGE Cannot read file:.*secret: permission denied.*\(EACCES\)/);
  await chmod(directory, 0o555);
  const write = await runUnprivileged(`await storage.create(${JSON.stringify(join(directory, "new"))});`);
  assert.match(write, /^DSTREAMS_STORAGE Cannot create file:.*new: permission denied/);
  await chmod(directory, 0);
  const list = await runUnprivileged(`await storage.list(${JSON.stringify(directory)});`);
  assert.match(list, /^DSTREAMS_STORAGE Cannot list file:.*locked: permission denied/);
  await chmod(directory, 0o755);
});

test("a disk that takes no more: an error that names the file, and nothing left behind", async () => {
  const directory = join(root, "full");
  await mkdir(directory);
  const path = JSON.stringify(join(directory, "big"));
  const output = await runWithFileLimit(`
    const writer = await storage.create(${path});
    for (let i = 0; i < 100; i++) await writer.write(Buffer.alloc(100_000));
    await writer.close();`);
  assert.match(output, /^DSTREAMS_STORAGE Cannot write file:.*big: .*\(EFBIG\)/);
  assert.deepEqual(await readdir(directory), []);
});
