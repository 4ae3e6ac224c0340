import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { test } from "node:test";
import { Receiver } from "../../src/streaming/receivers/receiver.ts";
import type { StreamingListener } from "../../src/streaming/scheduler/listener.ts";
import { collectBatches, newContext } from "./support/context.ts";
import { captureLog } from "./support/log.ts";

/** A receiver that the test plays. */
class Manual<T> extends Receiver<T> {
  readonly calls: string[] = [];
  failAtStart: Error | undefined;

  override onStart(): void {
    this.calls.push("start");
    if (this.failAtStart !== undefined) throw this.failAtStart;
  }

  override onStop(): void {
    this.calls.push("stop");
  }
}

/** What happens to the receivers, one word an event. */
function follow(events: string[]): StreamingListener {
  return {
    onReceiverStarted: ({ receiverInfo: r }) => events.push(`started ${r.name} ${r.active}`),
    onReceiverError: ({ receiverInfo: r }) => events.push(`error ${r.lastErrorMessage}`),
    onReceiverStopped: ({ receiverInfo: r }) => events.push(`stopped ${r.lastErrorMessage}`),
  };
}

test("records become blocks each block interval, blocks partitions of the next batch", async () => {
  await using context = newContext();
  const receiver = new Manual<string>();
  const batches = collectBatches(context.ssc.receiverStream(receiver).glom());
  const counted: number[] = [];
  context.ssc.addStreamingListener({ onBatchSubmitted: ({ batchInfo }) => counted.push(batchInfo.numRecords) });
  await context.ssc.start();
  receiver.store("a");
  receiver.store("b");
  await context.clock.advance(200);
  receiver.store("c");
  await context.clock.advance(700);
  receiver.store("d");
  await context.clock.advance(100);
  assert.deepEqual(batches, [[["a", "b"], ["c"]]]);
  await context.clock.advance(2000);
  assert.deepEqual(batches, [[["a", "b"], ["c"]], [["d"]], []]);
  assert.deepEqual(counted, [3, 1, 0]);
});

test("storeAll makes one block at once", async () => {
  await using context = newContext();
  const receiver = new Manual<number>();
  const batches = collectBatches(context.ssc.receiverStream(receiver).glom());
  await context.ssc.start();
  const records = [1, 2, 3];
  await receiver.storeAll(records);
  records.length = 0;
  await receiver.storeAll(new Set([4]));
  await receiver.storeAll([]);
  await context.clock.advance(1000);
  assert.deepEqual(batches, [[[1, 2, 3], [4]]]);
});

test("a receiver is of no use before the context has started, and takes nothing after", async () => {
  await using context = newContext();
  const receiver = new Manual<number>();
  collectBatches(context.ssc.receiverStream(receiver));
  assert.throws(
    () => receiver.store(1),
    /^DStreamsError: A ReceiverSupervisor has not been attached to the receiver yet\./,
  );
  await context.ssc.start();
  assert.deepEqual([receiver.isStarted(), receiver.isStopped(), receiver.streamId], [true, false, 0]);
  await context.ssc.stop();
  assert.deepEqual(receiver.calls, ["start", "stop"]);
  assert.equal(receiver.isStopped(), true);
  assert.throws(() => receiver.store(1), {
    code: "DSTREAMS_RECEIVER",
    message: "Cannot add data as BlockGenerator has not been started or has been stopped",
  });
});

test("restart stops, waits and starts; what was stored stays", async () => {
  await using context = newContext();
  using log = captureLog("WARN");
  const receiver = new Manual<string>();
  const batches = collectBatches(context.ssc.receiverStream(receiver));
  const events: string[] = [];
  context.ssc.addStreamingListener(follow(events));
  await context.ssc.start();
  receiver.store("kept");
  receiver.restart("no more data", new Error("reset"));
  await context.clock.advance(1999);
  assert.deepEqual(receiver.calls, ["start", "stop"]);
  await context.clock.advance(1);
  assert.deepEqual(receiver.calls, ["start", "stop", "start"]);
  receiver.restart("again", undefined, 5);
  await context.clock.advance(5);
  assert.deepEqual(receiver.calls, ["start", "stop", "start", "stop", "start"]);
  assert.deepEqual(batches, [["kept"], []]);
  assert.deepEqual(events.slice(0, 3), [
    "started Manual-0 true",
    "stopped Restarting receiver with delay 2000 ms: no more data",
    "started Manual-0 true",
  ]);
  assert.equal(log.lines[0], "WARN ReceiverSupervisor: Restarting receiver with delay 2000 ms: no more data");
  assert.equal(
    log.lines[1],
    "ERROR ReceiverTracker: Deregistered receiver for stream 0: Restarting receiver with delay 2000 ms: no more data - Error: reset",
  );
});

