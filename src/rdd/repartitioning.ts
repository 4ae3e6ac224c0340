/** Pairs placed and sorted by one shuffle. */
import { captureSite } from "../base/site.ts";
import type { Lineage, Shape } from "./lineage.ts";
import { checkPlacement, choosePartitioner, defaultCount } from "./partitioning.ts";
import type { RDD } from "./rdd.ts";
import type { SortOrder } from "./sorting.ts";

export interface PlacedOrder extends SortOrder {
  readonly partitionFunc?: ((key: never) => number) | undefined;
}

/** Always a shuffle: it is what sorts. */
export function repartitionAndSort<T>(rdd: Lineage, order: PlacedOrder): RDD<T> {
  checkPlacement("repartitionAndSortWithinPartitions", order);
  const { ascending, keyfunc: key } = order;
  return rdd.derive(captureSite("repartitionAndSortWithinPartitions"), [rdd], ([parent]): Shape => {
    const numPartitions = order.numPartitions ?? defaultCount(rdd.context, [parent]);
    const partitioner = choosePartitioner(rdd.context, [parent], { ...order, numPartitions });
    const sort = { ascending, ...(key && { key }) };
    return { numPartitions, partitioner, spec: { kind: "shuffle", parent, partitioner, sort } };
  });
}
