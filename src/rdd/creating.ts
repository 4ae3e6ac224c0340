/** RDDs that come from nowhere else: collections, ranges, files. The driver settles the splits, workers read them. */
import { captureSite } from "../base/site.ts";
import type { Reader, Split } from "../plan/plan.ts";
import { binaryRecordSplits, recordReader } from "../sources/binary-records.ts";
import { collectionReader, collectionSplits, iterableSplits, rangeReader, rangeSplits } from "../sources/collection.ts";
import { textFileSplits } from "../sources/text-file.ts";
import { textReader } from "../sources/text-reader.ts";
import { binaryFileReader, binaryFileSplits, wholeTextFileSplits, wholeTextReader } from "../sources/whole-files.ts";
import { illegal, requireCount, requirePath } from "./checks.ts";
import type { Shape } from "./lineage.ts";
import { RDD } from "./rdd.ts";
import type { SparkContext } from "./spark-context.ts";

const readCollection = collectionReader();
const readRange = rangeReader();
const readText = textReader();
const readWholeText = wholeTextReader();
const readBinaryFile = binaryFileReader();

/** An RDD of what `reader` yields for each split. */
export function sourceRDD<T>(
  context: SparkContext,
  operator: string,
  reader: Reader,
  splits: () => readonly Split[] | Promise<readonly Split[]>,
): RDD<T> {
  context.driver.requireRunning();
  const shape = (found: readonly Split[]): Shape => ({
    numPartitions: found.length,
    spec: { kind: "source", splits: found, reader },
  });
  return new RDD(context, captureSite(operator), [], () => {
    const found = splits();
    return found instanceof Promise ? found.then(shape) : shape(found);
  });
}

export function parallelize<T>(context: SparkContext, records: Iterable<T>, numSlices: number | undefined): RDD<T> {
  const n = slicesOf(context, "parallelize", numSlices);
  if (typeof records !== "object" || records === null || !(Symbol.iterator in records)) {
    throw illegal("parallelize takes an array or another iterable; for an async iterable there is sc.fromAsync.");
  }
  return sourceRDD(context, "parallelize", readCollection, () =>
    collectionSplits(Array.isArray(records) ? records : [...records], n),
  );
}

export function fromAsync<T>(
  context: SparkContext,
  records: AsyncIterable<T> | Iterable<T>,
  numSlices: number | undefined,
): RDD<T> {
  const n = slicesOf(context, "fromAsync", numSlices);
  return sourceRDD(context, "fromAsync", readCollection, () => iterableSplits(records, n));
}

export function range(
  context: SparkContext,
  from: number,
  to: number,
  step: number,
  numSlices: number | undefined,
): RDD<number> {
  const n = slicesOf(context, "range", numSlices);
  const splits = rangeSplits(from, to, step, n);
  return sourceRDD(context, "range", readRange, () => splits);
}

export function emptyRDD<T>(context: SparkContext): RDD<T> {
  return sourceRDD(context, "emptyRDD", readCollection, () => []);
}

export function textFile(context: SparkContext, path: string, minPartitions: number | undefined): RDD<string> {
  requirePath("textFile", path);
  const n = partitionsOf(context, "textFile", minPartitions);
  return sourceRDD<string>(context, "textFile", readText, () => textFileSplits(path, n)).setName(path);
}

export function wholeTextFiles(
  context: SparkContext,
  path: string,
  minPartitions: number | undefined,
): RDD<[string, string]> {
  requirePath("wholeTextFiles", path);
  const n = partitionsOf(context, "wholeTextFiles", minPartitions);
  return sourceRDD<[string, string]>(context, "wholeTextFiles", readWholeText, () =>
    wholeTextFileSplits(path, n),
  ).setName(path);
}

export function binaryFiles(
  context: SparkContext,
  path: string,
  minPartitions: number | undefined,
): RDD<[string, Uint8Array]> {
  requirePath("binaryFiles", path);
  const n = Math.max(context.defaultParallelism, partitionsOf(context, "binaryFiles", minPartitions));
  return sourceRDD<[string, Uint8Array]>(context, "binaryFiles", readBinaryFile, () =>
    binaryFileSplits(path, n),
  ).setName(path);
}

export function binaryRecords(context: SparkContext, path: string, recordLength: number): RDD<Uint8Array> {
  requirePath("binaryRecords", path);
  requireCount("binaryRecords", "recordLength", recordLength);
  const reader = recordReader(recordLength);
  return sourceRDD<Uint8Array>(context, "binaryRecords", reader, () => binaryRecordSplits(path, recordLength)).setName(
    path,
  );
}

function slicesOf(context: SparkContext, operator: string, numSlices: number | undefined): number {
  context.driver.requireRunning();
  if (numSlices !== undefined) requireCount(operator, "numSlices", numSlices);
  return numSlices ?? context.defaultParallelism;
}

function partitionsOf(context: SparkContext, operator: string, minPartitions: number | undefined): number {
  context.driver.requireRunning();
  if (minPartitions !== undefined) requireCount(operator, "minPartitions", minPartitions);
  return minPartitions ?? context.defaultMinPartitions;
}
