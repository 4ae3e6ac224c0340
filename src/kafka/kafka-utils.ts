import { captureSite } from "../base/site.ts";
import type { StorageLevel } from "../engine/storage-level.ts";
import type { SparkConf } from "../conf/spark-conf.ts";
import { describe, illegal, requireCount, requireFunction } from "../rdd/checks.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { SparkContext } from "../rdd/spark-context.ts";
import type { DStream } from "../streaming/dstream.ts";
import type { StreamingContext } from "../streaming/streaming-context.ts";
import { Cluster, earliest, latest } from "./cluster.ts";
import type { ConsumerRecord } from "./consumer-record.ts";
import type { Decoder } from "./decoders.ts";
import { lost } from "./failures.ts";
import { KafkaInputDStream } from "./kafka-input-dstream.ts";
import { KafkaRDD } from "./kafka-rdd.ts";
import { nameOf } from "./offset-range.ts";
import type { OffsetRange, TopicPartitionOffset } from "./offset-range.ts";
import type { KafkaParams } from "./param-values.ts";
import { readParams } from "./params.ts";
import type { KafkaSettings } from "./params.ts";
import { kafkaReader } from "./reader.ts";
import type { Reading } from "./reader.ts";
import { checkSubscription } from "./subscription.ts";
import type { Subscription } from "./subscription.ts";
import { brokersOfQuorum, isQuorum } from "./zookeeper.ts";

/** How records become what a program sees of them. */
export interface DecodingOptions<K, V> {
  /** What becomes of a key; default text. Travels to the workers. */
  readonly keyDecoder?: Decoder<K>;
  /** What becomes of a value; default text. Travels to the workers. */
  readonly valueDecoder?: Decoder<V>;
}

/** How ranges are read. */
export interface ReadOptions<K, V> extends DecodingOptions<K, V> {
  /** Kafka's settings by Kafka's names; `bootstrap.servers` must be among them. */
  readonly kafkaParams: KafkaParams;
  /** Split long ranges until there are about so many partitions; default a partition of the RDD for each one of Kafka's. */
  readonly minPartitions?: number;
  /** True (default): records that are no longer there are an error. False: they are left out, with a warning in the log. */
  readonly failOnDataLoss?: boolean;
}

/** What `createDirectStream` reads, from where, and how: one of `topics`, `topicPattern` and `assign`, and `kafkaParams`. */
export interface DirectStreamOptions<K, V> extends Subscription, ReadOptions<K, V> {
  /** Where to begin, in place of what the group has committed. */
  readonly fromOffsets?: readonly TopicPartitionOffset[];
  /** Begin at the first record of this time or later, where `fromOffsets` says nothing: a Date, or ms since the epoch. */
  readonly startingTimestamp?: Date | number;
}

/**
 * Streams and RDDs of what is in Kafka.
 *
 * @example
 * ```ts no-run
 * import { SparkContext, StreamingContext } from "dstreams";
 * import { KafkaUtils } from "dstreams/kafka";
 * const ssc = new StreamingContext(new SparkContext("local[2]", "Orders"), 1);
 * const orders = KafkaUtils.createDirectStream(ssc, {
 *   topics: ["orders"],
 *   kafkaParams: { "bootstrap.servers": "localhost:9092", "auto.offset.reset": "earliest" },
 * });
 * orders.map(({ key }) => [key, 1]).reduceByKey((a, b) => a + b).pprint();
 * await ssc.start();
 * await ssc.awaitTermination();
 * ```
 */
export const KafkaUtils = { createStream, createDirectStream, createRDD } as const;

/**
 * A stream of `[key, value]` that remembers in a consumer group how far it has come. A batch's offsets are committed when all its outputs have
 * succeeded; a restarted program goes on there. Without committed offsets it begins with what is written after its start
 * (`auto.offset.reset`: `latest`).
 *
 * @param quorumOrBrokers `"broker1:9092,broker2:9092"`; or, for brokers of the ZooKeeper age, the quorum: any address with port 2181
 *   (`"zk1:2181/chroot"`), or with `zookeeper://` before it
 * @param groupId whose offsets are committed; no consumer may be a member of it
 * @param topics names of topics; their numbers of threads are not needed here, as every partition is read in parallel
 * @param storageLevel not needed here either: records stay in Kafka until they are read
 */
