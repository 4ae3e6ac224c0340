/** What goes to the executors, and that it runs where it arrives, with nothing of this machine's folders in sight. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { SparkConf } from "../../src/conf/spark-conf.ts";
import { sparkOptions } from "../../src/engine/spark/options.ts";
import { makeBundle, type ShippingOptions } from "../../src/engine/spark/shipping/bundle.ts";
import { contentsOf } from "../../src/engine/spark/shipping/contents.ts";
import { type Entry, writeTarGz } from "../../src/engine/spark/shipping/tar.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "dstreams-shipping-")));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Writes files below a folder of its own, and gives its path. */
function lay(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), text);
  }
  return join(folder, name);
}

describe("the archive", () => {
  test("is what tar makes of it: long names, names that are no ASCII, modes, links, sizes around a block", async () => {
    const long = `${"d".repeat(90)}/${"e".repeat(90)}/f.txt`;
    const from = lay("tar", { small: "x".repeat(511), block: "x".repeat(512), more: "x".repeat(513), empty: "" });
    const entries: Entry[] = ["small", "block", "more", "empty"].map(name => {
      return { path: `a/${name}`, file: join(from, name), size: statSync(join(from, name)).size, executable: false };
    });
    const big = join(from, "big");
    writeFileSync(big, Buffer.alloc(3 << 20, "0123456789"));
    entries.push({ path: long, file: big, size: 3 << 20, executable: true });
    entries.push({ path: "ünï/ß", script: "#!/bin/sh\n" }, { path: "link", link: "ünï/ß" });
    const archive = join(folder, "some.tar.gz");
    await writeTarGz(archive, entries);
    const to = lay("untarred", { "here.txt": "" });
    execFileSync("tar", ["-xzf", archive, "-C", to]);
    for (const entry of entries) {
      if (!("file" in entry)) continue;
      assert.deepEqual(readFileSync(join(to, entry.path)), readFileSync(entry.file), entry.path);
      assert.equal((statSync(join(to, entry.path)).mode & 0o111) !== 0, entry.executable, entry.path);
    }
    assert.equal(readFileSync(join(to, "link"), "utf8"), "#!/bin/sh\n");
    assert.equal(statSync(join(to, "ünï/ß")).mode & 0o777, 0o755);
    assert.equal(statSync(archive).mode & 0o777, 0o600);
  });

  test("a file that cannot be read, or has changed, is an error", async () => {
    const from = lay("changed", { a: "12345" });
    const entry = { path: "a", file: join(from, "a"), size: 4, executable: false };
    await assert.rejects(writeTarGz(join(folder, "changed.tar.gz"), [entry]), /has changed while it was read/);
    const missing = { ...entry, file: join(from, "b") };
    await assert.rejects(writeTarGz(join(folder, "missing.tar.gz"), [missing]), /ENOENT/);
  });
});

