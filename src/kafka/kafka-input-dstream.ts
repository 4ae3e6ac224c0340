import { DStreamsError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { RDD } from "../rdd/rdd.ts";
import { InputDStream } from "../streaming/input-dstream.ts";
import type { BatchInfo } from "../streaming/scheduler/listener.ts";
import type { StreamingContext } from "../streaming/streaming-context.ts";
import type { Time } from "../streaming/time.ts";
import { Cluster } from "./cluster.ts";
import { KafkaRDD } from "./kafka-rdd.ts";
import { describeRanges, inOrder, lengthOf, nameOf } from "./offset-range.ts";
import type { OffsetRange, TopicPartitionOffset } from "./offset-range.ts";
import type { KafkaSettings } from "./params.ts";
import { Positions } from "./positions.ts";
import { readRates } from "./rates.ts";
import { kafkaReader } from "./reader.ts";
import type { Reading } from "./reader.ts";
import type { Beginning, Subscription } from "./subscription.ts";

const log = logger("Kafka");

/** What makes one stream of Kafka's different from another. */
export interface KafkaStreamOptions {
  readonly settings: () => Promise<KafkaSettings>;
  readonly subscription: Subscription;
  readonly beginning: Beginning;
  readonly reading: (settings: KafkaSettings) => Reading;
  readonly minPartitions: number;
  /** Batches that succeeded are committed in the group; after one that failed none is. */
  readonly commitsBatches: boolean;
}

/** What is known once the stream has begun. */
interface Begun {
  readonly cluster: Cluster;
  readonly positions: Positions;
  readonly reading: Reading;
  readonly reader: ReturnType<typeof kafkaReader>;
}

/**
 * A stream of what is in Kafka, read by ranges: the driver decides which offsets belong to a batch (`positions.ts`), the workers read them
 * (`reader.ts`).
 *
 *     start ──▶ begin: where every partition begins                            (before ssc.start() resolves)
 *     batch t ─▶ next: [from, until) of every partition ─▶ kept as the decision about t ─▶ KafkaRDD
 *     batch t done ─▶ its ends are committed in the group                      (createStream; else commitAsync by the program)
 */
export class KafkaInputDStream<T> extends InputDStream<T> {
  readonly #options: KafkaStreamOptions;
  /** Ranges by batch time in ms, as long as a batch may be computed again. */
  readonly #decisions = new Map<number, readonly OffsetRange[]>();
  #lastDecided = 0;
  #cluster: Cluster | undefined;
  #begun: Promise<Begun> | undefined;
  #commits: Promise<void> = Promise.resolve();
  readonly #committed = new Map<string, number>();
  #hasFailed = false;

  /** Made by KafkaUtils. @internal */
  constructor(context: StreamingContext, operator: string, options: KafkaStreamOptions) {
    super(context, operator, "KafkaInputDStream");
    this.#options = options;
    if (options.commitsBatches) {
      context.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => this.#batchCompleted(batchInfo) });
    }
  }

  /** Resolves when it is known where each partition begins; what is written from then on is read. @internal */
  override async start(): Promise<void> {
    this.#begun = this.#begin();
    await this.#begun;
  }

  /** @internal */
  override async compute(time: Time): Promise<RDD<T>> {
    const begun = await this.#requireBegun();
    const ranges = this.#decisions.get(time.milliseconds) ?? (await this.#decide(time, begun.positions));
    return new KafkaRDD<T>(this.context.sparkContext, this.site, {
      ranges,
      reader: begun.reader,
      minPartitions: this.#options.minPartitions,
      whole: !begun.reading.gaps,
    });
  }

  /** @internal */
  override clearMetadata(time: Time): Promise<RDD<T> | undefined>[] {
    const newestOld = time.milliseconds - (this.rememberDuration ?? this.slideDuration).milliseconds;
    for (const at of this.#decisions.keys()) {
      if (at > newestOld) break;
      this.#decisions.delete(at);
    }
    return super.clearMetadata(time);
  }

  /**
   * Commits the ends of these ranges in the group (`group.id` of kafkaParams), where a stream with the same group begins next time. Never goes
   * back behind what this stream has committed.
   *
   * @throws DSTREAMS_ILLEGAL_ARGUMENT without a group.id
   * @throws DSTREAMS_KAFKA when the brokers refuse it, as they do when other consumers are active in the group
   */
  commitAsync(offsetRanges: readonly OffsetRange[]): Promise<void> {
    const ends = offsetRanges.map(({ topic, partition, untilOffset }) => ({ topic, partition, offset: untilOffset }));
    const commit = this.#commits.then(() => this.#commit(ends));
    this.#commits = commit.catch(() => undefined);
    return commit;
  }

  /** Waits for commits that are under way. @internal */
  override async stop(): Promise<void> {
    await this.#commits;
    await this.#cluster?.close();
    await this.#begun?.catch(() => undefined); // told by start()
  }

  async #begin(): Promise<Begun> {
    const { subscription, beginning } = this.#options;
    const settings = await this.#options.settings();
    const reading = this.#options.reading(settings);
    const cluster = new Cluster(settings);
    this.#cluster = cluster;
    const positions = new Positions({
      cluster,
      subscription,
      beginning,
      failOnDataLoss: reading.failOnDataLoss,
      rates: readRates(this.context.sparkContext.getConf()),
      batchSeconds: this.slideDuration.milliseconds / 1000,
    });
    await positions.begin();
    return { cluster, positions, reading, reader: kafkaReader(reading) };
  }

  async #decide(time: Time, positions: Positions): Promise<readonly OffsetRange[]> {
    if (time.milliseconds < this.#lastDecided) {
      // What is new belongs to the batch that comes next, and not to one that is over.
      throw new DStreamsError(
        "DSTREAMS_STREAM",
        `The batch at ${time} is over, and its offsets are forgotten. To ask for it later, keep it with ssc.remember().`,
      );
    }
    const ranges = await positions.next();
    this.#lastDecided = time.milliseconds;
    this.#decisions.set(time.milliseconds, ranges);
    const numRecords = ranges.reduce((sum, range) => sum + lengthOf(range), 0);
    const metadata = { offsets: ranges, Description: describeRanges(ranges) };
    this.context.inputInfos.report(time, { inputStreamId: this.id, numRecords, metadata });
    return ranges;
  }

  #batchCompleted({ batchTime, streamIdToInputInfo, outputOperationInfos }: BatchInfo): void {
    const failed = [...outputOperationInfos.values()].some(({ failureReason }) => failureReason !== undefined);
    if (failed && !this.#hasFailed) {
      log.warn(`The batch at ${batchTime} failed. From it on nothing is committed, so that a restart reads it again.`);
    }
    this.#hasFailed ||= failed;
    const ranges = streamIdToInputInfo.get(this.id)?.metadata["offsets"] as readonly OffsetRange[] | undefined;
    if (this.#hasFailed || ranges === undefined) return;
    this.commitAsync(ranges).catch((error: unknown) =>
      log.warn(`The batch at ${batchTime} could not be committed`, error),
    );
  }

  async #commit(ends: readonly TopicPartitionOffset[]): Promise<void> {
    const { cluster } = await this.#requireBegun();
    const { groupId } = cluster.settings;
    if (groupId === undefined) {
      throw new DStreamsError("DSTREAMS_ILLEGAL_ARGUMENT", "commitAsync needs a group: set group.id in kafkaParams.");
    }
    const news = ends.filter(end => end.offset > (this.#committed.get(nameOf(end)) ?? -1)).sort(inOrder);
    if (news.length === 0) return;
    await cluster.commit(groupId, news);
    for (const end of news) this.#committed.set(nameOf(end), end.offset);
  }

  #requireBegun(): Promise<Begun> {
    if (this.#begun !== undefined) return this.#begun;
    throw new DStreamsError(
      "DSTREAMS_ILLEGAL_STATE",
      `${this} has not been started: start the StreamingContext first.`,
    );
  }
}
