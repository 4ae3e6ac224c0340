/** Records put beside others: zip, cartesian, zipWithIndex. */
import { captureSite } from "../base/site.ts";
import { illegal } from "./checks.ts";
import { crossed, indexFrom, zipped } from "./kernels/records.ts";
import type { Lineage, Shape } from "./lineage.ts";
import type { RDD } from "./rdd.ts";

const sideBySide = zipped();
const across = crossed();

export function zipping<T, U>(left: Lineage, right: Lineage): RDD<[T, U]> {
  return left.derive(captureSite("zip"), [left, right], (parents): Shape => {
    const numPartitions = parents[0].numPartitions;
    if (parents[1].numPartitions !== numPartitions) {
      throw illegal("Can only zip with RDD which has the same number of partitions");
    }
    const parts = Array.from({ length: numPartitions }, (_, p) => [p, p]);
    return { numPartitions, spec: { kind: "zip", parents, parts, fn: sideBySide } };
  });
}

export function crossing<T, U>(left: Lineage, right: Lineage): RDD<[T, U]> {
  return left.derive(captureSite("cartesian"), [left, right], (parents): Shape => {
    const [rows, columns] = parents.map(parent => parent.numPartitions) as [number, number];
    const parts = Array.from({ length: rows * columns }, (_, p) => [Math.floor(p / columns), p % columns]);
    return { numPartitions: parts.length, spec: { kind: "zip", parents, parts, fn: across } };
  });
}

/** Needs to know how many records come before each partition: a job that counts all partitions but the last. */
export function indexed<T>(rdd: Lineage): RDD<[T, number]> {
  const site = captureSite("zipWithIndex");
  return rdd.derive(site, [rdd], async ([parent]): Promise<Shape> => {
    const { numPartitions } = parent;
    const counted = Array.from({ length: Math.max(0, numPartitions - 1) }, (_, p) => p);
    const { driver } = rdd.context;
    const counts =
      counted.length === 0 ? [] : await driver.runNode(parent, { kind: "count" }, site, { partitions: counted });
    const starts = [0];
    for (const count of counts as number[]) starts.push((starts.at(-1) ?? 0) + count);
    const step = { op: "partitions", fn: indexFrom(starts), emptyOnEmpty: true } as const;
    return { numPartitions, spec: { kind: "step", parent, step } };
  });
}
