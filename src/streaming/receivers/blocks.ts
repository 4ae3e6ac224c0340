import type { CallSite } from "../../base/site.ts";
import type { Split } from "../../plan/plan.ts";
import { RDD } from "../../rdd/rdd.ts";
import type { SparkContext } from "../../rdd/spark-context.ts";
import { collectionReader, collectionSplits } from "../../sources/collection.ts";
import type { ReceivedBlock } from "./received-block-tracker.ts";

const reader = collectionReader();

/** Records as bytes in shared memory. Throws when one of them cannot travel. */
export function encodeBlock(records: readonly unknown[]): Split {
  return collectionSplits(records, 1)[0];
}

/** An RDD of stored blocks, each a partition. */
export function readBlocks<T>(sc: SparkContext, site: CallSite, blocks: readonly ReceivedBlock[]): RDD<T> {
  const splits = blocks.map(block => block.split);
  return new RDD<T>(sc, site, [], () => ({
    numPartitions: splits.length,
    spec: { kind: "source", splits, reader },
  }));
}
