/** A file on an HDFS of this machine, for as long as a workload needs it. */
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hdfs } from "../scripts/services/hdfs.ts";
import { guard } from "../scripts/services/process.ts";
import { freePorts } from "../scripts/services/service.ts";
import { setHadoopConf } from "../src/storage/hadoop-conf.ts";
import { hdfsStorage } from "../src/storage/hdfs/hdfs.ts";

/** Copies a local file to a new HDFS; `use` gets its URI, and the value of HADOOP_CONF_DIR that finds it. */
export async function withFileOnHdfs<R>(path: string, use: (uri: string, conf: string) => Promise<R>): Promise<R> {
  const folder = mkdtempSync(join(tmpdir(), "dstreams-bench-hdfs-"));
  guard(folder);
  // to stay, so that Java compiles as well as it can; guarded all the same
  const place = { folder, ports: await freePorts(Object.keys(hdfs.ports)), stays: true };
  const server = await hdfs.start(place);
  for (const { pid } of server.processes) guard(pid);
  try {
    const { fs, http, conf } = server.endpoints;
    setHadoopConf([["spark.hadoop.dfs.namenode.http-address", http.replace("http://", "")]]);
    const uri = `${fs}/tmp/text`;
    const writer = await hdfsStorage.create(uri);
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) await writer.write(chunk as Buffer);
    await writer.close();
    return await use(uri, conf);
  } finally {
    await Promise.all(server.processes.map(process => process.stop("SIGKILL")));
    rmSync(folder, { recursive: true, force: true });
  }
}