describe("the contents", () => {
  const manifest = (fields: object): string => JSON.stringify({ version: "1.0.0", ...fields });
  const app = lay("work/packages/app", {
    "package.json": manifest({ name: "app", dependencies: { used: "*", sibling: "*" }, devDependencies: { dev: "*" } }),
    "src/main.ts": "",
    "src/lib.ts": "",
    "src/.hidden": "",
    ".env": "SECRET=1",
    ".git/config": "",
    "data/huge.csv": "x".repeat(1000),
    "node_modules/used/package.json": manifest({ name: "used", dependencies: { below: "*" } }),
    "node_modules/used/index.js": "",
    "node_modules/used/index.d.ts": "",
    "node_modules/dev/package.json": manifest({ name: "dev" }),
  });
  const work = lay("work", {
    "node_modules/below/package.json": manifest({ name: "below", dependencies: { used: "*" } }),
    "packages/sibling/package.json": manifest({ name: "sibling" }),
    "packages/sibling/index.js": "",
  });
  symlinkSync("../packages/sibling", join(work, "node_modules/sibling"));
  symlinkSync("..", join(app, "src/loop"));
  const program = join(app, "src/main.ts");

  test("are the project, and the packages of production that it finds: a workspace's root's and its neighbours too", () => {
    const { parts, links } = contentsOf({ program, directory: "/", exclude: ["data"] });
    const files = parts.flatMap(part => part.files.map(({ path }) => path));
    const ours = files.filter(path => path.startsWith(work)).map(path => path.slice(work.length));
    assert.deepEqual(ours.toSorted(), [
      "/node_modules/below/package.json",
      "/packages/app/node_modules/used/index.js",
      "/packages/app/node_modules/used/package.json",
      "/packages/app/package.json",
      "/packages/app/src/lib.ts",
      "/packages/app/src/main.ts",
      "/packages/sibling/index.js",
      "/packages/sibling/package.json",
    ]);
    assert.deepEqual(links, [{ path: join(work, "node_modules/sibling"), target: join(work, "packages/sibling") }]);
    const names = parts.map(({ name }) => name.split(" ")[0]);
    for (const name of ["dstreams", "acorn"]) assert.ok(names.includes(name), `${names}`);
  });

  test("of a program in no project are the program", () => {
    const alone = lay("alone", { "main.ts": "", "other.ts": "" });
    const { parts } = contentsOf({ program: join(alone, "main.ts"), directory: "/", exclude: [] });
    const files = parts.flatMap(part => part.files.map(({ path }) => path));
    assert.deepEqual(
      files.filter(path => path.startsWith(alone)),
      [join(alone, "main.ts")],
    );
  });

  test("for a driver and for workers come in archives of their own names, by which Spark tells them apart", async () => {
    const options: ShippingOptions = { node: false, maxSize: 1 << 30, exclude: [] };
    const launcher = { folder: "driver", name: "start", entry: program };
    const to = lay("archives", { x: "" });
    const both = [
      await makeBundle(to, pathToFileURL(program).href, options),
      await makeBundle(to, pathToFileURL(program).href, options, launcher),
    ];
    assert.deepEqual(both, [
      { archive: join(to, "dstreams.tar.gz#dstreams"), command: "./dstreams/bin/dstreams-worker" },
      { archive: join(to, "driver.tar.gz#driver"), command: "./driver/bin/start" },
    ]);
  });

  test("that are too large are refused, with the largest files", async () => {
    const options: ShippingOptions = { node: false, maxSize: 500, exclude: [] };
    await assert.rejects(makeBundle(folder, pathToFileURL(program).href, options), (error: Error) => {
      assert.match(error.message, /more than spark\.dstreams\.ship\.maxSize \(0\.0 MB\)/);
      assert.match(error.message, /spark\.dstreams\.ship\.exclude/);
      return true;
    });
  });
});

describe("an unpacked archive", () => {
  let here = "";
  test("has a worker that starts, and says when there is no Node for it", async () => {
    const options: ShippingOptions = { node: false, maxSize: 1 << 30, exclude: [] };
    const { archive, command } = await makeBundle(lay("bundle", { x: "" }), undefined, options);
    here = lay("executor/dstreams", { x: "" });
    execFileSync("tar", ["-xzf", archive.replace(/#dstreams$/, ""), "-C", here]);
    const start = (path: string): string => {
      const env = { PATH: path, PYTHON_WORKER_FACTORY_SECRET: "s", DSTREAMS_SPARK_VERSION: "4.3.0" };
      return spawnSync(command, [], { cwd: dirname(here), env, encoding: "utf8" }).stderr;
    };
    assert.match(start(dirname(process.execPath)), /This program is started by Spark's executors/);
    assert.match(
      start("/none"),
      /^There is no node in the PATH of a host of the cluster \(\/none\)\. Install Node 24 .* --ship-node/,
    );
    const old = lay("old", { node: "#!/bin/sh\n[ $1 = --version ] && echo v20.1.0\nexit 1\n" });
    execFileSync("chmod", ["+x", join(old, "node")]);
    assert.match(start(old), /^\S+\/node of a host of the cluster is Node v20\.1\.0, and dstreams needs 24 or newer/);
    cpSync(join(old, "node"), join(here, "bin/node"));
    assert.match(
      start(dirname(process.execPath)),
      /^The Node that was sent along does not run on a host of the cluster/,
    );
    assert.ok(existsSync(join(here, "files")));
  });
});

describe("whether it is sent", () => {
  const shipping = (master: string, settings: Readonly<Record<string, string>> = {}): boolean => {
    const conf = new SparkConf(false).setMaster(master);
    for (const [key, value] of Object.entries(settings)) conf.set(key, value);
    return sparkOptions(conf).shipping !== undefined;
  };

  test("to other hosts by itself, else when that is wished", () => {
    for (const far of ["spark://host:7077", "spark://127.0.0.1:7077,host:7077", "yarn", "k8s://https://host:6443"]) {
      assert.equal(shipping(far), true, far);
      assert.equal(shipping(far, { "spark.dstreams.ship": "false" }), false, far);
      assert.equal(shipping(far, { "spark.dstreams.executor.node": "/opt/worker" }), false, far);
    }
    for (const near of ["spark://127.0.0.1:7077", "spark://localhost:7077", "local-cluster[2,1,1024]"]) {
      assert.equal(shipping(near), false, near);
      assert.equal(shipping(near, { "spark.dstreams.ship": "true" }), true, near);
    }
    assert.equal(shipping("local[2]", { "spark.dstreams.ship": "true" }), false);
  });
});
