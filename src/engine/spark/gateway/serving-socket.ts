/**
 * What the JVM hands out through a socket of its own: the records of a collect, a value that was broadcast.
 *
 *     Object[] { port, secret, server? }   or { path, null, server? }      readServing
 *       connect within 15 s, secret ──▶, "ok" ◀──                          openServing
 *       i32 length | bytes, … until the end                                servedFrames
 *
 * An end is the end of the data also where the JVM failed between two records: `getResult()` of the server object tells which it was. The
 * server object holds all that it hands out, so it is released as soon as that is read.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { DStreamsError } from "../../../base/errors.ts";
import type { Connection } from "./connection.ts";
import { loopback } from "./loopback.ts";
import { asInt, asObject, asString, type JavaObject } from "./parts.ts";
import { frame, readFrame } from "./socket-reader.ts";

/** A port that wants a secret, or a Unix domain socket, which only its owner can open. */
export type ServingAddress = { readonly port: number; readonly secret: string } | { readonly path: string };

export interface Serving {
  readonly address: ServingAddress;
  /** Its `getResult()` waits until all is handed out, and throws what went wrong. */
  readonly server: JavaObject | undefined;
}

/** What an `Object[]` says that the JVM has answered, which is released. */
export async function readServing(connection: Connection, array: JavaObject): Promise<Serving> {
  const length = await connection.arrayLength(array);
  const [place, secret, server] = await Promise.all(
    Array.from({ length: Math.min(length, 3) }, (_, index) => connection.arrayGet(array, index)),
  );
  await connection.release(array);
  return {
    address: typeof place === "string" ? { path: place } : { port: asInt(place), secret: asString(secret) },
    server: server == null ? undefined : asObject(server),
  };
}

/**
 * A socket that has been let in; to be read, or written to, and destroyed at the end.
 *
 * @throws DSTREAMS_SPARK_LOST when nobody listens (any more), DSTREAMS_SPARK_GATEWAY when the secret is refused
 */
export async function openServing(address: ServingAddress): Promise<Socket> {
  const socket = "path" in address ? connect(address.path) : connect(address.port, loopback());
  try {
    await once(socket, "connect");
  } catch (cause) {
    throw new DStreamsError(
      "DSTREAMS_SPARK_LOST",
      "Spark's driver JVM does not hand out what it promised: it waits 15 seconds (spark.python.authenticate.socketTimeout), " +
        "which a function that computes for long without `await` in the driver can use up.",
      { cause },
    );
  }
  socket.on("error", () => undefined); // readers see it in the stream
  if ("path" in address) return socket;
  socket.write(frame(address.secret));
  const answer = await readFrame(socket).catch(() => undefined);
  if (Buffer.isBuffer(answer) && answer.toString() === "ok") return socket;
  socket.destroy();
  throw new DStreamsError("DSTREAMS_SPARK_GATEWAY", "Spark's driver JVM refused the secret of a socket it serves.");
}

/**
 * All that is handed out, frame by frame. Who stops reading closes the socket.
 *
 * @throws DSTREAMS_JOB_FAILED when the stream breaks or ends inside a frame
 */
export async function* servedFrames(address: ServingAddress): AsyncGenerator<Buffer, void, undefined> {
  const socket = await openServing(address);
  try {
    const splitter = new FrameSplitter();
    for await (const chunk of socket) yield* splitter.push(chunk as Buffer);
    splitter.end();
  } catch (cause) {
    if (cause instanceof DStreamsError) throw cause;
    throw new DStreamsError("DSTREAMS_JOB_FAILED", "Spark's driver JVM broke off while it handed out records.", {
      cause,
    });
  } finally {
    socket.destroy();
  }
}

/** All that is handed out, at once. */
export async function allServedFrames(address: ServingAddress): Promise<Buffer[]> {
  return Array.fromAsync(servedFrames(address));
}

/**
 * The same where it is known how many frames there are.
 *
 * @throws DSTREAMS_JOB_FAILED, or what the JVM says, when these are not all
 */
export async function servedInFull(
  connection: Connection,
  { address, server }: Serving,
  count: number,
): Promise<Buffer[]> {
  try {
    const frames = await allServedFrames(address);
    if (frames.length === count) return frames;
    if (server !== undefined) await connection.call(server, "getResult");
    throw new DStreamsError(
      "DSTREAMS_JOB_FAILED",
      `Spark handed out ${frames.length} of ${count} results, and broke off.`,
    );
  } finally {
    // Nobody need wait for that.
    if (server !== undefined) void connection.release(server).catch(() => undefined);
  }
}

/** Chunks to frames. A frame within a chunk is a view of it; one that spans chunks is copied once, into a buffer of its size. */
export class FrameSplitter {
  readonly #head = Buffer.alloc(4);
  #headFilled = 0;
  #body: Buffer | undefined;
  #bodyFilled = 0;

  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#body === undefined) {
        const taken = chunk.copy(this.#head, this.#headFilled, at);
        this.#headFilled += taken;
        at += taken;
        if (this.#headFilled < 4) break;
        this.#headFilled = 0;
        const length = this.#head.readInt32BE(0);
        if (length < 0) throw new Error(`a record of ${length} bytes`);
        if (length <= chunk.length - at) {
          frames.push(chunk.subarray(at, at + length));
          at += length;
        } else this.#begin(length);
      } else {
        const taken = chunk.copy(this.#body, this.#bodyFilled, at);
        this.#bodyFilled += taken;
        at += taken;
        if (this.#bodyFilled === this.#body.length) {
          frames.push(this.#body);
          this.#body = undefined;
        }
      }
    }
    return frames;
  }

  /** @throws when a frame is not complete */
  end(): void {
    if (this.#headFilled > 0 || this.#body !== undefined) throw new Error("the stream ended inside a record");
  }

  #begin(length: number): void {
    this.#body = Buffer.allocUnsafeSlow(length);
    this.#bodyFilled = 0;
  }
}
