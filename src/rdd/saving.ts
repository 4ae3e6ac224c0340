/** `saveAsTextFile`: the workers write parts, the driver makes them visible together. */
import type { CallSite } from "../base/site.ts";
import { abortSave, beginSave, commitSave } from "../sources/save.ts";
import type { SaveOptions } from "../sources/save.ts";
import { savePartition } from "../sources/save-partition.ts";
import { requirePath } from "./checks.ts";
import type { Lineage } from "./lineage.ts";

export async function saveAsTextFile(rdd: Lineage, path: string, options: SaveOptions, site: CallSite): Promise<void> {
  requirePath("saveAsTextFile", path);
  rdd.context.driver.requireRunning();
  const job = await beginSave(path, options);
  try {
    await rdd.context.driver.run(rdd, { kind: "partition", fn: savePartition(job) }, site);
    await commitSave(job, await rdd.getNumPartitions());
  } catch (error) {
    // What went wrong first is what the user has to know.
    await abortSave(job).catch(() => undefined);
    throw error;
  }
}
