/** Reads a socket by the piece, in the order of the code that reads. Nothing else may listen to its data meanwhile. */
import type { Readable } from "node:stream";

/**
 * The next `length` bytes; undefined when the stream has ended before the first of them.
 *
 * @throws what broke the stream; an Error when it ends in between
 */
export async function readExactly(stream: Readable, length: number): Promise<Buffer | undefined> {
  if (length === 0) return Buffer.alloc(0);
  for (;;) {
    const bytes = stream.read(length) as Buffer | null;
    if (bytes?.length === length) return bytes;
    // At its end a stream gives what there is.
    if (bytes !== null) throw new Error(`the stream ended after ${bytes.length} of ${length} bytes`);
    if (stream.errored) throw stream.errored;
    if (stream.readableEnded || stream.destroyed) return undefined;
    await change(stream);
  }
}

/** A big-endian i32; undefined at the end of the stream. */
export async function readInt(stream: Readable): Promise<number | undefined> {
  return (await readExactly(stream, 4))?.readInt32BE(0);
}

/** `i32 length | bytes`: the bytes; or the number where it is negative, a mark; undefined at the end of the stream. */
export async function readFrame(stream: Readable): Promise<Buffer | number | undefined> {
  const length = await readInt(stream);
  if (length === undefined || length < 0) return length;
  const bytes = await readExactly(stream, length);
  if (bytes === undefined) throw new Error(`the stream ended before the ${length} bytes that it had announced`);
  return bytes;
}

/** `i32 length | bytes`, as `readFrame` reads it. */
export function frame(bytes: Uint8Array | string): Buffer {
  const body = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  const framed = Buffer.allocUnsafe(4 + body.length);
  framed.writeInt32BE(body.length, 0);
  framed.set(body, 4);
  return framed;
}

const events = ["readable", "end", "close", "error"] as const;

function change(stream: Readable): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });
}
