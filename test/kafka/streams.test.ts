/** Streams with a group, and what is written to Kafka, on a real broker. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { DStream, StreamingContext } from "../../src/index.ts";
import { SparkContext } from "../../src/index.ts";
import { jsonEncoder, KafkaUtils, saveToKafka } from "../../src/kafka.ts";
import type { ConsumerRecord } from "../../src/kafka.ts";
import { kafkaWith } from "../../scripts/services/kafka.ts";
import { root, start } from "../cli/support/run.ts";
import { startServer } from "../support/servers.ts";
import { Collected, streaming, TestClient } from "./support.ts";

const { skip, server } = await startServer(kafkaWith({ properties: { "message.max.bytes": 1_000_000 } }));
/** By Kafka's own partitioner (kafka-clients 4.1.1), for `key0` to `key6` and 3 partitions. */
const javasPlacement = [
  ["key4", "key6"],
  ["key0", "key3", "key5"],
  ["key1", "key2"],
];

const brokers = server?.endpoints.brokers ?? "";

describe("streams of a group", { skip }, () => {
  const client = new TestClient(brokers);
  const sc = new SparkContext("local[2]", "streams of a group");
  after(() => sc.stop());

  const values = (stream: DStream<[string | null, string]>, seen: Collected<string>): void =>
    stream.map(([, value]) => value).foreachRDD(async rdd => seen.add(await rdd.collect()));

  test("it begins with what is new, commits what is done, and goes on there", async () => {
    const topic = await client.topic(2);
    await client.write(topic, ["before"]);
    const first = new Collected<string>();
    await streaming(
      sc,
      ssc => values(KafkaUtils.createStream(ssc, brokers, "group", { [topic]: 1 }), first),
      async () => {
        await client.write(topic, ["1"]);
        await client.write(topic, ["2"], 1);
        await first.until(all => all.length >= 2);
      },
    );
    assert.deepEqual(first.all.toSorted(), ["1", "2"]);
    assert.deepEqual(
      await client.committed("group"),
      new Map([
        [`${topic}-0`, 2],
        [`${topic}-1`, 1],
      ]),
    );
    await client.write(topic, ["while it was away"]);
    const second = new Collected<string>();
    await streaming(
      sc,
      ssc => values(KafkaUtils.createStream(ssc, brokers, "group", { [topic]: 1 }), second),
      () => second.until(all => all.length > 0),
    );
    assert.deepEqual(second.all, ["while it was away"]);
  });

  test("from a batch that failed on nothing is committed", async () => {
    const topic = await client.topic();
    const seen = new Collected<string>();
    const define = (ssc: StreamingContext): void =>
      KafkaUtils.createStream(ssc, brokers, "failing", { [topic]: 1 }).foreachRDD(async rdd => {
        const records = (await rdd.collect()).map(([, value]) => value);
        seen.add(records);
        if (records.includes("bad")) throw new Error("the output failed");
      });
    await assert.rejects(
      streaming(sc, define, async () => {
        await client.write(topic, ["good"]);
        await seen.until(all => all.includes("good"));
        await client.write(topic, ["bad"]);
        await new Promise(() => undefined);
      }),
      /the output failed/,
    );
    assert.deepEqual(await client.committed("failing"), new Map([[`${topic}-0`, 1]]));
  });
});

