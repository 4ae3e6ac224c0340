import { PairActions } from "./pair-actions.ts";

/**
 * A resilient distributed dataset: records in partitions, computed in the workers when an action asks for them, and again
 * whenever a part is lost. Immutable; operations yield new RDDs.
 *
 * The operations are in the classes above this one, a file each: PairActions ◁ Actions ◁ PairOperations ◁ Transformations ◁
 * Persistence ◁ Lineage.
 *
 * @example
 * ```ts
 * import { SparkContext } from "dstreams";
 * await using sc = new SparkContext("local[2]", "Word count");
 * const lines = sc.parallelize(["to be or", "not to be"]);
 * const counts = lines.flatMap(line => line.split(" ")).map(word => [word, 1]).reduceByKey((a, b) => a + b);
 * console.log(await counts.sortByKey().collect());
 * ```
 * ```text
 * [ [ 'be', 2 ], [ 'not', 1 ], [ 'or', 1 ], [ 'to', 2 ] ]
 * ```
 */
export class RDD<T> extends PairActions<T> {}