function createStream<K = string, V = string>(
  ssc: StreamingContext,
  quorumOrBrokers: string,
  groupId: string,
  topics: Readonly<Record<string, number>>,
  kafkaParams: KafkaParams = {},
  _storageLevel?: StorageLevel,
  decoding: DecodingOptions<K, V> = {},
): DStream<[key: K | null, value: V]> {
  if (typeof quorumOrBrokers !== "string")
    throw illegal(`createStream takes the brokers as text, not ${describe(quorumOrBrokers)}.`);
  if (typeof groupId !== "string" || groupId === "") throw illegal("createStream needs the id of a consumer group.");
  if (typeof topics !== "object" || topics === null || Array.isArray(topics))
    throw illegal("topics should be dict: { topic: threads }");
  const subscription = { topics: Object.keys(topics) };
  checkSubscription("createStream", subscription);
  checkDecoders("createStream", decoding);
  const settings = (brokers: string): KafkaSettings =>
    readParams({ ...kafkaParams, "bootstrap.servers": brokers, "group.id": groupId });
  // A mistake in the parameters shows at once, also where the brokers must be asked for first.
  const checked = settings(isQuorum(quorumOrBrokers) ? "localhost:9092" : quorumOrBrokers);
  return new KafkaInputDStream<[K | null, V]>(ssc, "createStream", {
    settings: async () =>
      isQuorum(quorumOrBrokers) ? settings(await brokersOfQuorum(quorumOrBrokers, checked.security.protocol)) : checked,
    subscription,
    beginning: {},
    reading: now => readingOf(ssc.sparkContext, now, "pairs", decoding),
    minPartitions: 1,
    commitsBatches: true,
  });
}

/**
 * A stream of ConsumerRecords that is told what to read, and says what it reads: each batch is a range of offsets for each partition
 * (`offsetRangesOf`). It begins at `fromOffsets`, else at `startingTimestamp`, else where the group has committed, else at `auto.offset.reset`; it
 * commits only what it is told to (`commitAsync`). The group is not joined.
 *
 * @throws DSTREAMS_ILLEGAL_ARGUMENT, DSTREAMS_CONFIGURATION for options that contradict each other or Kafka's rules
 */
function createDirectStream<K = string, V = string>(
  ssc: StreamingContext,
  options: DirectStreamOptions<K, V>,
): KafkaInputDStream<ConsumerRecord<K, V>> {
  checkSubscription("createDirectStream", options);
  checkDecoders("createDirectStream", options);
  const { topics, topicPattern, assign, fromOffsets, startingTimestamp, minPartitions = 1 } = options;
  requireCount("createDirectStream", "minPartitions", minPartitions);
  for (const each of fromOffsets ?? []) requireOffset("createDirectStream", "offset", each.offset);
  const settings = readParams(options.kafkaParams);
  return new KafkaInputDStream<ConsumerRecord<K, V>>(ssc, "createDirectStream", {
    settings: async () => settings,
    subscription: {
      ...(topics && { topics }),
      ...(topicPattern !== undefined && { topicPattern }),
      ...(assign && { assign }),
    },
    beginning: { fromOffsets, timestamp: startingTimestamp?.valueOf() },
    reading: now => readingOf(ssc.sparkContext, now, "records", options),
    minPartitions,
    commitsBatches: false,
  });
}

