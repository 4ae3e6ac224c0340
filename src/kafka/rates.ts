/** How many offsets of each partition a batch may take. */
import type { SparkConf } from "../conf/spark-conf.ts";

export interface Rates {
  /** `spark.streaming.kafka.maxRatePerPartition`: records a second; 0 for no limit. */
  readonly maxPerPartition: number;
  /** `spark.streaming.kafka.minRatePerPartition`: records a batch that a limited partition gets at least. */
  readonly minPerPartition: number;
  /** Records a second that the stream is to take in all, shared out by lag; undefined for no such limit. */
  readonly rate?: number;
}

export function readRates(conf: SparkConf): Rates {
  return {
    maxPerPartition: conf.getInt("spark.streaming.kafka.maxRatePerPartition", 0),
    minPerPartition: conf.getInt("spark.streaming.kafka.minRatePerPartition", 1),
  };
}

/**
 * The most that a batch may take of each partition, in the order of `lags` (offsets that wait in each); undefined for no limit.
 * Spark's rule: a rate for the whole stream is shared out by lag, and no share is above the maximum of a partition.
 */
export function limits(lags: readonly number[], batchSeconds: number, rates: Rates): number[] | undefined {
  const { maxPerPartition, minPerPartition, rate } = rates;
  const total = lags.reduce((sum, lag) => sum + lag, 0);
  const shares = lags.map(lag => {
    if (rate === undefined || rate <= 0) return maxPerPartition;
    const share = total === 0 ? 0 : (lag / total) * rate;
    return maxPerPartition > 0 ? Math.min(share, maxPerPartition) : share;
  });
  if (shares.every(share => share <= 0)) return undefined;
  return shares.map(share => Math.max(Math.floor(batchSeconds * share), minPerPartition));
}
