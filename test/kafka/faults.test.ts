/**
 * Brokers that fail under a stream: two brokers and a controller, processes that are really killed. Numbered records go in all the while; each
 * must come out once.
 */
import assert from "node:assert/strict";
import { after, afterEach, describe, test } from "node:test";
import { setLogSink } from "../../src/base/log.ts";
import { SparkContext } from "../../src/index.ts";
import type { StreamingContext } from "../../src/index.ts";
import { KafkaUtils, saveToKafka } from "../../src/kafka.ts";
import type { OffsetRange } from "../../src/kafka.ts";
import { kafkaWith } from "../../scripts/services/kafka.ts";
import type { KafkaBroker } from "../../scripts/services/kafka.ts";
import { startServer } from "../support/servers.ts";
import { Collected, streaming, TestClient } from "./support.ts";

const { skip, server } = await startServer(
  kafkaWith({
    brokers: 2,
    properties: {
      // Noticed within a second that a broker has been killed.
      "broker.session.timeout.ms": 2000,
      "broker.heartbeat.interval.ms": 200,
      "replica.lag.time.max.ms": 2000,
      "group.min.session.timeout.ms": 500,
      "controlled.shutdown.enable": "true",
    },
  }),
);

describe("brokers that fail", { skip }, () => {
  const client = new TestClient(server?.endpoints.brokers ?? "");
  const sc = new SparkContext("local[2]", "brokers that fail");
  after(() => sc.stop());

  const broker = (id: number): KafkaBroker => server.brokers[id - 1] as KafkaBroker;

  test("killed and restarted, one after the other, while records flow through: each comes out once", async () => {
    const [from, to] = [await client.topic(4), await client.topic(4)];
    const params = client.params({ "group.id": "exact" });
    const seen = new Collected<number>();
    let written = 0;
    let stop = false;
    // Sent again until acknowledged, under the same sequence numbers; never far ahead of the stream.
    const write = async (): Promise<void> => {
      for (; !stop; written += 100) {
        await seen.until(all => all.length > written - 2000);
        const records = Array.from({ length: 100 }, (_, i) => String(written + i));
        await client.write(from, records, (written / 100) % 4);
      }
    };
    const killOneAfterTheOther = async (): Promise<void> => {
      for (const id of [1, 2, 1]) {
        const before = seen.all.length;
        await seen.until(all => all.length > before);
        await broker(id).process.stop("SIGKILL");
        // It goes on with the other one.
        const killed = seen.all.length;
        await seen.until(all => all.length > killed + 1000);
        await broker(id).restart();
        // Else the one that is killed next could be the only one that has everything.
        await client.replicated([from, to], 2);
      }
      stop = true;
    };
    const define = (ssc: StreamingContext): void => {
      const stream = KafkaUtils.createStream(ssc, client.brokers, "exact", { [from]: 1 });
      saveToKafka(
        stream.map(([, value]) => [value, "through"]),
        { topic: to, kafkaParams: params },
      );
      stream.foreachRDD(async rdd => seen.add((await rdd.collect()).map(([, value]) => Number(value))));
    };
    await streaming(sc, define, async () => {
      // Together, so that a writer that gives up ends the test.
      await Promise.all([write(), killOneAfterTheOther()]);
      await seen.until(all => all.length >= written);
    });
    const all = (numbers: readonly number[]): void => {
      assert.equal(numbers.length, written);
      assert.deepEqual(
        numbers.toSorted((a, b) => a - b),
        Array.from({ length: written }, (_, i) => i),
      );
    };
    all(seen.all);
    const ends = await client.admin.listOffsets({
      topics: [{ name: to, partitions: [0, 1, 2, 3].map(partitionIndex => ({ partitionIndex, timestamp: -1n })) }],
    });
    const ranges = (ends[0]?.partitions ?? []).map(({ partitionIndex, offset }) => ({
      topic: to,
      partition: partitionIndex,
      fromOffset: 0,
      untilOffset: Number(offset),
    }));
    const out = await KafkaUtils.createRDD(sc, ranges, { kafkaParams: client.params() })
      .map(({ key }) => Number(key))
      .collect();
    all(out);
    console.log(`${written} records through three killed brokers, each once`);
    const committed = [...(await client.committed("exact")).values()].reduce((a, b) => a + b, 0);
    assert.equal(committed, written);
  });

  /** A topic whose one partition is on broker 2 alone, with two records. */
  async function onBroker2(name: string): Promise<string> {
    await client.admin.createTopics({ topics: [name], assignments: [{ partition: 0, brokers: [2] }] });
    await client.write(name, ["1", "2"]);
    return name;
  }

  const both = (topic: string): OffsetRange[] => [{ topic, partition: 0, fromOffset: 0, untilOffset: 2 }];

  /** Resolves when something is said to be tried again. */
  function triedAgain(): Promise<void> {
    return new Promise(resolve => {
      setLogSink(({ message }) => message.includes("It is tried again") && resolve());
    });
  }
  afterEach(() => setLogSink(undefined));

  test("a partition without a leader: told after a while, and read when it is back", async () => {
    const topic = await onBroker2("offline");
    const seen = new Collected<string>();
    const kafkaParams = client.params({ "auto.offset.reset": "earliest" });
    const define = (ssc: StreamingContext): void =>
      KafkaUtils.createDirectStream(ssc, { topics: [topic], kafkaParams }).foreachRDD(async rdd =>
        seen.add((await rdd.collect()).map(({ value }) => value)),
      );
    await streaming(sc, define, async () => {
      await seen.until(all => all.length >= 2);
      const waits = triedAgain();
      await broker(2).process.stop("SIGKILL");
      await waits;
      const hasty = client.params({ "default.api.timeout.ms": 300 });
      await assert.rejects(KafkaUtils.createRDD(sc, both(topic), { kafkaParams: hasty }).collect(), {
        code: "DSTREAMS_KAFKA",
        message: /offline-0 failed.*(?:LEADER_NOT_AVAILABLE|ECONNREFUSED)/,
      });
      await broker(2).restart();
      await client.write(topic, ["3"]);
      await seen.until(all => all.length >= 3);
    });
    assert.deepEqual(seen.all, ["1", "2", "3"]);
  });

  test("a broker that does not answer for a while is waited for", async () => {
    const topic = await onBroker2("slow");
    const kafkaParams = client.params({ "request.timeout.ms": 300 });
    const rdd = KafkaUtils.createRDD(sc, both(topic), { kafkaParams });
    assert.equal(await rdd.count(), 2); // planned, with everybody well
    const waits = triedAgain();
    process.kill(broker(2).process.pid, "SIGSTOP");
    const read = rdd.map(({ value }) => value).collect();
    await waits;
    process.kill(broker(2).process.pid, "SIGCONT");
    assert.deepEqual(await read, ["1", "2"]);
  });
});
