/** What needs no broker: parameters, ranges, rates, what a fetch brings. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordsBatch } from "@platformatic/kafka";
import { SparkContext, StreamingContext } from "../../src/index.ts";
import { KafkaUtils, offsetRangesOf, saveToKafka } from "../../src/kafka.ts";
import { describeRanges, splitRanges } from "../../src/kafka/offset-range.ts";
import { readParams } from "../../src/kafka/params.ts";
import { limits } from "../../src/kafka/rates.ts";
import { fetchedOf } from "../../src/kafka/record-batches.ts";
import { jaasOptions } from "../../src/kafka/security.ts";

const brokers = { "bootstrap.servers": "b:9092" };

test("parameters: Kafka's names, numbers as text, old words", () => {
  const settings = readParams({
    "metadata.broker.list": "PLAINTEXT://b1:9092, [::1]:9093",
    "auto.offset.reset": "smallest",
    "isolation.level": "READ_COMMITTED",
    "request.timeout.ms": "500",
    "key.deserializer": "org.apache.kafka.common.serialization.StringDeserializer",
  });
  assert.deepEqual(settings.brokers, ["b1:9092", "[::1]:9093"]);
  assert.equal(settings.reset, "earliest");
  assert.equal(settings.committedOnly, true);
  assert.equal(settings.requestTimeoutMs, 500);
  assert.deepEqual(settings.security, { protocol: "PLAINTEXT" });
});

test("parameters that are wrong say which, and never a secret", () => {
  const refused = (params: Record<string, string>, message: RegExp): void =>
    assert.throws(() => readParams({ ...brokers, ...params }), { code: "DSTREAMS_CONFIGURATION", message });
  refused({ "bootstrap.servers": "" }, /bootstrap\.servers must name the brokers/);
  refused({ "bootstrap.servers": "b:99999" }, /"b:99999" is not an address/);
  refused({ "fetch.max.wait.ms": "soon" }, /fetch\.max\.wait\.ms must be a whole number/);
  refused({ "auto.offset.reset": "newest" }, /latest, earliest or none/);
  refused({ acks: "1" }, /acks cannot be "1"/);
  refused({ "value.deserializer": "com.acme.OrderDeserializer" }, /Say valueDecoder/);
  refused({ "security.protocol": "SSH" }, /PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL/);
  const sasl = { "security.protocol": "SASL_SSL" };
  refused({ ...sasl, "sasl.mechanism": "GSSAPI" }, /Kerberos .* is not in this version/);
  refused(
    { ...sasl, "sasl.mechanism": "PLAIN", "sasl.jaas.config": 'X required password="s3cret";' },
    /must say username(?!.*s3cret)/,
  );
  refused({ ...sasl, "sasl.mechanism": "OAUTHBEARER" }, /sasl\.oauthbearer\.token/);
  refused({ "security.protocol": "SSL", "ssl.truststore.location": "/tmp/trust.jks" }, /keytool -exportcert/);
});

test("the options of a JAAS configuration", () => {
  const text = String.raw`org.acme.Login required username="al\"ice" password='p;w' serviceName=kafka;`;
  assert.deepEqual(
    [...jaasOptions(text)],
    [
      ["username", 'al"ice'],
      ["password", "p;w"],
      ["serviceName", "kafka"],
    ],
  );
});

test("long ranges are split, short and empty ones are not", () => {
  const range = (partition: number, fromOffset: number, untilOffset: number) => ({
    topic: "t",
    partition,
    fromOffset,
    untilOffset,
  });
  const ranges = [range(0, 0, 90), range(1, 5, 15), range(2, 3, 3)];
  assert.deepEqual(splitRanges(ranges, 3), ranges);
  assert.deepEqual(
    splitRanges(ranges, 10).map(({ partition, fromOffset, untilOffset }) => [partition, fromOffset, untilOffset]),
    [...Array.from({ length: 9 }, (_, i) => [0, i * 10, i * 10 + 10]), [1, 5, 15], [2, 3, 3]],
  );
  const pieces = splitRanges([range(0, 0, 3)], 100);
  assert.deepEqual(pieces, [range(0, 0, 1), range(0, 1, 2), range(0, 2, 3)]);
  assert.equal(
    describeRanges(ranges),
    "topic: t\tpartition: 0\toffsets: 0 to 90\tcount: 90\ntopic: t\tpartition: 1\toffsets: 5 to 15\tcount: 10",
  );
});

test("rates, as Spark has them", () => {
  const rates = { maxPerPartition: 0, minPerPartition: 1 };
  assert.equal(limits([10, 10], 2, rates), undefined);
  assert.deepEqual(limits([10, 0], 2, { ...rates, maxPerPartition: 3 }), [6, 6]);
  // A rate for all is shared out by lag, at most the maximum of a partition, at least the minimum.
  assert.deepEqual(limits([30, 10, 0], 2, { ...rates, rate: 100 }), [150, 50, 1]);
  assert.deepEqual(limits([30, 10, 0], 2, { maxPerPartition: 60, minPerPartition: 5, rate: 100 }), [120, 50, 5]);
  assert.equal(limits([0, 0], 2, { ...rates, rate: 100 }), undefined);
  assert.deepEqual(limits([1000], 0.5, { ...rates, rate: -1, maxPerPartition: 7 }), [3]);
});

test("records of aborted transactions are left out, also when their end is not in the fetch", () => {
  const batch = (firstOffset: bigint, producerId: bigint, attributes: number, abort = false) =>
    ({
      firstOffset,
      lastOffsetDelta: 0,
      producerId,
      attributes,
      records: [{ key: Buffer.from([0, 0, 0, abort ? 0 : 1]) }],
    }) as unknown as RecordsBatch;
  const [transactional, control] = [1 << 4, (1 << 4) | (1 << 5)];
  const records = [
    batch(0n, 1n, transactional), // aborted
    batch(1n, 2n, transactional), // committed
    batch(2n, 1n, control, true),
    batch(3n, 1n, transactional), // the same producer's next one, committed
    batch(4n, 2n, control),
    batch(5n, 1n, control),
    batch(6n, 3n, 0), // in no transaction
    batch(7n, 2n, transactional), // aborted, its marker comes with a later fetch
  ];
  const answer = {
    records,
    highWatermark: 12n,
    lastStableOffset: 10n,
    abortedTransactions: [
      { producerId: 2n, firstOffset: 7n },
      { producerId: 1n, firstOffset: 0n },
    ],
  } as unknown as Parameters<typeof fetchedOf>[0];
  const range = { topic: "t", partition: 0, fromOffset: 0, untilOffset: 8 };
  const seen = fetchedOf(answer, range, true);
  assert.deepEqual(
    seen.batches.map(({ firstOffset }) => firstOffset),
    [1n, 3n, 6n],
  );
  assert.deepEqual([seen.next, seen.end], [8, 10]);
  const all = fetchedOf(answer, range, false);
  assert.deepEqual(
    all.batches.map(({ firstOffset }) => firstOffset),
    [0n, 1n, 3n, 6n, 7n],
  );
  assert.equal(all.end, 12);
});

test("arguments are checked where they are given", async () => {
  await using sc = new SparkContext("local[1]", "arguments");
  const ssc = new StreamingContext(sc, 1);
  const refused = (call: () => unknown, message: RegExp): void =>
    assert.throws(call, { code: "DSTREAMS_ILLEGAL_ARGUMENT", message });
  const direct = (options: object) => () => KafkaUtils.createDirectStream(ssc, { kafkaParams: brokers, ...options });
  refused(direct({}), /one of topics, topicPattern and assign, but was given 0/);
  refused(direct({ topics: ["a"], topicPattern: /a/ }), /but was given 2/);
  refused(direct({ topics: ["no such/name"] }), /is no name of a topic/);
  refused(direct({ topics: ["a"], minPartitions: 0 }), /minPartitions/);
  refused(direct({ topics: ["a"], valueDecoder: "json" }), /takes a function/);
  refused(
    direct({ topics: ["a"], fromOffsets: [{ topic: "a", partition: 0, offset: -2 }] }),
    /offset must be a whole number/,
  );
  refused(() => KafkaUtils.createStream(ssc, "b:9092", "", { a: 1 }), /id of a consumer group/);
  refused(() => KafkaUtils.createStream(ssc, "b:9092", "g", ["a"] as never), /topics should be dict/);
  const range = { topic: "a", partition: 0, fromOffset: 5, untilOffset: 4 };
  refused(
    () => KafkaUtils.createRDD(sc, [range], { kafkaParams: brokers }),
    /Beginning offset 5 is after the ending offset 4/,
  );
  refused(() => offsetRangesOf(sc.range(1)), /the RDD of a direct stream itself/);
  const pairs = sc.parallelize([["a", "b"] as [string, string]], 1);
  refused(() => saveToKafka(pairs, { topic: "", kafkaParams: brokers }), /is no name of a topic/);
});
