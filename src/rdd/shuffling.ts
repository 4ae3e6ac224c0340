/** Operations that bring equal keys together: one shuffle each, or none where the keys are in place already. */
import { captureSite } from "../base/site.ts";
import type { Combine } from "../plan/plan.ts";
import { coalesced } from "./concatenating.ts";
import { addToGroup, combinedHere, itself, startGroup } from "./kernels/combining.ts";
import type { Lineage, Shape } from "./lineage.ts";
import { checkPlacement, choosePartitioner, isPlacedBy } from "./partitioning.ts";
import type { Placement } from "./partitioning.ts";
import type { RDD } from "./rdd.ts";

const unchanged = itself();
const newGroup = startGroup();
const growGroup = addToGroup();

/** All values of a key become one, by `combine`. */
export function combined<U>(operator: string, rdd: Lineage, combine: Combine, asked: Placement): RDD<U> {
  checkPlacement(operator, asked);
  return rdd.derive(captureSite(operator), [rdd], ([parent]): Shape => {
    const partitioner = choosePartitioner(rdd.context, [parent], asked);
    const numPartitions = partitioner.n;
    if (!isPlacedBy(parent, partitioner)) {
      return { numPartitions, partitioner, spec: { kind: "shuffle", parent, partitioner, combine } };
    }
    const fn = combinedHere(...withinPartition(combine));
    return {
      numPartitions,
      partitioner,
      spec: { kind: "step", parent, step: { op: "partitions", fn, emptyOnEmpty: true } },
    };
  });
}

/** How a combine begins with a value, and goes on with the next. */
function withinPartition(
  combine: Combine,
): [create: (value: never) => unknown, merge: (a: never, b: never) => unknown] {
  switch (combine.kind) {
    case "reduce":
      return [unchanged, combine.fn];
    case "group":
      return [newGroup, growGroup];
    case "general":
      return [combine.create, combine.mergeValue];
  }
}

/** The same pairs, placed as asked; as they are when they are placed so already. */
export function placedBy<T>(operator: string, rdd: Lineage, asked: Placement): RDD<T> {
  checkPlacement(operator, asked);
  return rdd.derive(captureSite(operator), [rdd], ([parent]): Shape => {
    const partitioner = choosePartitioner(rdd.context, [parent], asked);
    const numPartitions = partitioner.n;
    if (isPlacedBy(parent, partitioner)) return coalesced(parent, numPartitions);
    return { numPartitions, partitioner, spec: { kind: "shuffle", parent, partitioner } };
  });
}
