/** Aggregation in levels: with many partitions the driver would have to merge too much by itself. */
import { atSite } from "../base/site.ts";
import type { CallSite } from "../base/site.ts";
import { illegal } from "./checks.ts";
import { aggregatedForTree, placedInTree } from "./kernels/aggregation.ts";
import { copies } from "./kernels/fresh.ts";
import { valueOfPair } from "./kernels/records.ts";
import type { Lineage } from "./lineage.ts";
import { combined } from "./shuffling.ts";

const valueOf = valueOfPair();

export async function treeAggregate<U>(
  rdd: Lineage,
  zero: U,
  seqOp: (accumulated: U, record: never) => U,
  combOp: (a: U, b: U) => U,
  depth: number,
  site: CallSite,
): Promise<U> {
  if (!(depth >= 1)) throw illegal(`Depth cannot be smaller than 1 but got ${depth}.`);
  let width = await rdd.getNumPartitions();
  if (width === 0) return copies(zero)();
  const scale = Math.max(Math.ceil(width ** (1 / depth)), 2);
  let level: Lineage = atSite(site, () =>
    rdd.step("treeAggregate", { op: "partitions", fn: aggregatedForTree(zero, seqOp) }),
  );
  while (width > scale + width / scale) {
    width = Math.floor(width / scale);
    const [below, numPartitions] = [level, width];
    level = atSite(site, () => nextLevel(below, combOp, numPartitions));
  }
  const parts = await rdd.context.driver.run(level, { kind: "reduce", fn: combOp }, site);
  return (parts as U[][]).flat(1).reduce((a, b) => combOp(a, b));
}

function nextLevel(level: Lineage, combOp: (a: never, b: never) => unknown, numPartitions: number): Lineage {
  const placed = level.step("treeAggregate", { op: "partitions", fn: placedInTree(numPartitions) });
  return combined("treeAggregate", placed, { kind: "reduce", fn: combOp }, { numPartitions }).step("values", {
    op: "map",
    fn: valueOf,
  });
}
