/** What the tests of Kafka have in common: topics made, filled and read with the bare client. */
import { after } from "node:test";
import { setTimeout } from "node:timers/promises";
import * as kafka from "@platformatic/kafka";
import type { Admin, BaseOptions, Producer } from "@platformatic/kafka";
import { StreamingContext } from "../../src/index.ts";
import type { SparkContext } from "../../src/index.ts";

type ClientOptions = Omit<BaseOptions, "clientId" | "bootstrapBrokers">;

let topics = 0;

/** A client of the test's own, closed with the test file. */
export class TestClient {
  readonly brokers: string;
  readonly admin: Admin;
  readonly producer: Producer;

  constructor(brokers: string, options: ClientOptions = {}) {
    this.brokers = brokers;
    const common = {
      clientId: "test",
      bootstrapBrokers: brokers.split(","),
      retries: 1200,
      retryDelay: 100,
      ...options,
    };
    this.admin = new kafka.Admin(common);
    this.producer = new kafka.Producer({ ...common, idempotent: true, metadataMaxAge: 500 });
    after(async () => {
      await this.producer.close();
      await this.admin.close();
    });
  }

  /** `bootstrap.servers` and more. */
  params(more: Record<string, string | number> = {}): Record<string, string | number> {
    return { "bootstrap.servers": this.brokers, ...more };
  }

  /** A new topic; its name. */
  async topic(partitions = 1, configs: Record<string, string> = {}, name = `topic-${++topics}`): Promise<string> {
    await this.admin.createTopics({
      topics: [name],
      partitions,
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    });
    return name;
  }

  async delete(topic: string): Promise<void> {
    await this.admin.deleteTopics({ topics: [topic] });
  }

  /** Writes values, or `[key, value]` pairs, to a partition. */
  async write(
    topic: string,
    records: readonly (string | readonly [key: string | null, value: string | null])[],
    partition = 0,
    options: Record<string, unknown> = {},
  ): Promise<void> {
    const messages = records.map(record => {
      const [key, value] = typeof record === "string" ? [null, record] : record;
      return {
        topic,
        partition,
        key: key === null ? undefined : Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        ...options,
      };
    });
    await this.producer.send({ messages: messages as never });
  }

  /** Removes what is before `offset`. */
  async truncate(topic: string, offset: number, partition = 0): Promise<void> {
    await this.admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset: BigInt(offset) }] }] });
  }

  /** Resolves when so many replicas of every partition have all that was written. */
  async replicated(topics: readonly string[], replicas: number): Promise<void> {
    for (;;) {
      const metadata = await this.admin.metadata({ topics: [...topics], forceUpdate: true });
      // A topic that is between two leaders is not told of.
      const done = topics.every(topic =>
        metadata.topics.get(topic)?.partitions.every(({ isr }) => isr.length >= replicas),
      );
      if (done) return;
      await setTimeout(50);
    }
  }

  /** What a group has committed, by `topic-partition`. */
  async committed(groupId: string): Promise<Map<string, number>> {
    const [group] = await this.admin.listConsumerGroupOffsets({ groups: [groupId] });
    return new Map(
      (group?.topics ?? []).flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, committedOffset }) => [`${name}-${partitionIndex}`, Number(committedOffset)]),
      ),
    );
  }
}

/** Starts a stream, runs `body`, and stops it, whatever happens. */
export async function streaming<R>(
  sc: SparkContext,
  define: (ssc: StreamingContext) => void,
  body: (ssc: StreamingContext) => Promise<R>,
  batchMs = 100,
): Promise<R> {
  const ssc = new StreamingContext(sc, batchMs / 1000);
  define(ssc);
  await ssc.start();
  const failed = ssc.awaitTermination();
  failed.catch(() => undefined);
  try {
    // What the stream reports ends the test, which would wait for ever otherwise.
    return await Promise.race([body(ssc), failed.then(() => Promise.reject(new Error("the stream has stopped")))]);
  } finally {
    await ssc.stop({ stopSparkContext: false, stopGracefully: false });
  }
}

/** Collects what outputs hand over, and lets a test wait for it. */
export class Collected<T> {
  readonly all: T[] = [];
  readonly #waiting = new Set<() => void>();

  add(records: readonly T[]): void {
    for (const record of records) this.all.push(record);
    for (const check of this.#waiting) check();
  }

  /** Resolves when the condition holds, now or after what comes. */
  until(condition: (all: readonly T[]) => boolean): Promise<void> {
    return new Promise(resolve => {
      const check = (): void => {
        if (!condition(this.all)) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }
}
