/** Two NameNodes, one of which takes over from the other. */
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { admin, type Hdfs, format, javaCommandOf, startNamenode } from "../../scripts/services/hdfs.ts";
import { until } from "../../scripts/services/process.ts";
import { type Instance, answers, type Place, type Service } from "../../scripts/services/service.ts";
import { setHadoopConf } from "../../src/storage/hadoop-conf.ts";
import { hdfsStorage as storage } from "../../src/storage/hdfs/hdfs.ts";
import { startServer } from "../support/servers.ts";
import { configured } from "./support.ts";

type Node = "nn1" | "nn2";

interface Pair extends Instance {
  /** What programs and servers must know of the name service. */
  readonly settings: Readonly<Record<string, string>>;
  admin(...words: string[]): Promise<void>;
}

/** NameNodes that share their edits in a folder. Neither is active at first. */
const pair: Service<Pair> = {
  name: "hdfs-ha",
  title: "two NameNodes",
  ports: { "rpc.nn1": 0, "http.nn1": 0, "rpc.nn2": 0, "http.nn2": 0 },
  async start(place) {
    const settings: Record<string, string> = {
      "fs.defaultFS": "hdfs://cluster",
      "dfs.nameservices": "cluster",
      "dfs.ha.namenodes.cluster": "nn2,nn1",
      "dfs.namenode.shared.edits.dir": `file://${join(place.folder, "shared")}`,
      "dfs.ha.fencing.methods": "shell(true)",
    };
    for (const kind of ["rpc", "http"]) {
      for (const node of ["nn1", "nn2"]) {
        settings[`dfs.namenode.${kind}-address.cluster.${node}`] = `127.0.0.1:${place.ports[`${kind}.${node}`]}`;
      }
    }
    const placeOf = (node: Node): Place => ({ ...place, folder: join(place.folder, node) });
    const command = (node: Node): Promise<Hdfs["javaCommand"]> =>
      javaCommandOf(placeOf(node), { ...settings, "dfs.ha.namenode.id": node });
    const [first, second] = [await command("nn1"), await command("nn2")];
    await format(placeOf("nn1"), first);
    cpSync(join(place.folder, "nn1/name"), join(place.folder, "nn2/name"), { recursive: true });
    const processes = [startNamenode(placeOf("nn1"), first), startNamenode(placeOf("nn2"), second)];
    for (const [i, process] of processes.entries())
      await until("answer", process, () => answers(place.ports[`rpc.nn${i + 1}`] ?? 0)); // it comes after the other
    return {
      endpoints: {},
      processes,
      settings,
      admin: (...words) => admin(placeOf("nn1"), first, "DFSHAAdmin", ...words),
    };
  },
};

const { skip, server } = await startServer(pair);

describe("hdfs: with two NameNodes", { skip }, () => {
  before(() => setHadoopConf(configured(server.settings)));
  after(() => setHadoopConf([]));

  test("the active one is found, waited for, and found again when it has changed", async () => {
    const made = storage.mkdirs("hdfs://cluster/first"); // while both stand by
    await server.admin("-transitionToActive", "nn1");
    await made;
    assert.equal(storage.qualify("hdfs:///x"), "hdfs://cluster/x");
    assert.deepEqual(
      (await storage.list("hdfs:///")).map(({ path }) => path),
      ["hdfs://cluster/first"],
    );
    await server.processes[0]?.stop("SIGKILL");
    const renamed = storage.rename("/first", "hdfs://cluster/renamed"); // while one is dead and one stands by
    await server.admin("-transitionToActive", "--forceactive", "nn2");
    await renamed;
    assert.equal(await storage.status("hdfs://cluster/first"), undefined);
    assert.equal((await storage.status("hdfs://cluster/renamed"))?.isDirectory, true);
  });
});