/**
 * An RDD of the records in these ranges: a partition for each, in their order.
 *
 * @throws DSTREAMS_DATA_LOSS when it is used and Kafka has no such offsets any more
 *
 * @example
 * ```ts no-run
 * import { SparkContext } from "dstreams";
 * import { KafkaUtils } from "dstreams/kafka";
 * await using sc = new SparkContext("local[2]", "Yesterday");
 * const ranges = [{ topic: "orders", partition: 0, fromOffset: 100, untilOffset: 200 }];
 * const orders = KafkaUtils.createRDD(sc, ranges, { kafkaParams: { "bootstrap.servers": "localhost:9092" } });
 * console.log(await orders.map(({ value }) => value).take(3));
 * ```
 */
function createRDD<K = string, V = string>(
  sc: SparkContext,
  offsetRanges: readonly OffsetRange[],
  options: ReadOptions<K, V>,
): RDD<ConsumerRecord<K, V>> {
  sc.driver.requireRunning();
  if (!Array.isArray(offsetRanges))
    throw illegal(`createRDD takes an array of offset ranges, but was given ${describe(offsetRanges)}.`);
  for (const range of offsetRanges) requireRange(range);
  checkDecoders("createRDD", options);
  const { minPartitions = 1 } = options;
  requireCount("createRDD", "minPartitions", minPartitions);
  const settings = readParams(options.kafkaParams);
  const reading = readingOf(sc, settings, "records", options);
  return new KafkaRDD<ConsumerRecord<K, V>>(sc, captureSite("createRDD"), {
    ranges: offsetRanges,
    reader: kafkaReader(reading),
    minPartitions,
    whole: !reading.gaps,
    ...(reading.failOnDataLoss && { check: () => requireThere(settings, offsetRanges) }),
  });
}

function readingOf(
  sc: SparkContext,
  settings: KafkaSettings,
  form: Reading["form"],
  options: DecodingOptions<unknown, unknown> & { readonly failOnDataLoss?: boolean },
): Reading {
  const { keyDecoder, valueDecoder, failOnDataLoss = true } = options;
  return { settings, form, keyDecoder, valueDecoder, failOnDataLoss, gaps: allowsGaps(sc.getConf()) };
}

/** In Spark gaps are an error unless this is true. Here they are one only when it is false, which makes `count` cheap. */
function allowsGaps(conf: SparkConf): boolean {
  return conf.getBoolean("spark.streaming.kafka.allowNonConsecutiveOffsets", true);
}

/** Before a task finds out, and for all ranges at once. */
async function requireThere(settings: KafkaSettings, ranges: readonly OffsetRange[]): Promise<void> {
  const cluster = new Cluster(settings);
  try {
    const [first, last] = [await cluster.offsets(ranges, earliest), await cluster.offsets(ranges, latest)];
    for (const range of ranges) {
      const [least, most] = [first.get(nameOf(range)) ?? 0, last.get(nameOf(range)) ?? 0];
      if (range.fromOffset < least)
        throw lost(range, `Offsets not available on leader: the partition begins at ${least}`);
      if (range.untilOffset > most) {
        throw illegal(
          `Offsets not available on leader: ${nameOf(range)} ends at ${most}, the range at ${range.untilOffset}.`,
        );
      }
    }
  } finally {
    await cluster.close();
  }
}

function checkDecoders(operator: string, { keyDecoder, valueDecoder }: DecodingOptions<unknown, unknown>): void {
  for (const decoder of [keyDecoder, valueDecoder]) if (decoder !== undefined) requireFunction(operator, decoder);
}

function requireRange({ topic, partition, fromOffset, untilOffset }: OffsetRange): void {
  checkSubscription("createRDD", { topics: [topic] });
  requireOffset("createRDD", "partition", partition);
  requireOffset("createRDD", "fromOffset", fromOffset);
  requireOffset("createRDD", "untilOffset", untilOffset);
  if (fromOffset <= untilOffset) return;
  throw illegal(
    `Beginning offset ${fromOffset} is after the ending offset ${untilOffset} for topic ${topic} partition ${partition}. You either provided an ` +
      "invalid fromOffset, or the Kafka topic has been damaged",
  );
}

function requireOffset(operator: string, name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return;
  throw illegal(`${operator}: ${name} must be a whole number that is not negative, not ${describe(value)}.`);
}
