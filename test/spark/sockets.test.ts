/** What is read from the JVM's sockets, and what is not. With a real JVM at the other end: gateway.test.ts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import { setLogSink } from "../../src/base/log.ts";
import { AccumulatorServer } from "../../src/engine/spark/gateway/accumulator-server.ts";
import { allServedFrames, FrameSplitter } from "../../src/engine/spark/gateway/serving-socket.ts";
import { frame } from "../../src/engine/spark/gateway/socket-reader.ts";

/** Hands out what the JVM would, `size` bytes at a time, to one that has said the secret. */
async function serving(bytes: Buffer, secret: string): Promise<number> {
  const server = createServer((socket: Socket) => {
    server.close();
    socket.once("data", said => {
      socket.end(frame(secret).equals(said as Buffer) ? Buffer.concat([frame("ok"), bytes]) : frame("err"));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

describe("a serving socket", () => {
  test("frames come whole, however they are cut", () => {
    const bodies = ["", "a", "bcd", "", "x".repeat(100)].map(text => Buffer.from(text));
    const bytes = Buffer.concat(bodies.map(frame));
    for (let size = 1; size <= bytes.length; size++) {
      const splitter = new FrameSplitter();
      const frames: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) frames.push(...splitter.push(bytes.subarray(at, at + size)));
      splitter.end();
      assert.deepEqual(frames, bodies);
    }
  });

  test("hands out what follows the handshake, also in the same packet", async () => {
    const port = await serving(Buffer.concat([frame("one"), frame("two")]), "secret");
    assert.deepEqual((await allServedFrames({ port, secret: "secret" })).map(String), ["one", "two"]);
  });

  test("that refuses the secret, ends inside a record, or is not there", async () => {
    const refusing = await serving(Buffer.alloc(0), "another");
    await assert.rejects(allServedFrames({ port: refusing, secret: "secret" }), { code: "DSTREAMS_SPARK_GATEWAY" });
    const broken = await serving(frame("whole").subarray(0, 6), "secret");
    await assert.rejects(allServedFrames({ port: broken, secret: "secret" }), { code: "DSTREAMS_JOB_FAILED" });
    await assert.rejects(allServedFrames({ port: broken, secret: "secret" }), { code: "DSTREAMS_SPARK_LOST" });
  });
});

describe("the server of accumulators", () => {
  const updates = (...texts: string[]): Buffer => {
    const count = Buffer.alloc(4);
    count.writeInt32BE(texts.length);
    return Buffer.concat([count, ...texts.map(frame)]);
  };

  test("takes updates of many tasks, and answers each, whatever its taker does", async () => {
    const taken: string[] = [];
    const errors: string[] = [];
    setLogSink(record => errors.push(record.message));
    const server = await AccumulatorServer.listen(update => {
      taken.push(String(update));
      if (String(update) === "bad") throw new Error("no such accumulator");
    });
    try {
      const socket = connect(server.port, server.host);
      socket.write(Buffer.concat([Buffer.from(server.secret), updates("a", "bad", "c")]));
      assert.deepEqual(await once(socket, "data"), [Buffer.of(1)]);
      socket.write(updates());
      assert.deepEqual(await once(socket, "data"), [Buffer.of(1)]);
      assert.deepEqual(taken, ["a", "bad", "c"]);
      assert.match(errors.join(), /no such accumulator/);
      socket.destroy();
    } finally {
      setLogSink(undefined);
      await server.close();
    }
  });

  test("takes nothing from one that does not know the secret", async () => {
    const taken: Buffer[] = [];
    const warnings: string[] = [];
    setLogSink(record => warnings.push(record.message));
    const server = await AccumulatorServer.listen(update => taken.push(update));
    try {
      const socket = connect(server.port, server.host);
      socket.on("error", () => undefined);
      socket.write(Buffer.concat([Buffer.from("0".repeat(server.secret.length)), updates("a")]));
      // an answer would be the one to updates
      await Promise.race([once(socket, "close"), once(socket, "data")]);
      socket.destroy();
      assert.deepEqual(taken, []);
      assert.match(warnings.join(), /wrong secret/);
      assert.ok(!warnings.join().includes(server.secret));
    } finally {
      setLogSink(undefined);
      await server.close();
    }
  });
});
