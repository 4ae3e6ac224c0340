/** Answers that may be given before all partitions are done. */
import type { CallSite } from "../base/site.ts";
import type { Lineage } from "./lineage.ts";

export async function countApprox(rdd: Lineage, timeout: number, site: CallSite): Promise<number> {
  const partitions = await rdd.getNumPartitions();
  const counts: number[] = [];
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), timeout);
  try {
    await rdd.context.driver.run(rdd, { kind: "count" }, site, {
      signal: ended.signal,
      onResult: (_, count) => counts.push(count as number),
    });
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  const counted = counts.reduce((a, b) => a + b, 0);
  return counts.length === 0 ? 0 : Math.round((counted * partitions) / counts.length);
}
