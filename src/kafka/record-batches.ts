/** What a fetch has brought: the batches of records that may be seen, and where to go on. */
import type { RecordsBatch } from "@platformatic/kafka";
import { NotNow } from "./failures.ts";
import type { FetchResponse } from "./library.ts";
import { nameOf } from "./offset-range.ts";
import type { OffsetRange } from "./offset-range.ts";

export interface Fetched {
  /** Batches with records in them. The first may begin before the range, the last end behind it. */
  readonly batches: readonly RecordsBatch[];
  /** The offset after the last one that was fetched; the range's first when nothing was. */
  readonly next: number;
  /** The offset that the partition ends at. */
  readonly end: number;
}

type FetchedPartition = FetchResponse["responses"][number]["partitions"][number];

const control = 1 << 5;
const transactional = 1 << 4;

export function fetchedOf(answer: FetchedPartition | undefined, range: OffsetRange, committedOnly: boolean): Fetched {
  // A broker that slows a client down answers without the partition.
  if (answer === undefined) throw new NotNow(`the broker gave nothing of ${nameOf(range)}`);
  const all = answer.records ?? [];
  const last = all.at(-1);
  return {
    batches: committedOnly ? withoutAborted(all, answer) : all.filter(batch => (batch.attributes & control) === 0),
    next: last === undefined ? range.fromOffset : Number(last.firstOffset) + last.lastOffsetDelta + 1,
    end: Number(committedOnly ? answer.lastStableOffset : answer.highWatermark),
  };
}

/**
 * The broker names the transactions that were aborted, each by its producer and its first offset. From there on that producer's batches are
 * void until its abort marker; what it writes after that belongs to another transaction.
 */
function withoutAborted(batches: readonly RecordsBatch[], answer: FetchedPartition): RecordsBatch[] {
  const aborted = (answer.abortedTransactions ?? []).toSorted((a, b) => Number(a.firstOffset - b.firstOffset));
  const open = new Set<bigint>();
  let next = 0;
  return batches.filter(batch => {
    const end = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    for (let one = aborted[next]; one !== undefined && one.firstOffset <= end; one = aborted[++next]) {
      open.add(one.producerId);
    }
    if ((batch.attributes & control) !== 0) {
      if (isAbort(batch)) open.delete(batch.producerId);
      return false;
    }
    return (batch.attributes & transactional) === 0 || !open.has(batch.producerId);
  });
}

/** A control record's key is two 16-bit numbers: version, and type, of which 0 is abort. */
function isAbort(batch: RecordsBatch): boolean {
  return batch.records[0]?.key?.readInt16BE(2) === 0;
}
