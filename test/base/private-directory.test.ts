import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { PrivateDirectory } from "../../src/base/private-directory.ts";

const base = mkdtempSync(join(tmpdir(), "private-"));
after(() => rmSync(base, { recursive: true }));

test("made when needed, for this user only, removed with all that is in it", async () => {
  const directory = new PrivateDirectory(base, "test");
  assert.equal(existsSync(directory.path), false);
  assert.equal(directory.make(), directory.make());
  assert.equal(statSync(directory.path).mode & 0o777, 0o700);
  writeFileSync(join(directory.path, "x"), "");
  await directory.remove();
  await directory.remove();
  assert.equal(existsSync(directory.path), false);
});

test("it goes with a process that does not remove it", () => {
  const source = new URL("../../src/base/private-directory.ts", import.meta.url).href;
  const program = `import { PrivateDirectory } from "${source}"; console.log(new PrivateDirectory(process.argv[1], "test").make())`;
  const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program, base], {
    encoding: "utf8",
  });
  assert.equal(status, 0);
  assert.match(stdout, /dstreams-test-/);
  assert.deepEqual(readdirSync(base), []);
});
