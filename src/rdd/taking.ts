/** The first records: as few partitions as needed, by jobs that grow. */
import type { CallSite } from "../base/site.ts";
import { illegal } from "./checks.ts";
import type { Lineage } from "./lineage.ts";

/**
 * Partition 0 first; then four times as many as were tried, while nothing was found, or as many as should hold what is
 * missing and half as much again (PySpark's rule). Each round is a job.
 */
export async function take<T>(rdd: Lineage, n: number, site: CallSite): Promise<T[]> {
  if (!Number.isInteger(n) || n < 0)
    throw illegal(`requirement failed: take: the number of records must be a whole number >= 0, not ${n}`);
  const total = await rdd.getNumPartitions();
  const taken: T[] = [];
  let scanned = 0;
  while (taken.length < n && scanned < total) {
    const end = Math.min(total, scanned + nextCount(scanned, taken.length, n));
    const partitions = Array.from({ length: end - scanned }, (_, i) => scanned + i);
    const parts = await rdd.context.driver.run(rdd, { kind: "take", n: n - taken.length }, site, { partitions });
    for (const record of (parts as T[][]).flat(1)) if (taken.length < n) taken.push(record);
    scanned = end;
  }
  return taken;
}

function nextCount(scanned: number, found: number, wanted: number): number {
  if (scanned === 0) return 1;
  if (found === 0) return scanned * 4;
  return Math.min(Math.max(Math.floor((1.5 * wanted * scanned) / found) - scanned, 1), scanned * 4);
}

/** Partition by partition, one job each; with `prefetch` the next one runs while this one is consumed. */
export async function* localIterator<T>(rdd: Lineage, prefetch: boolean, site: CallSite): AsyncGenerator<T> {
  const total = await rdd.getNumPartitions();
  const fetch = (p: number): Promise<unknown[]> => {
    const part = rdd.context.driver.run(rdd, { kind: "collect" }, site, { partitions: [p] });
    // Awaited when its turn has come, but it may fail before.
    part.catch(() => undefined);
    return part;
  };
  let next = prefetch && total > 0 ? fetch(0) : undefined;
  for (let p = 0; p < total; p++) {
    const [records] = await (next ?? fetch(p));
    next = prefetch && p + 1 < total ? fetch(p + 1) : undefined;
    yield* records as T[];
  }
}
