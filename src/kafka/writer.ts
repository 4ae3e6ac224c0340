/** Runs in the workers: writes the pairs of one partition of an RDD. */
import type { MessageToProduce, Producer } from "@platformatic/kafka";
import { portable } from "../closure/portable.ts";
import type { PartitionRecords } from "../plan/plan.ts";
import { encode } from "./encoders.ts";
import type { Encoder } from "./encoders.ts";
import { noSuchTopic, worded } from "./failures.ts";
import { loadLibrary } from "./library.ts";
import { nameOf } from "./offset-range.ts";
import type { KafkaSettings } from "./params.ts";
import { forgetProducer, useCluster, useProducer } from "./worker-clients.ts";

export interface Writing {
  readonly settings: KafkaSettings;
  readonly topic: string;
  readonly keyEncoder: Encoder<never> | undefined;
  readonly valueEncoder: Encoder<never> | undefined;
  /** What the records' ids begin with; without it they have none. */
  readonly id: string | undefined;
}

const idHeader = Buffer.from("dstreams-id");

/** For a `partition` action: writes `[key, value]` pairs; done when the brokers have acknowledged all. */
export const kafkaWriter = portable(
  import.meta.url,
  "kafkaWriter",
  (writing: Writing) =>
    async (index: number, records: PartitionRecords<readonly [unknown, unknown]>): Promise<void> => {
      const { client: producer, done } = useProducer(writing.settings);
      try {
        const batches = new Batches(await producer, writing, await countPartitions(writing));
        await batches.write(index, records);
      } catch (error) {
        // What it had under way is in doubt; the next attempt begins with numbers of its own.
        forgetProducer(writing.settings);
        throw worded(`Writing to topic ${writing.topic}`, writing.settings.brokers, error);
      } finally {
        done();
      }
    },
);

async function countPartitions({ settings, topic }: Writing): Promise<number> {
  const { client, done } = useCluster(settings);
  try {
    const state = (await client.topics([topic])).get(topic);
    if (state === undefined) throw noSuchTopic(topic, settings.brokers);
    return state.leaders.length;
  } finally {
    done();
  }
}

/**
 * Records gathered by partition. Each request is about one partition: when its leader moves, it is sent again as a whole, under the same numbers.
 * Of one partition one request is under way at a time, which keeps the order.
 */
class Batches {
  readonly #producer: Producer;
  readonly #writing: Writing;
  readonly #numPartitions: number;
  readonly #gathered: { messages: MessageToProduce[]; bytes: number }[];
  readonly #underWay: Promise<unknown>[] = [];

  constructor(producer: Producer, writing: Writing, numPartitions: number) {
    this.#producer = producer;
    this.#writing = writing;
    this.#numPartitions = numPartitions;
    this.#gathered = Array.from({ length: numPartitions }, () => ({ messages: [], bytes: 0 }));
  }

  async write(index: number, records: PartitionRecords<readonly [unknown, unknown]>): Promise<void> {
    const { topic, keyEncoder, valueEncoder, id } = this.#writing;
    const { murmur2 } = loadLibrary();
    let count = 0;
    for await (const [k, v] of records) {
      const key = encode(k, keyEncoder);
      const value = encode(v, valueEncoder);
      const partition = (key === undefined ? index + count : murmur2(key) & 0x7fffffff) % this.#numPartitions;
      const headers = id === undefined ? undefined : new Map([[idHeader, Buffer.from(`${id}/${index}/${count}`)]]);
      // The library's type knows no record without a value, the library does.
      const message = { topic, partition, key, value, headers } as MessageToProduce;
      await this.#add(partition, message, (key?.length ?? 0) + (value?.length ?? 0) + 64);
      count++;
    }
    for (const partition of this.#gathered.keys()) await this.#send(partition);
    await Promise.all(this.#underWay);
  }

  #add(partition: number, message: MessageToProduce, bytes: number): Promise<void> | undefined {
    const gathered = this.#gathered[partition] as { messages: MessageToProduce[]; bytes: number };
    // A request that is too large would be refused with all that is in it.
    const full = gathered.bytes > 0 && gathered.bytes + bytes > this.#writing.settings.batchBytes;
    const sent = full ? this.#send(partition) : undefined;
    const now = this.#gathered[partition] as typeof gathered;
    now.messages.push(message);
    now.bytes += bytes;
    return sent;
  }

  /** Resolves when the request is under way. */
  async #send(partition: number): Promise<void> {
    const { messages } = this.#gathered[partition] ?? { messages: [] };
    if (messages.length === 0) return;
    this.#gathered[partition] = { messages: [], bytes: 0 };
    await this.#underWay[partition];
    const sent = this.#request(partition, messages);
    sent.catch(() => undefined); // told when the next one of this partition is to be sent, or at the end
    this.#underWay[partition] = sent;
  }

  async #request(partition: number, messages: MessageToProduce[]): Promise<void> {
    const { topic, settings } = this.#writing;
    try {
      await this.#producer.send({ messages });
    } catch (error) {
      const what = `Writing ${messages.length} records to ${nameOf({ topic, partition })}`;
      throw worded(what, settings.brokers, error);
    }
  }
}