describe("saveToKafka", { skip }, () => {
  const client = new TestClient(brokers);
  let sc: SparkContext;
  before(() => {
    sc = new SparkContext("local[2]", "saveToKafka");
  });
  after(() => sc.stop());

  /** All that is in a topic, partition by partition. */
  async function contents(topic: string): Promise<ConsumerRecord[][]> {
    const [listed] = await client.admin.listOffsets({
      topics: [
        { name: topic, partitions: Array.from({ length: 3 }, (_, i) => ({ partitionIndex: i, timestamp: -1n })) },
      ],
    });
    const ranges = (listed?.partitions ?? [])
      .map(({ partitionIndex, offset }) => ({
        topic,
        partition: partitionIndex,
        fromOffset: 0,
        untilOffset: Number(offset),
      }))
      .sort((a, b) => a.partition - b.partition);
    return KafkaUtils.createRDD(sc, ranges, { kafkaParams: client.params() }).glom().collect();
  }

  const textOf = (record: ConsumerRecord): string[] =>
    record.headers.map(([name, value]) => `${name}=${Buffer.from(value ?? []).toString()}`);

  test("every record once, in order, where Java's clients would put it", async () => {
    const topic = await client.topic(3);
    const pairs = Array.from({ length: 5000 }, (_, i): [string, number] => [`key${i % 7}`, i]);
    const kafkaParams = client.params({ "batch.size": 5000, "compression.type": "lz4" });
    await saveToKafka(sc.parallelize(pairs, 1), { topic, kafkaParams });
    const found = await contents(topic);
    for (let key = 0; key < 7; key++) {
      const expected = pairs.filter(([name]) => name === `key${key}`).map(([, n]) => String(n));
      const where = found.filter(records => records.some(record => record.key === `key${key}`));
      assert.equal(where.length, 1);
      assert.deepEqual(
        where[0]?.filter(record => record.key === `key${key}`).map(({ value }) => value),
        expected,
      );
    }
    // What Kafka's own partitioner says for these keys and 3 partitions.
    const placed = found.map(records => [...new Set(records.map(({ key }) => key))].sort());
    assert.deepEqual(placed, javasPlacement);
  });

  test("text, bytes, numbers, nothing, JSON; other things need an encoder", async () => {
    const topic = await client.topic(3);
    const save = (records: [unknown, unknown][], options = {}): Promise<void> =>
      saveToKafka(sc.parallelize(records as [string, string][], 1), {
        topic,
        kafkaParams: client.params(),
        ...options,
      });
    await save([
      ["k", new Uint8Array([65, 66])],
      ["k", 1.5],
      ["k", ""],
      ["k", null],
    ]);
    await save([["k", { n: 1 }]], { valueEncoder: jsonEncoder });
    const [records] = (await contents(topic)).filter(each => each.length > 0);
    assert.deepEqual(
      records?.map(({ value }) => value),
      ["AB", "1.5", "", null, '{"n":1}'],
    );
    assert.deepEqual(records?.flatMap(textOf), []);
    await assert.rejects(save([["k", { n: 1 }]]), {
      code: "DSTREAMS_RECORD",
      message: /Say keyEncoder or valueEncoder/,
    });
  });

  test("a stream's records have an id, the same when a batch's task runs again", async () => {
    const topic = await client.topic(3);
    const times = new Collected<number>();
    await streaming(
      sc,
      ssc => {
        const pairs = ssc.queueStream<[string, number]>(
          [
            [
              ["a", 1],
              ["a", 2],
            ],
          ],
          true,
          null,
        );
        saveToKafka(pairs, { topic, kafkaParams: client.params() });
        saveToKafka(pairs.repartition(1), { topic, kafkaParams: client.params(), name: "twice" });
        pairs.foreachRDD(async (rdd, time) => times.add((await rdd.isEmpty()) ? [] : [time.milliseconds]));
      },
      () => times.until(all => all.length > 0),
    );
    const records = (await contents(topic)).flat();
    const [time] = times.all;
    const ids = [`${time}/0/0/0`, `${time}/0/1/0`, `${time}/twice/0/0`, `${time}/twice/0/1`];
    assert.deepEqual(
      records.flatMap(textOf).sort(),
      ids.map(id => `dstreams-id=${id}`),
    );
  });

  test("a record that is too large, a topic that is not there: said at once, and what to do", async () => {
    const topic = await client.topic(3);
    const one = sc.parallelize([["k", "x".repeat(1_100_000)] as [string, string]], 1);
    await assert.rejects(saveToKafka(one, { topic, kafkaParams: client.params() }), {
      code: "DSTREAMS_KAFKA",
      message: /Writing 1 records to .*MESSAGE_TOO_LARGE.*raise max\.message\.bytes/s,
    });
    await assert.rejects(
      saveToKafka(one, { topic: "nowhere", kafkaParams: client.params() }),
      /There is no topic nowhere/,
    );
  });
});

describe("wordcount-kafka.ts", { skip }, () => {
  const client = new TestClient(brokers);

  test("differs from wordcount-files.ts in its source only", () => {
    const statements = (name: string): string[] =>
      readFileSync(join(root, "examples", name), "utf8")
        .split(/;\s*/)
        .map(statement => statement.replaceAll(/\s+/g, " "));
    const files = statements("wordcount-files.ts");
    const others = statements("wordcount-kafka.ts").filter(statement => !files.includes(statement));
    assert.equal(others.length, 2, others.join("\n"));
    assert.match(others[0] ?? "", /^import \{ KafkaUtils \} from "dstreams\/kafka"$/);
    assert.match(others[1] ?? "", / const lines = KafkaUtils\.createStream\(/);
  });

  test("kafka-lines.ts makes a topic and writes lines to it", async () => {
    const program = join(root, "examples/kafka-lines.ts");
    execFileSync(process.execPath, [program, "lines", brokers], { input: "one\ntwo\n" });
    const [listed] = await client.admin.listOffsets({
      topics: [{ name: "lines", partitions: [0, 1].map(partitionIndex => ({ partitionIndex, timestamp: -1n })) }],
    });
    assert.equal(
      listed?.partitions.reduce((sum, { offset }) => sum + Number(offset), 0),
      2,
    );
  });

  test("counts what is written after its start, exactly", async () => {
    await client.topic(3, {}, "words");
    await client.write("words", ["old old old"]);
    const program = start([join(root, "examples/wordcount-kafka.ts"), brokers], { env: { MASTER: "local[2]" } });
    await program.until(/^Time: /m);
    for (const partition of [0, 1, 2]) await client.write("words", ["to be or", "not to be"], partition);
    await program.until(/^\('not', \d\)$/m);
    program.process.kill("SIGINT");
    const { code, stdout, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    const counts = new Map<string, number>();
    for (const [, word = "", n] of stdout.matchAll(/^\('(.*)', (\d+)\)$/gm))
      counts.set(word, (counts.get(word) ?? 0) + Number(n));
    assert.deepEqual(
      counts,
      new Map([
        ["to", 6],
        ["be", 6],
        ["or", 3],
        ["not", 3],
      ]),
      stdout,
    );
  });
});
