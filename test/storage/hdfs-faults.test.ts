/** What goes wrong in HDFS: DataNodes and NameNodes that die, and come back; safe mode. */
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";
import {
  dfsadmin,
  hdfs,
  isServing,
  startAnotherDatanode,
  startDatanode,
  startNamenode,
} from "../../scripts/services/hdfs.ts";
import { type ServerProcess, until } from "../../scripts/services/process.ts";
import { answers, freePorts } from "../../scripts/services/service.ts";
import { setHadoopConf } from "../../src/storage/hadoop-conf.ts";
import { hdfsStorage as storage } from "../../src/storage/hdfs/hdfs.ts";
import { startServer } from "../support/servers.ts";
import { bytesOf, configured, failsWith, put } from "./support.ts";

const { skip, place, server } = await startServer(hdfs);
const { fs, http } = skip === false ? server.endpoints : { fs: "", http: "" };
const root = `${fs}/tmp`;
const ports = await freePorts(["datanode", "datanodeHttp", "datanodeIpc"]);

/** Numbered lines: what is lost or comes twice shows. */
function lines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => `${String(from + i).padStart(9, "0")}\n`).join("");
}

describe("hdfs: with servers that fail", {
  skip: skip || (process.platform === "darwin" && "it has no 127.0.0.2"),
}, () => {
  /** The DataNodes by their addresses. */
  const datanodes = new Map<string, ServerProcess>();
  /** The DataNode that was asked last. */
  let asked = "";

  function note(message: unknown): void {
    const { request } = message as { request: ClientRequest };
    if (/op=(OPEN|CREATE)&.*namenoderpcaddress/.test(request.path)) asked = String(request.getHeader("host"));
  }

  function use(settings: Record<string, string | number> = {}): void {
    const address = http.replace("http://", "");
    setHadoopConf(configured({ "dfs.namenode.http-address": address, "dfs.replication": 2, ...settings }));
  }

  const [first, second] = [place.ports["datanodeHttp"], ports.datanodeHttp].map(port => `127.0.0.1:${port}`) as [
    string,
    string,
  ];

  async function start(datanode: string): Promise<void> {
    const { javaCommand } = server;
    const started =
      datanode === first ? startDatanode(place, javaCommand) : startAnotherDatanode(place, javaCommand, ports);
    datanodes.set(datanode, started);
    // the NameNode believes in a dead one for minutes, so it cannot tell whether this one is there
    await until("answer", started, () => answers(Number(new URL(`http://${datanode}`).port)));
  }

  before(async () => {
    datanodes.set(first, server.datanode);
    subscribe("http.client.request.created", note);
    await start(second);
    await until("registration", server.namenode, () => isServing(http, 2));
  });
  beforeEach(() => use());
  after(async () => {
    unsubscribe("http.client.request.created", note);
    setHadoopConf([]);
    await Promise.all([...datanodes.values()].map(datanode => datanode.stop("SIGKILL")));
  });

  test("a DataNode dies under a read, which goes on at another, at the same byte; and a write takes the one that is left", async () => {
    const content = lines(0, 3_000_000);
    await put(storage, `${root}/numbers`, content);
    let read = 0;
    let killed = "";
    for await (const chunk of storage.read(`${root}/numbers`, 7, content.length - 5)) {
      assert.ok(Buffer.from(chunk).equals(Buffer.from(content.slice(7 + read, 7 + read + chunk.length))), `at ${read}`);
      read += chunk.length;
      if (killed !== "") continue;
      killed = asked;
      await datanodes.get(killed)?.stop("SIGKILL");
    }
    assert.equal(read, content.length - 12);
    assert.notEqual(asked, killed);

    // the NameNode believes in the dead one for minutes
    use({ "dfs.replication": 1 });
    for (let i = 0; i < 8; i++) await put(storage, `${root}/small-${i}`, String(i));
    for (let i = 0; i < 8; i++) assert.equal(await bytesOf(storage, `${root}/small-${i}`), String(i));
    await start(killed);
  });

  test("the only replica is away for a while: the read waits, and goes on", async () => {
    use({ "dfs.replication": 1 });
    const content = lines(0, 2_000_000);
    await put(storage, `${root}/single`, content);
    const chunks: Buffer[] = [];
    let back: Promise<void> | undefined;
    for await (const chunk of storage.read(`${root}/single`, 0, Number.POSITIVE_INFINITY)) {
      chunks.push(Buffer.from(chunk));
      if (back !== undefined) continue;
      await datanodes.get(asked)?.stop("SIGKILL");
      back = start(asked);
    }
    await back;
    assert.ok(Buffer.concat(chunks).equals(Buffer.from(content)));
  });

  test("the only replica stays away: said clearly; a stream of data that breaks leaves no file", async () => {
    use({ "dfs.replication": 1, "dstreams.storage.patience": 1 });
    await put(storage, `${root}/lost`, "x");
    const writer = await storage.create(`${root}/large`);
    await writer.write(Buffer.alloc(9 << 20));
    const writing = asked;
    await datanodes.get(writing)?.stop("SIGKILL");
    await assert.rejects(
      async () => {
        for (let i = 0; i < 100; i++) await writer.write(Buffer.alloc(1 << 20));
      },
      failsWith(
        "DSTREAMS_STORAGE",
        /Cannot write hdfs:.*large: the DataNode 127\.0\.0\.1:\d+ does not answer, or broke off/,
      ),
    );
    assert.deepEqual(
      (await storage.list(root)).filter(({ name }) => name.includes("large")),
      [],
    );

    await bytesOf(storage, `${root}/lost`).catch(() => undefined); // to learn where it is
    await datanodes.get(asked)?.stop("SIGKILL");
    await assert.rejects(
      bytesOf(storage, `${root}/lost`),
      failsWith("DSTREAMS_STORAGE", /Cannot read hdfs:.*lost: (the DataNode .* does not answer|No active nodes)/),
    );
    for (const [host, datanode] of datanodes) if (!datanode.isRunning) await start(host);
  });

  test("safe mode: waited for, then said clearly", async () => {
    await dfsadmin(place, server.javaCommand, "-safemode", "enter");
    use({ "dstreams.storage.patience": 1 });
    await assert.rejects(
      storage.mkdirs(`${root}/refused`),
      failsWith("DSTREAMS_STORAGE", /Cannot make directory .*safe mode.*-safemode leave/),
    );
    await assert.rejects(put(storage, `${root}/refused`, "x"), failsWith("DSTREAMS_STORAGE", /safe mode/));
    use();
    const made = storage.mkdirs(`${root}/in-time`);
    await dfsadmin(place, server.javaCommand, "-safemode", "leave");
    await made;
    assert.equal((await storage.status(`${root}/in-time`))?.isDirectory, true);
  });

  test("the NameNode is away for a while: listings, writes and reads wait for it", async () => {
    await put(storage, `${root}/before`, "before");
    await server.namenode.stop("SIGKILL");
    const all = Promise.all([
      storage.list(root),
      bytesOf(storage, `${root}/before`),
      put(storage, `${root}/after`, "after"),
      storage.rename(`${root}/in-time`, `${root}/renamed`),
    ]);
    const namenode = startNamenode(place, server.javaCommand);
    const [listed, before] = await all;
    assert.ok(listed.length > 0);
    assert.equal(before, "before");
    assert.equal(await bytesOf(storage, `${root}/after`), "after");
    await namenode.stop("SIGKILL");
  });
});
