/**
 * A Kafka cluster as sources need it: which partitions there are, which offsets they have, their records, a group's offsets.
 *
 *     Cluster ──request──▶ the leader of the partition        found by metadata, looked up again when it has moved
 *        └─ persistently: tried again until default.api.timeout.ms
 *
 * It stands on the lowest layer of the client library: one request, one answer. The library's consumer would join a group, keep sessions
 * and decide by itself what to read next; here a range is what a batch says, and nothing but that is asked for.
 *
 * Connections keep the process alive only while a request is under way.
 */
import { setTimeout } from "node:timers/promises";
import type { Admin } from "@platformatic/kafka";
import { DStreamsError } from "../base/errors.ts";
import { newClient } from "./connecting.ts";
import { isAnswer, lost, noSuchTopic, NotNow } from "./failures.ts";
import { loadLibrary } from "./library.ts";
import type { FetchResponse, Library, ListOffsetsResponse, MetadataResponse } from "./library.ts";
import { nameOf } from "./offset-range.ts";
import type { OffsetRange, TopicPartition, TopicPartitionOffset } from "./offset-range.ts";
import type { KafkaSettings } from "./params.ts";
import { fetchedOf } from "./record-batches.ts";
import type { Fetched } from "./record-batches.ts";
import { persistently } from "./retry.ts";

/** A topic as the brokers describe it. */
export interface TopicState {
  /** Changes when a topic is deleted and made again. Empty from brokers before Kafka 2.8. */
  readonly id: string;
  /** Leaders by partition; -1 where there is none now. */
  readonly leaders: readonly number[];
}

interface Answers {
  Metadata: MetadataResponse;
  ListOffsets: ListOffsetsResponse;
  Fetch: FetchResponse;
}

type Broker = { readonly host: string; readonly port: number };
type Connection = Awaited<ReturnType<Admin["connections"]["get"]>>;
type Call<A> = { async(connection: Connection, ...args: readonly unknown[]): Promise<A>; version: number };

/** What is asked for in place of a time. */
export const latest = -1;
export const earliest = -2;

export class Cluster {
  readonly settings: KafkaSettings;
  #opening: Promise<Admin> | undefined;
  #library: Library | undefined;
  readonly #versions = new Map<string, { readonly minVersion: number; readonly maxVersion: number }>();
  #brokers = new Map<number, Broker>();
  readonly #topics = new Map<string, TopicState>();
  #underWay = 0;
  #closed = false;

  constructor(settings: KafkaSettings) {
    this.settings = settings;
  }

  /** The topics by name; all but Kafka's own without names. Those that do not exist are not in the answer. */
  topics(names?: readonly string[]): Promise<ReadonlyMap<string, TopicState>> {
    if (names === undefined) return this.#persistently("Listing the topics", () => this.#metadata(undefined));
    return this.#persistently(`Looking up topic ${names.join(", ")}`, () => this.#existing(names));
  }

  /**
   * The offset of each partition: `latest`, `earliest`, or that of the first record at or after a time in ms (then -1 where there is none).
   * `latest` is behind the last record that may be read: behind the last committed one under read_committed.
   */
  async offsets(partitions: readonly TopicPartition[], time: number): Promise<Map<string, number>> {
    if (partitions.length === 0) return new Map();
    // A broker refuses a request that names a partition twice.
    const each = [...new Map(partitions.map(one => [nameOf(one), one])).values()];
    const what = `Listing the offsets of ${each.map(nameOf).join(", ")}`;
    return this.#persistently(what, async () => {
      const missing = await this.#lookUp(new Set(each.map(({ topic }) => topic)));
      if (missing !== undefined) throw noSuchTopic(missing, this.settings.brokers);
      const byLeader = Map.groupBy(each, one => this.#leaderOf(one));
      const answers = [...byLeader].map(([leader, theirs]) => this.#offsetsAt(leader, theirs, time));
      return new Map((await Promise.all(answers)).flatMap(answer => [...answer]));
    });
  }

