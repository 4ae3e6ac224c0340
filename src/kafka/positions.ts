/**
 * Where a stream is in its topics, and what its next batch reads. Everything that is decided about a batch is decided here, in the driver.
 *
 *     begin   partitions ─▶ given offsets │ a time │ committed by the group │ auto.offset.reset      the place to start from
 *     next    [ place ─────────────── min(end, place + limit) ) ─▶ the new place                     a range of each partition
 *
 * There is no consumer group in this: nobody else can take a partition away, and no rebalance stops a batch. A partition that appears later is
 * read from its beginning, since nothing of it can have been read.
 */
import { DStreamsError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { earliest, latest } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { lost } from "./failures.ts";
import { findPartitions, findTopics, partitionsOf } from "./find-partitions.ts";
import { inOrder, nameOf } from "./offset-range.ts";
import type { OffsetRange, TopicPartition } from "./offset-range.ts";
import { limits } from "./rates.ts";
import type { Rates } from "./rates.ts";
import type { Beginning, Subscription } from "./subscription.ts";

const log = logger("Kafka");

/** A partition and the offset to be read next. */
interface Place extends TopicPartition {
  offset: number;
}

export interface PositionsOptions {
  readonly cluster: Cluster;
  readonly subscription: Subscription;
  readonly beginning: Beginning;
  readonly failOnDataLoss: boolean;
  readonly rates: Rates;
  readonly batchSeconds: number;
}

export class Positions {
  readonly #options: PositionsOptions;
  #places = new Map<string, Place>();
  #topicIds = new Map<string, string>();
  #looked = Number.NEGATIVE_INFINITY;

  constructor(options: PositionsOptions) {
    this.#options = options;
  }

  /** Finds the partitions and fixes where each begins. */
  async begin(): Promise<void> {
    const { cluster, subscription } = this.#options;
    const { partitions, topics } = await findPartitions(cluster, subscription);
    for (const [name, { id }] of topics) this.#topicIds.set(name, id);
    this.#looked = performance.now();
    for (const place of await this.#starting(partitions)) this.#places.set(nameOf(place), place);
  }

  /** What the next batch reads: a range for each partition, empty where there is nothing new. Its end is the new place. */
  async next(): Promise<OffsetRange[]> {
    const { cluster, rates, batchSeconds } = this.#options;
    if (performance.now() - this.#looked >= cluster.settings.metadataMaxAgeMs) await this.#lookAgain();
    const ends = await this.#ends();
    const places = [...this.#places.values()].sort(inOrder);
    for (const place of places) this.#checkEnd(place, ends.get(nameOf(place)) ?? 0);
    const lags = places.map(place => (ends.get(nameOf(place)) ?? 0) - place.offset);
    const most = limits(lags, batchSeconds, rates);
    const ranges = places.map(({ topic, partition, offset }, i) => {
      const untilOffset = offset + Math.min(lags[i] ?? 0, most?.[i] ?? Number.POSITIVE_INFINITY);
      return { topic, partition, fromOffset: offset, untilOffset };
    });
    // Only now, with nothing left that could fail: a batch that could not be decided is decided again, from the same places.
    for (const [i, place] of places.entries()) place.offset = ranges[i]?.untilOffset ?? place.offset;
    return ranges;
  }

  /** A topic may have gone since its partitions were looked up. */
  async #ends(): Promise<Map<string, number>> {
    const { cluster } = this.#options;
    const known = [...this.#places.values()];
    try {
      return await cluster.offsets(known, latest);
    } catch (error) {
      await this.#lookAgain();
      if (this.#places.size === known.length) throw error;
      return cluster.offsets([...this.#places.values()], latest);
    }
  }

  /** Partitions that have come are read from their beginning; those that have gone are lost. */
  async #lookAgain(): Promise<void> {
    const { cluster, subscription } = this.#options;
    const there = await findTopics(cluster, subscription);
    for (const place of this.#places.values()) this.#checkTopic(place, there.get(place.topic)?.id);
    const found = partitionsOf(there, this.#without(there));
    const added = found.partitions.filter(one => !this.#places.has(nameOf(one)));
    const begins = await cluster.offsets(added, earliest);
    for (const { topic, partition } of added) {
      const place = { topic, partition, offset: begins.get(nameOf({ topic, partition })) ?? 0 };
      this.#places.set(nameOf(place), place);
      log.info(() => `Partition ${nameOf(place)} is new and is read from offset ${place.offset}`);
    }
    for (const [name, { id }] of found.topics) this.#topicIds.set(name, id);
    this.#looked = performance.now();
  }

  /** The subscription less the topics that are gone (which has been told by now, and is to be borne). */
  #without(there: ReadonlyMap<string, unknown>): Subscription {
    const { topics, assign, topicPattern } = this.#options.subscription;
    if (topics !== undefined) return { topics: topics.filter(topic => there.has(topic)) };
    if (assign !== undefined) return { assign: assign.filter(({ topic }) => there.has(topic)) };
    return topicPattern === undefined ? {} : { topicPattern };
  }

  /** Throws when the topic of a partition is gone, or is another one of the same name. */
  #checkTopic(place: Place, id: string | undefined): void {
    const before = this.#topicIds.get(place.topic);
    if (id === before) return;
    const what =
      id === undefined ? `topic ${place.topic} was deleted` : `topic ${place.topic} was deleted and made anew`;
    this.#lose({ ...place, fromOffset: place.offset, untilOffset: place.offset }, what);
    this.#places.delete(nameOf(place));
  }

  /** A partition that ends before the place has been cut off, or is not the one it was. */
  #checkEnd(place: Place, end: number): void {
    if (place.offset <= end) return;
    this.#lose({ ...place, fromOffset: end, untilOffset: place.offset }, `the partition ends at ${end}`);
    place.offset = end;
  }

  #lose(range: OffsetRange, found: string): void {
    const error = lost(range, found);
    if (this.#options.failOnDataLoss) throw error;
    log.warn(`${nameOf(range)}: ${found}; the stream goes on without it (failOnDataLoss is false).`);
  }

  async #starting(partitions: readonly TopicPartition[]): Promise<Place[]> {
    const { cluster, beginning } = this.#options;
    const [first, last] = [await cluster.offsets(partitions, earliest), await cluster.offsets(partitions, latest)];
    const said = await this.#said(partitions, beginning);
    return partitions.map(one => {
      const name = nameOf(one);
      const [least, most] = [first.get(name) ?? 0, last.get(name) ?? 0];
      const offset = said.get(name);
      if (offset === undefined) return { ...one, offset: this.#reset(one, least, most) };
      if (offset >= least && offset <= most) return { ...one, offset };
      const range = { ...one, fromOffset: offset, untilOffset: Math.max(offset, least) };
      this.#lose(range, `the partition has offsets ${least} to ${most}`);
      return { ...one, offset: Math.min(Math.max(offset, least), most) };
    });
  }

  /** Offsets that are given, found by time, or committed: the first that there is. */
  async #said(partitions: readonly TopicPartition[], beginning: Beginning): Promise<Map<string, number>> {
    const { cluster } = this.#options;
    const given = new Map((beginning.fromOffsets ?? []).map(each => [nameOf(each), each.offset]));
    const rest = partitions.filter(each => !given.has(nameOf(each)));
    if (beginning.timestamp !== undefined) {
      const found = await cluster.offsets(rest, beginning.timestamp);
      const ends = await cluster.offsets(rest, latest);
      for (const [name, offset] of found) given.set(name, offset >= 0 ? offset : (ends.get(name) ?? 0));
    } else if (cluster.settings.groupId !== undefined && rest.length > 0) {
      for (const each of await cluster.committed(cluster.settings.groupId, rest)) given.set(nameOf(each), each.offset);
    }
    return given;
  }

  #reset(partition: TopicPartition, first: number, last: number): number {
    const { reset } = this.#options.cluster.settings;
    if (reset === "latest") return last;
    if (reset === "earliest") return first;
    throw new DStreamsError(
      "DSTREAMS_KAFKA",
      `No offset to start from is known for ${nameOf(partition)}, and auto.offset.reset is none. Give fromOffsets or startingTimestamp, or set it ` +
        "to earliest or latest.",
    );
  }
}
