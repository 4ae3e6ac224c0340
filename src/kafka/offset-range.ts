/** What a batch reads, as plain data: this is the whole decision about a batch, and enough to read it again. */

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  /** From 0. */
  readonly partition: number;
}

/** A place in a partition: the offset of the record to be read next. */
export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** A range of a partition's records. Some of its offsets may hold no record: compacted topics and transactions leave gaps. */
export interface OffsetRange extends TopicPartition {
  /** The first offset of the range. */
  readonly fromOffset: number;
  /** The offset after the last one. */
  readonly untilOffset: number;
}

/** How many offsets a range has. */
export function lengthOf(range: OffsetRange): number {
  return range.untilOffset - range.fromOffset;
}

/** `words-0`, as Kafka writes it. */
export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/** By topic, then by partition. */
export function inOrder(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}

/**
 * Ranges cut so that there are about `minPartitions` of them, the longest most often; an empty one stays one. Pieces of a range are as long as
 * each other, and stand one after the other.
 */
export function splitRanges(ranges: readonly OffsetRange[], minPartitions: number): OffsetRange[] {
  const total = ranges.reduce((sum, range) => sum + lengthOf(range), 0);
  if (ranges.length >= minPartitions || total === 0) return [...ranges];
  return ranges.flatMap(range => {
    const length = lengthOf(range);
    const pieces = Math.max(1, Math.min(length, Math.round((length / total) * minPartitions)));
    const at = (i: number): number => range.fromOffset + Math.floor((length * i) / pieces);
    return Array.from({ length: pieces }, (_, i) => ({ ...range, fromOffset: at(i), untilOffset: at(i + 1) }));
  });
}

/** What people are shown of a batch, largest ranges first, as Spark's UI has it. */
export function describeRanges(ranges: readonly OffsetRange[]): string {
  return ranges
    .filter(range => lengthOf(range) > 0)
    .sort((a, b) => lengthOf(b) - lengthOf(a))
    .map(
      range =>
        `topic: ${range.topic}\tpartition: ${range.partition}\toffsets: ${range.fromOffset} to ${range.untilOffset}\tcount: ${lengthOf(range)}`,
    )
    .join("\n");
}
