/** What is read from a real broker: ranges, batches, decoders, gaps, transactions, losses. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import * as kafka from "@platformatic/kafka";
import avsc from "avsc";
import type { StreamingContext, Time } from "../../src/index.ts";
import { SparkConf, SparkContext } from "../../src/index.ts";
import { avroDecoder, bytesDecoder, jsonDecoder, KafkaUtils, offsetRangesOf } from "../../src/kafka.ts";
import type { ConsumerRecord, DirectStreamOptions, KafkaInputDStream, OffsetRange } from "../../src/kafka.ts";
import { kafkaWith } from "../../scripts/services/kafka.ts";
import { startServer } from "../support/servers.ts";
import { Collected, streaming, TestClient } from "./support.ts";

const { skip, server } = await startServer(
  kafkaWith({
    // Compaction, when a test asks for it, happens now.
    properties: {
      "log.cleaner.backoff.ms": 50,
      "log.cleaner.min.compaction.lag.ms": 0,
      "log.retention.check.interval.ms": 1000,
    },
  }),
);

describe("reading from Kafka", { skip }, () => {
  const client = new TestClient(server?.endpoints.brokers ?? "");
  const sc = new SparkContext("local[2]", "reading from Kafka");
  after(() => sc.stop());

  const values = (records: readonly { readonly value: string }[]): string[] => records.map(({ value }) => value);
  const numbers = (from: number, until: number): string[] =>
    Array.from({ length: until - from }, (_, i) => String(from + i));
  const range = (topic: string, fromOffset: number, untilOffset: number, partition = 0): OffsetRange => ({
    topic,
    partition,
    fromOffset,
    untilOffset,
  });
  const rddOf = (...ranges: OffsetRange[]) => KafkaUtils.createRDD(sc, ranges, { kafkaParams: client.params() });

  /** Collects a direct stream's records, and the ranges of its batches. */
  function collecting(
    options: Omit<DirectStreamOptions<string, string>, "kafkaParams"> & { params?: Record<string, string | number> },
  ) {
    const records = new Collected<ConsumerRecord>();
    const ranges: (readonly OffsetRange[])[] = [];
    let stream: KafkaInputDStream<ConsumerRecord> | undefined;
    const define = (ssc: StreamingContext): void => {
      const { params, ...rest } = options;
      stream = KafkaUtils.createDirectStream(ssc, { ...rest, kafkaParams: client.params(params) });
      stream.foreachRDD(async rdd => {
        ranges.push(offsetRangesOf(rdd));
        records.add(await rdd.collect());
      });
    };
    return { records, ranges, define, stream: () => stream as KafkaInputDStream<ConsumerRecord> };
  }

  test("an RDD is exactly its ranges, a partition each, or more for long ones", async () => {
    const topic = await client.topic(2);
    await client.write(topic, numbers(0, 100));
    await client.write(topic, ["x", "y"], 1);
    const rdd = rddOf(range(topic, 10, 90), range(topic, 1, 2, 1), range(topic, 0, 0, 1));
    assert.deepEqual(values(await rdd.collect()), [...numbers(10, 90), "y"]);
    assert.equal(await rdd.getNumPartitions(), 3);
    assert.equal(await rdd.count(), 81);
    assert.deepEqual(values(await rdd.take(2)), ["10", "11"]);
    assert.equal(await rddOf(range(topic, 5, 5)).isEmpty(), true);

    const split = KafkaUtils.createRDD(sc, [range(topic, 0, 100)], { kafkaParams: client.params(), minPartitions: 4 });
    const parts = await split
      .map(({ value }) => value)
      .glom()
      .collect();
    assert.deepEqual(parts, [numbers(0, 25), numbers(25, 50), numbers(50, 75), numbers(75, 100)]);
    assert.deepEqual(offsetRangesOf(split), [range(topic, 0, 100)]);
  });

  test("ranges larger than a fetch are read to their end", async () => {
    const topic = await client.topic();
    for (let i = 0; i < 10; i++) await client.write(topic, numbers(i * 100, i * 100 + 100));
    const kafkaParams = client.params({ "max.partition.fetch.bytes": 1000 });
    const rdd = KafkaUtils.createRDD(sc, [range(topic, 150, 950)], { kafkaParams });
    assert.deepEqual(values(await rdd.collect()), numbers(150, 950));
  });

  test("a record has its place, time, key and headers", async () => {
    const topic = await client.topic();
    const headers = new Map([[Buffer.from("trace"), Buffer.from([1, 2])]]);
    await client.write(topic, [["k", "v"]], 0, { headers, timestamp: 1_700_000_000_123n });
    await client.write(topic, [[null, null]], 0, { timestamp: 1_700_000_000_124n });
    assert.deepEqual(await rddOf(range(topic, 0, 2)).collect(), [
      {
        topic,
        partition: 0,
        offset: 0,
        timestamp: 1_700_000_000_123,
        key: "k",
        value: "v",
        headers: [["trace", new Uint8Array([1, 2])]],
      },
      { topic, partition: 0, offset: 1, timestamp: 1_700_000_000_124, key: null, value: null, headers: [] },
    ]);
    const appended = await client.topic(1, { "message.timestamp.type": "LogAppendTime" });
    await client.write(appended, ["late"], 0, { timestamp: 1n });
    const [record] = await rddOf(range(appended, 0, 1)).collect();
    assert.ok((record?.timestamp ?? 0) > 1_700_000_000_000);
  });

  test("decoders: bytes, JSON, one's own, one that takes its time; a failure names the record", async () => {
    const topic = await client.topic();
    await client.write(topic, [
      ["1", '{"n":1}'],
      ["2", '{"n":2}'],
      ["3", "{"],
    ]);
    const offset = 10;
    const ofOptions = async <K, V>(
      until: number,
      options: { keyDecoder?: (b: Uint8Array) => K | Promise<K>; valueDecoder?: (b: Uint8Array) => V },
    ) => {
      const rdd = KafkaUtils.createRDD<K, V>(sc, [range(topic, 0, until)], {
        kafkaParams: client.params(),
        ...options,
      });
      return (await rdd.collect()).map(({ key, value }) => [key, value]);
    };
    assert.deepEqual(await ofOptions(2, { keyDecoder: bytesDecoder, valueDecoder: jsonDecoder<{ n: number }> }), [
      [new Uint8Array([49]), { n: 1 }],
      [new Uint8Array([50]), { n: 2 }],
    ]);
    const later = async (bytes: Uint8Array): Promise<number> => Number(Buffer.from(bytes).toString()) + offset;
    assert.deepEqual(await ofOptions(2, { keyDecoder: later, valueDecoder: bytes => bytes.length }), [
      [11, 7],
      [12, 7],
    ]);
    await assert.rejects(ofOptions(3, { valueDecoder: jsonDecoder }), {
      code: "DSTREAMS_DATA",
      message: new RegExp(`${topic}-0, offset 2: the value could not be decoded`),
    });
  });

  test("Avro: schemas come from a registry, each once", async () => {
    const schema = {
      type: "record",
      name: "Order",
      fields: [
        { name: "id", type: "string" },
        { name: "raw", type: "bytes" },
      ],
    };
    const asked: string[] = [];
    const registry = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.statusCode = request.url === "/schemas/ids/7" ? 200 : 404;
      response.end(JSON.stringify({ schema: JSON.stringify(schema) }));
    });
    await new Promise<void>(resolve => registry.listen(0, "127.0.0.1", resolve));
    const topic = await client.topic();
    const type = avsc.Type.forSchema(schema as never);
    const message = (id: number, value: unknown): Buffer =>
      Buffer.concat([Buffer.from([0, 0, 0, 0, id]), type.toBuffer(value)]);
    const values = [7, 7, 8].map(id => message(id, { id: "a", raw: Buffer.from([id]) }));
    await client.producer.send({ messages: values.map(value => ({ topic, partition: 0, value })) });
    const valueDecoder = avroDecoder({ registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}` });
    const read = (until: number) =>
      KafkaUtils.createRDD(sc, [range(topic, 0, until)], { kafkaParams: client.params(), valueDecoder })
        .map(({ value }) => value)
        .collect();
    const order = { id: "a", raw: new Uint8Array([7]) };
    assert.deepEqual(await read(2), [order, order]);
    await assert.rejects(read(3), /offset 2: the value could not be decoded: the registry at .* gave no schema 8/);
    registry.close();
    assert.ok(asked.includes("/schemas/ids/7"));
  });

  test("every codec", async () => {
    for (const compression of ["gzip", "snappy", "lz4", "zstd"] as const) {
      const topic = await client.topic();
      const producer = new kafka.Producer({ clientId: "codec", bootstrapBrokers: [client.brokers], compression });
      await producer.send({ messages: numbers(0, 500).map(n => ({ topic, partition: 0, value: Buffer.from(n) })) });
      await producer.close();
      assert.deepEqual(values(await rddOf(range(topic, 0, 500)).collect()), numbers(0, 500), compression);
    }
  });

  test("a stream: what is new belongs to the next batch, each offset to one", async () => {
    const topic = await client.topic(2);
    await client.write(topic, ["before"]);
    const { records, ranges, define } = collecting({ topics: [topic] });
    await streaming(sc, define, async () => {
      await client.write(topic, ["a", "b"]);
      await client.write(topic, ["c"], 1);
      await records.until(all => all.length >= 3);
      await client.write(topic, ["d"], 1);
      await records.until(all => all.length >= 4);
    });
    assert.deepEqual(values(records.all).sort(), ["a", "b", "c", "d"]);
    // The ranges of a partition are without gap or overlap, from where the stream began.
    for (const [partition, from, until] of [
      [0, 1, 3],
      [1, 0, 2],
    ] as const) {
      const its = ranges.map(batch => batch[partition] as OffsetRange);
      assert.equal(its[0]?.fromOffset, from);
      assert.equal(its.at(-1)?.untilOffset, until);
      for (const [i, each] of its.entries()) if (i > 0) assert.equal(each.fromOffset, its[i - 1]?.untilOffset);
    }
  });

  test("a batch that is forgotten is not made again of what is new", async () => {
    const topic = await client.topic();
    const times = new Collected<Time>();
    let stream: KafkaInputDStream<ConsumerRecord> | undefined;
    const define = (ssc: StreamingContext): void => {
      stream = KafkaUtils.createDirectStream(ssc, { topics: [topic], kafkaParams: client.params() });
      stream.foreachRDD((_, time) => times.add([time]));
    };
    await streaming(sc, define, async () => {
      await times.until(all => all.length > 3);
      const [first] = times.all as [Time];
      await assert.rejects(stream?.slice(first, first) ?? Promise.resolve(), {
        code: "DSTREAMS_STREAM",
        message: /ssc\.remember/,
      });
    });
  });

  test("where a stream begins: earliest, given offsets, a time", async () => {
    const topic = await client.topic();
    for (const n of [1, 2, 3, 4])
      await client.write(topic, [String(n)], 0, { timestamp: BigInt(1_700_000_000_000 + n) });
    const first = async (options: Parameters<typeof collecting>[0], count: number): Promise<string[]> => {
      const { records, define } = collecting(options);
      await streaming(sc, define, () => records.until(all => all.length >= count));
      return values(records.all);
    };
    assert.deepEqual(await first({ topics: [topic], params: { "auto.offset.reset": "earliest" } }, 4), [
      "1",
      "2",
      "3",
      "4",
    ]);
    assert.deepEqual(await first({ topics: [topic], fromOffsets: [{ topic, partition: 0, offset: 3 }] }, 1), ["4"]);
    assert.deepEqual(await first({ assign: [{ topic, partition: 0 }], startingTimestamp: 1_700_000_000_003 }, 2), [
      "3",
      "4",
    ]);
    await assert.rejects(
      first({ topics: [topic], params: { "auto.offset.reset": "none" } }, 1),
      /No offset to start from is known/,
    );
  });

  test("commitAsync: a stream with the same group goes on there", async () => {
    const topic = await client.topic();
    const params = { "group.id": "commits", "auto.offset.reset": "earliest" };
    await client.write(topic, ["1", "2"]);
    const one = collecting({ topics: [topic], params });
    await streaming(sc, one.define, async () => {
      await one.records.until(all => all.length >= 2);
      await one.stream().commitAsync(one.ranges[0] ?? []);
      // Never back.
      await one.stream().commitAsync([range(topic, 0, 1)]);
    });
    assert.deepEqual(await client.committed("commits"), new Map([[`${topic}-0`, 2]]));
    await client.write(topic, ["3"]);
    const other = collecting({ topics: [topic], params });
    await streaming(sc, other.define, () => other.records.until(all => all.length > 0));
    assert.deepEqual(values(other.records.all), ["3"]);
  });

  test("a consumer that is active in the group keeps commits out, with a word on why", async () => {
    const topic = await client.topic();
    const consumer = new kafka.Consumer({ clientId: "c", groupId: "taken", bootstrapBrokers: [client.brokers] });
    const messages = await consumer.consume({ topics: [topic] });
    const { define, stream } = collecting({ topics: [topic], params: { "group.id": "taken" } });
    await streaming(sc, define, async () => {
      await assert.rejects(stream().commitAsync([range(topic, 0, 0)]), {
        code: "DSTREAMS_KAFKA",
        message: /a group\.id of its own/,
      });
    });
    await messages.close();
    await consumer.close(true);
  });

  test("new partitions and new topics are read from their beginning", async () => {
    const [one, two] = [await client.topic(1, {}, "pattern-1"), "pattern-2"];
    const { records, define } = collecting({ topicPattern: "pattern-.*", params: { "metadata.max.age.ms": 0 } });
    await streaming(sc, define, async () => {
      await client.topic(1, {}, two);
      await client.write(two, ["new topic"]);
      await records.until(all => all.length >= 1);
      await client.admin.createPartitions({ topics: [{ name: one, count: 2 }] });
      await client.write(one, ["new partition"], 1);
      await records.until(all => all.length >= 2);
    });
    assert.deepEqual(values(records.all).sort(), ["new partition", "new topic"]);
  });

  test("a compacted topic is read over its gaps", async () => {
    const topic = await client.topic(1, {
      "cleanup.policy": "compact",
      "segment.ms": "100",
      "min.cleanable.dirty.ratio": "0.01",
      "max.compaction.lag.ms": "100",
    });
    for (let i = 0; i < 20; i++) await client.write(topic, [["same", String(i)]]);
    // Compaction is done when the first record is gone; new records roll the segments.
    for (let i = 20; (await rddOf(range(topic, 0, 1)).count()) > 0; i++)
      await client.write(topic, [["same", String(i)]]);
    const end = Number(
      (
        await client.admin.listOffsets({
          topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
        })
      )[0]?.partitions[0]?.offset,
    );
    const read = await rddOf(range(topic, 0, end)).collect();
    assert.ok(read.length > 0 && read.length < end);
    assert.equal(read.at(-1)?.value, String(end - 1));
  });

  test("read_committed: records of open and aborted transactions are not seen", async () => {
    const topic = await client.topic();
    const producer = new kafka.Producer({
      clientId: "tx",
      bootstrapBrokers: [client.brokers],
      idempotent: true,
      transactionalId: "tx",
    });
    const transaction = async (
      records: readonly string[],
      end: "commit" | "abort" | "open",
    ): Promise<{ commit(): Promise<unknown> }> => {
      const tx = await producer.beginTransaction();
      await tx.send({ messages: records.map(value => ({ topic, partition: 0, value: Buffer.from(value) })) });
      if (end !== "open") await tx[end]();
      return tx;
    };
    await transaction(["a", "b"], "commit");
    await transaction(["void"], "abort");
    await transaction(["c"], "commit");
    await transaction(["void"], "abort");
    await client.write(topic, ["plain"]);
    const params = { "isolation.level": "read_committed", "auto.offset.reset": "earliest" };
    const { records, define } = collecting({ topics: [topic], params });
    await streaming(sc, define, async () => {
      const tx = await transaction(["d"], "open");
      await client.write(topic, ["behind the open one"]);
      await records.until(all => all.length >= 4);
      await tx.commit();
      await records.until(all => all.length >= 6);
    });
    assert.deepEqual(values(records.all), ["a", "b", "c", "plain", "d", "behind the open one"]);
    // Read without: all of them.
    assert.deepEqual(values(await rddOf(range(topic, 0, 6)).collect()), ["a", "b", "void", "c"]);
    await producer.close();
  });

  test("what is no longer there is an error, or is left out where a setting says so", async () => {
    const topic = await client.topic();
    await client.write(topic, numbers(0, 10));
    const late = rddOf(range(topic, 0, 10));
    assert.equal(await late.count(), 10); // it was all there when the RDD was planned
    await client.truncate(topic, 4);
    const loss = {
      code: "DSTREAMS_DATA_LOSS",
      message: new RegExp(`${topic}-0 are not there any more.*failOnDataLoss`),
    };
    await assert.rejects(late.collect(), loss);
    await assert.rejects(rddOf(range(topic, 0, 10)).collect(), loss);
    await assert.rejects(rddOf(range(topic, 5, 11)).collect(), /Offsets not available on leader/);
    const borne = KafkaUtils.createRDD(sc, [range(topic, 0, 10)], {
      kafkaParams: client.params(),
      failOnDataLoss: false,
    });
    assert.deepEqual(values(await borne.collect()), numbers(4, 10));
    const { define } = collecting({ topics: [topic], fromOffsets: [{ topic, partition: 0, offset: 0 }] });
    await assert.rejects(
      streaming(sc, define, () => new Promise(() => undefined)),
      loss,
    );
  });

  test("a topic that is deleted under a stream, or made anew, is an error of the batch", async () => {
    const topic = await client.topic();
    const params = { "metadata.max.age.ms": 0 };
    await client.write(topic, ["1"]);
    const loss = { code: "DSTREAMS_DATA_LOSS", message: /was deleted/ };
    await assert.rejects(
      streaming(sc, collecting({ topics: [topic], params }).define, async () => {
        await client.delete(topic);
        return new Promise(() => undefined);
      }),
      loss,
    );
    const other = await client.topic();
    const { records, define } = collecting({ topics: [other], params, failOnDataLoss: false });
    await streaming(sc, define, async () => {
      await client.write(other, ["old"]);
      await records.until(all => all.length >= 1);
      await client.delete(other);
      await client.topic(1, {}, other);
      await client.write(other, ["new 0", "new 1"]);
      await records.until(all => new Set(values(all)).size === 3);
    });
    // A batch that was being decided just then may have taken one of the new ones for an old one; it comes again.
    assert.deepEqual([...new Set(values(records.all))].sort(), ["new 0", "new 1", "old"]);
  });

  test("no such topic, no such partition, no broker there", async () => {
    const idle = (options: Parameters<typeof collecting>[0]): Promise<never> =>
      streaming(sc, collecting(options).define, () => new Promise(() => undefined));
    await assert.rejects(idle({ topics: ["nowhere"] }), {
      code: "DSTREAMS_KAFKA",
      message: /There is no topic nowhere/,
    });
    const topic = await client.topic();
    await assert.rejects(idle({ assign: [{ topic, partition: 7 }] }), /has no partition 7/);
    const params = { "bootstrap.servers": "127.0.0.1:1", "default.api.timeout.ms": 300 };
    await assert.rejects(idle({ topics: [topic], params }), {
      code: "DSTREAMS_KAFKA",
      message: /brokers 127\.0\.0\.1:1.*Nobody listens there/,
    });
  });
});

describe("reading from Kafka, by settings of Spark's", { skip }, () => {
  const client = new TestClient(server?.endpoints.brokers ?? "");
  const conf = new SparkConf()
    .set("spark.streaming.kafka.maxRatePerPartition", "100")
    .set("spark.streaming.kafka.allowNonConsecutiveOffsets", "false");
  let sc: SparkContext;
  before(() => {
    sc = new SparkContext("local[1]", "reading from Kafka", conf);
  });
  after(() => sc.stop());

  test("a batch takes at most as many records of a partition as its time allows", async () => {
    const topic = await client.topic();
    await client.write(
      topic,
      Array.from({ length: 55 }, (_, i) => String(i)),
    );
    const ranges: OffsetRange[] = [];
    const records = new Collected<string>();
    const kafkaParams = client.params({ "auto.offset.reset": "earliest" });
    const define = (ssc: StreamingContext): void =>
      KafkaUtils.createDirectStream(ssc, { topics: [topic], kafkaParams }).foreachRDD(async rdd => {
        ranges.push(...offsetRangesOf(rdd));
        records.add(await rdd.map(({ value }) => value).collect());
      });
    await streaming(sc, define, () => records.until(all => all.length >= 55));
    const lengths = ranges.map(({ fromOffset, untilOffset }) => untilOffset - fromOffset);
    assert.deepEqual(lengths.slice(0, 6), [10, 10, 10, 10, 10, 5]);
  });

  test("where gaps are an error, count reads nothing", async () => {
    const topic = await client.topic();
    await client.write(topic, ["1", "2", "3"]);
    const ranges = [{ topic, partition: 0, fromOffset: 0, untilOffset: 3 }];
    const rdd = KafkaUtils.createRDD(sc, ranges, { kafkaParams: client.params(), failOnDataLoss: false });
    assert.equal((await rdd.collect()).length, 3);
    await client.truncate(topic, 3);
    assert.equal(await rdd.count(), 3);
  });

  test("and a gap says what it is, and what to set", async () => {
    const topic = await client.topic();
    const producer = new kafka.Producer({ clientId: "tx", bootstrapBrokers: [client.brokers], idempotent: true });
    for (const value of ["1", "2"]) {
      const tx = await producer.beginTransaction();
      await tx.send({ messages: [{ topic, partition: 0, value: Buffer.from(value) }] });
      await tx.commit();
    }
    await producer.close();
    const ranges = [{ topic, partition: 0, fromOffset: 0, untilOffset: 3 }];
    const rdd = KafkaUtils.createRDD(sc, ranges, { kafkaParams: client.params() });
    await assert.rejects(rdd.collect(), {
      code: "DSTREAMS_DATA",
      message: /no records from offset 1 to 2.*allowNonConsecutiveOffsets/,
    });
  });
});