test("a receiver that stops, or cannot start, comes back while the context is active", async () => {
  await using context = newContext();
  using log = captureLog("ERROR");
  const receiver = new Manual<string>();
  const events: string[] = [];
  context.ssc.addStreamingListener(follow(events));
  collectBatches(context.ssc.receiverStream(receiver));
  await context.ssc.start();
  receiver.failAtStart = new Error("no licence");
  receiver.stop("enough");
  await context.clock.advance(4000);
  assert.deepEqual(receiver.calls, ["start", "stop", "start", "stop", "start", "stop"]);
  receiver.failAtStart = undefined;
  await context.clock.advance(2000);
  assert.equal(receiver.isStarted(), true);
  assert.equal(events[3], "stopped Error starting receiver 0");
  assert.equal(
    log.lines[1],
    "ERROR ReceiverTracker: Deregistered receiver for stream 0: Error starting receiver 0 - Error: no licence",
  );
});

test("reportError tells the listeners, and nothing else happens", async () => {
  await using context = newContext();
  using _log = captureLog("OFF");
  const receiver = new Manual<string>();
  const events: string[] = [];
  context.ssc.addStreamingListener(follow(events));
  collectBatches(context.ssc.receiverStream(receiver));
  await context.ssc.start();
  receiver.reportError("hiccup", new Error("x"));
  await context.clock.advance(10);
  assert.deepEqual(events, ["started Manual-0 true", "error hiccup"]);
  assert.deepEqual(receiver.calls, ["start"]);
});

test("a graceful stop processes all that was received", async () => {
  await using context = newContext();
  const receiver = new Manual<string>();
  const batches = collectBatches(context.ssc.receiverStream(receiver));
  await context.ssc.start();
  await context.clock.advance(1500);
  receiver.store("last");
  const stopped = context.ssc.stop({ stopGracefully: true });
  await context.clock.advance(2000);
  await stopped;
  assert.deepEqual(batches, [[], ["last"], []]);
});

test("an async iterable is a receiver that ends with it", async () => {
  await using context = newContext();
  async function* words() {
    yield* ["a", "b"];
  }
  const batches = collectBatches(context.ssc.receiverStream(words()));
  await context.ssc.start();
  await context.clock.advance(5000);
  assert.deepEqual(batches, [["a", "b"], [], [], [], []]);
});

test("an iterable that is made by a function is made again when it fails", async () => {
  await using context = newContext();
  using _log = captureLog("OFF");
  let made = 0;
  const batches = collectBatches(
    context.ssc.receiverStream(async function* () {
      made++;
      yield `round ${made}`;
      if (made === 1) throw new Error("lost");
    }),
  );
  await context.ssc.start();
  await context.clock.advance(4000);
  assert.deepEqual(batches.flat(), ["round 1", "round 2"]);
});

test("a waiting iterable is closed when the context stops", async () => {
  await using context = newContext();
  let closed = false;
  const endless: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => undefined),
      return: () => {
        closed = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  collectBatches(context.ssc.receiverStream(endless));
  await context.ssc.start();
  await context.ssc.stop({ stopGracefully: false });
  assert.equal(closed, true);
});

