/** Servers' processes: found again, stopped, and never left behind. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import { forget, launch, MissingProgram, processesIn, run, until } from "../../scripts/services/process.ts";
import { answers, freePorts, type Place } from "../../scripts/services/service.ts";
import { root } from "../cli/support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "dstreams-services-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const placeFor = (name: string, stays: boolean): Place => {
  mkdirSync(join(folder, name));
  return { folder: join(folder, name), ports: {}, stays };
};
const forever = ["-e", "console.log('up'); setInterval(() => undefined, 1000)"];
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("processes of servers", () => {
  test("that stay are found again by their folder, but not another one that has got their number", async () => {
    const place = placeFor("stays", true);
    const server = launch(place, "server", process.execPath, forever);
    await until("line", server, () => server.log.includes("up"));
    const [found, ...others] = processesIn(place.folder);
    assert.equal(found?.pid, server.pid);
    assert.deepEqual(others, []);
    writeFileSync(join(place.folder, "run/another.pid"), `${process.pid}\nlong ago\n`);
    assert.equal(processesIn(place.folder).length, 1);
    await found.stop();
    assert.deepEqual(processesIn(place.folder), []);
    forget(place.folder);
    assert.equal(existsSync(join(place.folder, "run")), false);
  });

  test("that end too early, cannot be started, or fail: said with the end of their log", async () => {
    const place = placeFor("fails", false);
    const server = launch(place, "server", process.execPath, ["-e", "console.log('why'); process.exit(3)"]);
    await assert.rejects(
      until("answer", server, () => false),
      /server ended before answer:\nwhy/,
    );
    await assert.rejects(
      run(place, "tool", process.execPath, ["-e", "console.log('how'); process.exit(3)"]),
      /tool ended with 3:\nhow/,
    );
    assert.throws(() => launch(place, "none", "no-such-program", []), MissingProgram);
  });

  test("of a test end with it, and its folder goes, even if it is killed", async () => {
    const place = placeFor("guarded", false);
    const code = `
      import { guard, launch } from ${JSON.stringify(new URL("../../scripts/services/process.ts", import.meta.url).href)};
      guard(${JSON.stringify(place.folder)});
      const server = launch(${JSON.stringify(place)}, "server", process.execPath, ${JSON.stringify(forever)});
      console.log(server.pid);
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    assert.ok(isAlive(Number(line)));
    child.kill("SIGKILL");
    const watch = { name: "guard", pid: process.pid, log: "", isRunning: true, stop: async () => undefined };
    await until("end", watch, () => !isAlive(Number(line)) && !existsSync(place.folder));
  });

  test("listen where nobody else does", async () => {
    const { a, b } = await freePorts(["a", "b"]);
    assert.notEqual(a, b);
    assert.equal(await answers(a), false);
  });
});
