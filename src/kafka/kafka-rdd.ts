import type { CallSite } from "../base/site.ts";
import { describe, illegal } from "../rdd/checks.ts";
import type { Lineage, Shape } from "../rdd/lineage.ts";
import { RDD } from "../rdd/rdd.ts";
import type { SparkContext } from "../rdd/spark-context.ts";
import { nextNodeId } from "../plan/plan.ts";
import type { Reader } from "../plan/plan.ts";
import { lengthOf, splitRanges } from "./offset-range.ts";
import type { OffsetRange } from "./offset-range.ts";

/** What a KafkaRDD is made of. */
export interface KafkaRDDOptions {
  readonly ranges: readonly OffsetRange[];
  readonly reader: Reader;
  readonly minPartitions: number;
  /** True when every offset is known to hold a record: reading fails otherwise. */
  readonly whole: boolean;
  /** Rejects when a range cannot be read; called when the RDD is first used. */
  readonly check?: () => Promise<void>;
}

/**
 * Records of Kafka: one partition for each range, in their order, or several where `minPartitions` asks for more. Ranges without offsets are known
 * to be empty, so no task is run for them.
 */
export class KafkaRDD<T> extends RDD<T> {
  /** What is read, exactly this, however often it is computed. */
  readonly offsetRanges: readonly OffsetRange[];
  readonly #whole: boolean;

  constructor(context: SparkContext, site: CallSite, options: KafkaRDDOptions) {
    const { ranges, reader, minPartitions, check } = options;
    const shape = (): Shape => shapeOf(site, splitRanges(ranges, minPartitions), reader);
    super(context, site, [], check === undefined ? shape : () => check().then(shape));
    this.offsetRanges = ranges;
    this.#whole = options.whole;
  }

  /** How many records there are; without reading them when every offset is known to hold one. */
  override async count(): Promise<number> {
    if (!this.#whole) return super.count();
    return this.offsetRanges.reduce((sum, range) => sum + lengthOf(range), 0);
  }

  /** What is derived from it is an ordinary RDD. @internal */
  override derive<U>(
    site: CallSite,
    parents: readonly Lineage[],
    recipe: ConstructorParameters<typeof Lineage>[3],
  ): RDD<U> {
    return new RDD<U>(this.context, site, parents, recipe);
  }
}

/** The source reads what there is to read; the concat above it puts the empty ranges in between, which need no reading. */
function shapeOf(site: CallSite, pieces: readonly OffsetRange[], reader: Reader): Shape {
  const splits = pieces.filter(piece => lengthOf(piece) > 0);
  const source = {
    id: nextNodeId(),
    site,
    numPartitions: splits.length,
    partitioner: undefined,
    spec: { kind: "source", splits, reader },
  } as const;
  let next = 0;
  const parts = pieces.map(piece => (lengthOf(piece) > 0 ? [[0, next++] as const] : []));
  return { numPartitions: pieces.length, spec: { kind: "concat", parents: [source], parts } };
}

/**
 * The ranges that a batch of a direct stream, or an RDD of `createRDD`, reads.
 *
 * @throws DSTREAMS_ILLEGAL_ARGUMENT for an RDD that is derived from one: ask the stream's own RDD, before any other operation
 */
export function offsetRangesOf<T>(rdd: RDD<T>): readonly OffsetRange[] {
  if (rdd instanceof KafkaRDD) return rdd.offsetRanges;
  throw illegal(
    `offsetRangesOf takes the RDD of a direct stream itself, but was given ${describe(rdd)}. Call it in foreachRDD or transform of the stream that ` +
      "createDirectStream returned, before any other operation.",
  );
}