/** A TCP server; `connected` is the next connection, `until` waits for a condition while the event loop turns. */
async function serve(): Promise<AsyncDisposable & { port: number; server: Server; connected(): Promise<Socket> }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets: Socket[] = [];
  server.on("connection", socket => sockets.push(socket));
  return {
    port: (server.address() as AddressInfo).port,
    server,
    async connected() {
      if (sockets.length === 0) await once(server, "connection");
      return sockets.shift() as Socket;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

/** Lets the event loop turn, with its I/O, until something is so. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve));
}

test("lines come from a socket; when it ends it is connected again", async () => {
  await using server = await serve();
  await using context = newContext();
  using log = captureLog("WARN");
  const batches = collectBatches(context.ssc.socketTextStream("127.0.0.1", server.port));
  await context.ssc.start();
  const first = await server.connected();
  first.end("one\ntwo\r\nthr\u00e9e\rlast, without an end");
  await until(() => log.lines.length > 0);
  await context.clock.advance(1000);
  assert.deepEqual(batches, [["one", "two", "thrée", "last, without an end"]]);
  assert.match(log.lines[0] ?? "", /Restarting receiver with delay 2000 ms: Socket data stream had no more data$/);
  await context.clock.advance(1000);
  const second = await server.connected();
  second.end("back\n");
  await until(() => log.lines.some(line => line.includes("Deregistered")) && log.lines.length >= 3);
  await context.clock.advance(1000);
  assert.deepEqual(batches.flat().at(-1), "back");
});

test("a server that is not there yet is tried again every 2 seconds", async () => {
  const server = await serve();
  const { port } = server;
  await server[Symbol.asyncDispose]();
  await using context = newContext();
  using log = captureLog("WARN");
  collectBatches(context.ssc.socketTextStream("127.0.0.1", port));
  await context.ssc.start();
  const attempts = () => log.lines.filter(line => line.startsWith("WARN ReceiverSupervisor"));
  await until(() => attempts().length === 1);
  assert.match(attempts()[0] ?? "", new RegExp(`delay 2000 ms: Error connecting to 127\\.0\\.0\\.1:${port}$`));
  await context.clock.advance(2000);
  await until(() => attempts().length === 2);
});

test("a converter makes records of bytes", async () => {
  await using server = await serve();
  await using context = newContext();
  const converter = () => ({ push: (bytes: Uint8Array) => bytes, end: () => [] });
  const batches = collectBatches(context.ssc.socketStream("127.0.0.1", server.port, converter));
  await context.ssc.start();
  const socket = await server.connected();
  const gone = once(socket, "close");
  let stored = 0;
  context.ssc.addStreamingListener({
    onBatchSubmitted: ({ batchInfo }) => {
      stored += batchInfo.numRecords;
    },
  });
  socket.write(Uint8Array.of(1, 2, 3));
  while (stored === 0) await context.clock.advance(1000);
  assert.deepEqual(batches.flat(), [1, 2, 3]);
  await context.ssc.stop();
  await gone;
});

test("a converter that throws costs the connection, not the program", async () => {
  await using server = await serve();
  await using context = newContext();
  using log = captureLog("WARN");
  const converter = () => ({
    push: (bytes: Uint8Array) => {
      if (bytes[0] === 0) throw new Error("no frame begins with 0");
      return bytes;
    },
    end: () => [],
  });
  const batches = collectBatches(context.ssc.socketStream("127.0.0.1", server.port, converter));
  await context.ssc.start();
  (await server.connected()).write(Uint8Array.of(0));
  await until(() => log.lines.length >= 2);
  assert.match(log.lines[0] ?? "", /Restarting receiver with delay 2000 ms: Error receiving data$/);
  assert.match(log.lines[1] ?? "", /no frame begins with 0$/);
  await context.clock.advance(2000);
  (await server.connected()).end(Uint8Array.of(1));
  await until(() => log.lines.length >= 4);
  await context.clock.advance(1000);
  assert.deepEqual(batches.flat(), [1]);
});

test("an iterable that never waits lets everything else go on", async () => {
  await using context = newContext();
  let isOver = false;
  function* endless() {
    while (!isOver) yield 1;
  }
  const batches = collectBatches(context.ssc.receiverStream(endless()).count());
  await context.ssc.start();
  setImmediate(() => {
    isOver = true;
  });
  await until(() => isOver);
  await context.clock.advance(1000);
  assert.equal(batches.length, 1);
});

test("the block interval must be positive", async () => {
  assert.throws(() => newContext({ settings: { "spark.streaming.blockInterval": "0" } }), {
    message: "requirement failed: 'spark.streaming.blockInterval' should be a positive value",
  });
  const { SparkContext } = await import("../../src/rdd/spark-context.ts");
  await SparkContext.getOrCreate().stop();
});