  /**
   * The next records of a range; `next`, where to go on, is always further. Rejects with DSTREAMS_DATA_LOSS when the range's first offset
   * is no longer there.
   */
  fetch(range: OffsetRange): Promise<Fetched> {
    let nothing = 0;
    return this.#persistently(`Reading ${nameOf(range)} from offset ${range.fromOffset}`, async () => {
      const fetched = await this.#fetch(range);
      if (fetched.next > range.fromOffset) return fetched;
      // The end of a compacted log may hold no record. But a broker that is slow to fetch from remote storage says the same.
      if (fetched.end >= range.untilOffset && ++nothing === 3) return { ...fetched, next: range.untilOffset };
      throw new NotNow(`the partition gave no record; it ends at ${fetched.end}`);
    });
  }

  /** What the group has committed of these partitions, where it has. */
  committed(groupId: string, partitions: readonly TopicPartition[]): Promise<TopicPartitionOffset[]> {
    const topics = [...Map.groupBy(partitions, each => each.topic)].map(([name, each]) => ({
      name,
      partitionIndexes: each.map(({ partition }) => partition),
    }));
    return this.#persistently(`Reading the offsets of group ${groupId}`, async client => {
      const [group] = await client.listConsumerGroupOffsets({ groups: [{ groupId, topics }], requireStable: true });
      return (group?.topics ?? []).flatMap(({ name, partitions: found }) =>
        found
          .filter(({ committedOffset }) => committedOffset >= 0n)
          .map(({ partitionIndex, committedOffset }) => ({
            topic: name,
            partition: partitionIndex,
            offset: Number(committedOffset),
          })),
      );
    });
  }

  /** Commits in the group, which no consumer may be a member of. */
  commit(groupId: string, offsets: readonly TopicPartitionOffset[]): Promise<void> {
    const topics = [...Map.groupBy(offsets, each => each.topic)].map(([name, each]) => ({
      name,
      partitionOffsets: each.map(({ partition, offset }) => ({ partition, offset: BigInt(offset) })),
    }));
    return this.#persistently(`Committing offsets of group ${groupId}`, client =>
      client.alterConsumerGroupOffsets({ groupId, topics }),
    );
  }

  /** Nothing is asked of it any more. */
  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#opening?.catch(() => undefined);
    await client?.close();
  }

  async #persistently<R>(what: string, attempt: (client: Admin) => Promise<R>): Promise<R> {
    this.#begin();
    try {
      return await persistently(this.settings, what, async () => {
        if (this.#closed) throw new DStreamsError("DSTREAMS_ILLEGAL_STATE", `${what}: the stream has been stopped.`);
        try {
          return await attempt(await this.#client());
        } catch (error) {
          // Whatever it was, who leads what may have changed.
          this.#topics.clear();
          throw error;
        }
      });
    } finally {
      this.#end();
    }
  }

  #client(): Promise<Admin> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<Admin> {
    this.#library = loadLibrary();
    const client = await newClient(this.settings);
    try {
      for (const { name, minVersion, maxVersion } of await client.listApis()) {
        this.#versions.set(name, { minVersion, maxVersion });
      }
    } catch (error) {
      await client.close().catch(() => undefined);
      throw error;
    }
    return client;
  }

  /** The newest form of a request that both sides know. */
  #call<N extends keyof Answers>(name: N): Call<Answers[N]> {
    const { minVersion, maxVersion } = this.#versions.get(name) ?? { minVersion: 1, maxVersion: 0 };
    const library = this.#library as unknown as Record<string, { readonly api: Call<Answers[N]> } | undefined>;
    for (let version = maxVersion; version >= minVersion; version--) {
      const found = library[`${name[0]?.toLowerCase()}${name.slice(1)}V${version}`];
      if (found !== undefined) return found.api;
    }
    throw new DStreamsError(
      "DSTREAMS_KAFKA",
      `The brokers ${this.settings.brokers.join(",")} have no form of ${name} that is known here: Kafka 2.1 or later is needed.`,
    );
  }

  async #metadata(names: readonly string[] | undefined): Promise<Map<string, TopicState>> {
    const client = await this.#client();
    const known = [...this.#brokers.values(), ...this.settings.brokers.map(toBroker)];
    const connection = await client.connections.getFirstAvailable(known);
    const answer = await wholeAnswer(this.#call("Metadata").async(connection, names ?? null, false, false));
    this.#brokers = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    const found = new Map<string, TopicState>();
    for (const { name, errorCode, topicId, isInternal, partitions } of answer.topics) {
      if (name === null || name === undefined || errorCode === unknownTopic || (names === undefined && isInternal))
        continue;
      if (errorCode !== 0) throw new (loadLibrary().ProtocolError)(errorCode);
      const leaders: number[] = [];
      for (const { partitionIndex, leaderId } of partitions) leaders[partitionIndex] = leaderId;
      found.set(name, { id: topicId, leaders });
      this.#topics.set(name, { id: topicId, leaders });
    }
    return found;
  }

  async #offsetsAt(leader: number, partitions: readonly TopicPartition[], time: number): Promise<Map<string, number>> {
    const connection = await this.#connect(leader);
    const topics = [...Map.groupBy(partitions, each => each.topic)].map(([name, each]) => ({
      name,
      partitions: each.map(one => ({
        partitionIndex: one.partition,
        currentLeaderEpoch: -1,
        timestamp: BigInt(time),
      })),
    }));
    const isolation = this.settings.committedOnly ? 1 : 0;
    const answer = await this.#call("ListOffsets").async(connection, -1, isolation, topics);
    return new Map(
      answer.topics.flatMap(({ name, partitions: found }) =>
        found.map(({ partitionIndex, offset }) => [nameOf({ topic: name, partition: partitionIndex }), Number(offset)]),
      ),
    );
  }

  async #fetch(range: OffsetRange): Promise<Fetched> {
    const { topic, partition, fromOffset } = range;
    if ((await this.#lookUp(new Set([topic]))) !== undefined) throw lost(range, `there is no topic ${topic}`);
    const id = this.#topics.get(topic)?.id;
    const connection = await this.#connect(this.#leaderOf(range));
    const call = this.#call("Fetch");
    const { maxFetchBytes, fetchMinBytes, fetchMaxWaitMs, committedOnly } = this.settings;
    const wanted = {
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(fromOffset),
      lastFetchedEpoch: -1,
      partitionMaxBytes: maxFetchBytes,
    };
    // Topics go by name up to version 12, by id from 13 on. An epoch of -1 asks for an answer outside any session.
    const topics = [{ topicId: call.version >= 13 ? id : topic, partitions: [wanted] }];
    const isolation = committedOnly ? 1 : 0;
    try {
      const answer = await call.async(
        connection,
        fetchMaxWaitMs,
        fetchMinBytes,
        maxFetchBytes,
        isolation,
        0,
        -1,
        topics,
        [],
        "",
      );
      return fetchedOf(answer.responses[0]?.partitions[0], range, committedOnly);
    } catch (error) {
      if (isAnswer(error, "OFFSET_OUT_OF_RANGE")) throw await this.#lost(range);
      throw error;
    }
  }

  async #lost(range: OffsetRange): Promise<Error> {
    const first = (await this.#offsetsAt(this.#leaderOf(range), [range], earliest)).get(nameOf(range));
    const last = (await this.#offsetsAt(this.#leaderOf(range), [range], latest)).get(nameOf(range));
    // A new leader may not yet know that all replicas have what the old one had told of.
    if (first !== undefined && range.fromOffset >= first && range.fromOffset <= (last ?? 0)) {
      return new NotNow(`${nameOf(range)} has offsets ${first} to ${last} now.`);
    }
    return lost(range, `it has offsets ${first} to ${last}`);
  }

  /** It takes a moment until every broker knows of a new topic, so what is missing is asked for again. */
  async #existing(names: readonly string[]): Promise<Map<string, TopicState>> {
    for (let wait = 50; ; wait *= 2) {
      const found = await this.#metadata(names);
      if (found.size >= names.length || wait > 1000) return found;
      await setTimeout(wait);
    }
  }

  /** Finds the leaders of topics that are not known; answers with the name of one that does not exist. */
  async #lookUp(topics: ReadonlySet<string>): Promise<string | undefined> {
    const unknown = [...topics].filter(topic => !this.#topics.has(topic));
    if (unknown.length === 0) return undefined;
    const found = await this.#existing(unknown);
    return unknown.find(topic => !found.has(topic));
  }

  #leaderOf({ topic, partition }: TopicPartition): number {
    return this.#topics.get(topic)?.leaders[partition] ?? -1;
  }

  async #connect(leader: number): Promise<Connection> {
    const broker = this.#brokers.get(leader);
    if (broker === undefined) throw new NotNow("no broker leads the partition now (LEADER_NOT_AVAILABLE)");
    return (await this.#client()).connections.get(broker);
  }

  #begin(): void {
    if (this.#underWay++ === 0) void this.#keepAlive(true);
  }

  #end(): void {
    if (--this.#underWay === 0) void this.#keepAlive(false);
  }

  async #keepAlive(wanted: boolean): Promise<void> {
    const client = await this.#opening?.catch(() => undefined);
    if (client === undefined) return;
    for (const [, { socket }] of client.connections) {
      if (wanted) socket?.ref();
      else if (this.#underWay === 0) socket?.unref();
    }
  }
}

const unknownTopic = 3;

/** An answer in which something is an error is thrown by the library; a partition without a leader is no reason to lose the others. */
async function wholeAnswer<A>(answer: Promise<A>): Promise<A> {
  try {
    return await answer;
  } catch (error) {
    const { response } = error as { response?: A };
    if (response === undefined) throw error;
    return response;
  }
}

function toBroker(address: string): Broker {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}
