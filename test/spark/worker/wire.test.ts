/** Bytes of a connection in pieces of any size. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { EndOfWire, marks, WireReader, WireWriter } from "../../../src/engine/spark/worker/wire.ts";

describe("a reader", () => {
  test("finds the same in a stream however it is cut", async () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
    const cuts = fc.array(fc.nat(300), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(frames, cuts, async (expected, at) => {
        const reader = WireReader.on(Readable.from(pieces(stream(expected), at), { objectMode: false }));
        assert.equal(await reader.i32(), -2);
        assert.equal(await reader.i64(), -(2 ** 40));
        assert.equal(await reader.bool(), true);
        assert.equal(await reader.utf(), "né");
        const found: Buffer[] = [];
        for await (const batch of reader.frames()) found.push(...batch);
        assert.deepEqual(
          found,
          expected.map(each => Buffer.from(each)),
        );
        assert.equal(await reader.i32(), marks.endOfStream);
        await assert.rejects(reader.i32(), EndOfWire);
      }),
      { numRuns: 200 },
    );
  });

  test("hands out at once what a piece holds", async () => {
    const reader = WireReader.of(
      stream(Array.from({ length: 1000 }, () => new Uint8Array(10))).subarray(4 + 8 + 1 + 4 + 3),
    );
    const { value } = await reader.frames().next();
    assert.equal(value?.length, 1000);
  });

  test("refuses lengths that cannot be", async () => {
    await assert.rejects(WireReader.of(Buffer.from("fffffff0", "hex")).bytes(), /A length of -16/);
    await assert.rejects(WireReader.of(Buffer.from("00000401", "hex")).bytes(1024), /A length of 1025/);
  });
});

describe("over sockets", () => {
  let server: Server;
  before(async () => {
    server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => server.close());

  async function pair(): Promise<[Socket, Socket]> {
    const accepted = once(server, "connection");
    const socket = connect((server.address() as { port: number }).port, "127.0.0.1");
    return [socket, (await accepted)[0] as Socket];
  }

  test("nobody reads ahead without end, and all arrives", async () => {
    const [sender, receiver] = await pair();
    const paused = once(receiver, "pause");
    const reader = WireReader.on(receiver);
    const writer = new WireWriter(sender);
    const frame = Buffer.alloc(100_000, "x");
    for (let count = 0; count < 200; count++) writer.frame([frame]);
    writer.i32(marks.endOfData);
    writer.flush();
    await paused;
    assert.ok(receiver.bytesRead < 2_000_000, `${receiver.bytesRead} bytes`);
    let frames = 0;
    for await (const batch of reader.frames()) {
      assert.ok(batch.every(each => each.equals(frame)));
      frames += batch.length;
    }
    assert.equal(frames, 200);
    sender.destroy();
    receiver.destroy();
  });

  test("a writer whose other side is gone is told so", async () => {
    const [sender, receiver] = await pair();
    sender.on("error", () => {});
    const writer = new WireWriter(sender);
    const frame = Buffer.alloc(1_000_000);
    while (!writer.isFull) writer.frame([frame]);
    receiver.destroy();
    await assert.rejects(async () => {
      for (;;) {
        writer.frame([frame]);
        if (writer.isFull) await writer.drained();
      }
    }, EndOfWire);
    assert.ok(writer.isFull, "who does not wait would never learn it");
  });
});

/** One of everything, then frames with both marks behind them. */
function stream(frames: readonly Uint8Array[]): Buffer {
  const head = Buffer.from("fffffffeffffff00000000000100000003", "hex");
  const bodies = frames.flatMap(frame => [length(frame), frame]);
  return Buffer.concat([head, Buffer.from("né"), ...bodies, Buffer.from("fffffffffffffffc", "hex")]);
}

function length(frame: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(frame.length);
  return bytes;
}

function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.filter(cut => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
  return at
    .slice(1)
    .map((end, index) => bytes.subarray(at[index], end))
    .filter(piece => piece.length > 0);
}
