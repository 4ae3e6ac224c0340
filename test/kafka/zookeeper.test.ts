/** The addresses of old programs: brokers found through ZooKeeper. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { SparkContext } from "../../src/index.ts";
import { KafkaUtils } from "../../src/kafka.ts";
import { isQuorum } from "../../src/kafka/zookeeper.ts";
import { kafkaZooKeeper } from "../../scripts/services/kafka-zookeeper.ts";
import { startServer } from "../support/servers.ts";
import { Collected, streaming, TestClient } from "./support.ts";

test("what is a quorum, and what are brokers", () => {
  for (const quorum of [
    "zk:2181",
    "zk1:2181,zk2:2181",
    "zk:9999/kafka",
    "zk1:9999,zk2:9999/a/b",
    "zookeeper://zk:9999",
  ]) {
    assert.equal(isQuorum(quorum), true, quorum);
  }
  for (const brokers of ["b:9092", "b1:9092,b2:2181", "b:21810", "[::1]:9092"])
    assert.equal(isQuorum(brokers), false, brokers);
});

const { skip, server } = await startServer(kafkaZooKeeper);

describe("Kafka 3 with ZooKeeper", { skip }, () => {
  const { brokers, zookeeper } = server.endpoints;
  const client = new TestClient(brokers);
  const sc = new SparkContext("local[1]", "ZooKeeper");
  after(() => sc.stop());

  test("createStream finds the brokers, and works as with theirs", async () => {
    const topic = await client.topic();
    const seen = new Collected<string>();
    await streaming(
      sc,
      ssc =>
        KafkaUtils.createStream(ssc, zookeeper, "group", { [topic]: 1 }).foreachRDD(async rdd =>
          seen.add((await rdd.collect()).map(([, value]) => value)),
        ),
      async () => {
        await client.write(topic, ["1", "2"]);
        await seen.until(all => all.length >= 2);
      },
    );
    assert.deepEqual(seen.all, ["1", "2"]);
    assert.deepEqual(await client.committed("group"), new Map([[`${topic}-0`, 2]]));
  });

  test("a wrong chroot, a protocol that no broker speaks", async () => {
    const topic = await client.topic();
    const start = (quorum: string, params = {}): Promise<unknown> =>
      streaming(
        sc,
        ssc =>
          KafkaUtils.createStream(ssc, quorum, "group", { [topic]: 1 }, params)
            .count()
            .pprint(),
        async () => undefined,
      );
    await assert.rejects(start(zookeeper.replace("/kafka", "/nowhere")), { code: "DSTREAMS_KAFKA", message: /chroot/ });
    await assert.rejects(start(zookeeper, { "security.protocol": "SSL" }), /none of them with a listener for SSL/);
  });
});
