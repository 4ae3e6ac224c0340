/**
 * Sorting: records go to the partition whose range of keys theirs is in, and each partition is sorted.
 *
 * Where the ranges end is estimated from a sample, as Spark's RangePartitioner does: some keys of each partition, every one
 * standing for as many records as its partition has per sampled key; the bounds cut the sample into equal weights. The
 * sample is drawn when the plan is resolved, in one job, and depends on the data only.
 */
import { atSite, captureSite } from "../base/site.ts";
import type { CallSite } from "../base/site.ts";
import { compare } from "../codec/order.ts";
import { nextNodeId } from "../plan/plan.ts";
import type { PlanNode } from "../plan/plan.ts";
import type { Partitioner } from "../plan/partitioner.ts";
import { sketchOf } from "./kernels/sampling.ts";
import { itself } from "./kernels/combining.ts";
import { keyOfPair, valueOfPair } from "./kernels/records.ts";
import type { Lineage, Shape } from "./lineage.ts";
import { coalesced } from "./concatenating.ts";
import { checkPlacement, defaultCount } from "./partitioning.ts";
import type { RDD } from "./rdd.ts";

/** What PySpark samples per output partition, and Spark's allowance for uneven input partitions. */
const sampledPerPartition = 20;
const unevenness = 3;
const sampleSeed = 0x5eed;

const keyOf = keyOfPair();
const valueOf = valueOfPair();
const unchanged = itself();

export interface SortOrder {
  readonly ascending: boolean;
  readonly numPartitions?: number | undefined;
  readonly keyfunc?: ((key: never) => unknown) | undefined;
}

/** Pairs in the order of their keys, from the first partition to the last. */
export function sortByKey<T>(operator: string, rdd: Lineage, order: SortOrder): RDD<T> {
  checkPlacement(operator, order);
  const { ascending, keyfunc: key } = order;
  const site = captureSite(operator);
  return rdd.derive(site, [rdd], async ([parent]): Promise<Shape> => {
    const asked = order.numPartitions ?? defaultCount(rdd.context, [parent]);
    if (parent.numPartitions === 0 || asked === 0) return coalesced(parent, 1);
    const bounds = asked === 1 ? [] : await sampledBounds(rdd, parent, site, asked, key);
    if (bounds === undefined) return coalesced(parent, parent.numPartitions);
    const n = asked;
    const partitioner: Partitioner = { kind: "range", n, bounds, ascending, ...(key && { key }) };
    return {
      numPartitions: n,
      partitioner,
      spec: { kind: "shuffle", parent, partitioner, sort: { ascending, ...(key && { key }) } },
    };
  });
}

/** Any records, in the order of what `keyfunc` makes of them. */
export function sortBy<T>(rdd: Lineage, keyfunc: (record: never) => unknown, order: SortOrder): RDD<T> {
  return atSite(captureSite("sortBy"), () => {
    const keyed = rdd.step("keyBy", { op: "keyBy", fn: keyfunc });
    return sortByKey("sortByKey", keyed, order).step("values", { op: "map", fn: valueOf });
  });
}

/** Undefined when there are no records. */
async function sampledBounds(
  rdd: Lineage,
  parent: PlanNode,
  site: CallSite,
  n: number,
  key: ((key: never) => unknown) | undefined,
): Promise<unknown[] | undefined> {
  const wanted = Math.min(sampledPerPartition * n, 1e6);
  const size = Math.ceil((unevenness * wanted) / parent.numPartitions);
  const keys: PlanNode = {
    id: nextNodeId(),
    site,
    numPartitions: parent.numPartitions,
    partitioner: undefined,
    spec: { kind: "step", parent, step: { op: "map", fn: keyOf } },
  };
  const fn = sketchOf(size, sampleSeed, key ?? unchanged);
  const sketches = (await rdd.context.driver.runNode(keys, { kind: "partition", fn }, site)) as [number, unknown[]][];
  const weighted = sketches.flatMap(([count, sample]) => sample.map(k => ({ key: k, weight: count / sample.length })));
  return weighted.length === 0 ? undefined : boundsOf(weighted, n);
}

/**
 * `n - 1` keys that cut the sample into parts of equal weight. A key that occurs often may be several of them: then some
 * partitions are empty, as many as asked for there are all the same.
 */
export function boundsOf(sample: readonly { key: unknown; weight: number }[], n: number): unknown[] {
  const ordered = sample.toSorted((a, b) => compare(a.key, b.key));
  const step = ordered.reduce((sum, { weight }) => sum + weight, 0) / n;
  const bounds: unknown[] = [];
  let passed = 0;
  for (const { key, weight } of ordered) {
    passed += weight;
    while (bounds.length < n - 1 && passed >= step * (bounds.length + 1)) bounds.push(key);
  }
  while (bounds.length < n - 1) bounds.push(ordered.at(-1)?.key);
  return bounds;
}
