/**
 * Takes what accumulators of finished tasks have gathered, from the JVM:
 *
 *     the JVM connects once ── secret ──▶  (64 letters, nothing around them)
 *     for every task        ── i32 count | count × (i32 length | bytes) ──▶
 *                           ◀── one byte ──
 *
 * Spark's scheduler waits for that byte, without a limit and for all jobs, so it is sent whatever becomes of the updates.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { logger } from "../../../base/log.ts";
import { loopback } from "./loopback.ts";
import { readExactly, readFrame, readInt } from "./socket-reader.ts";

const log = logger("AccumulatorServer");

export class AccumulatorServer {
  readonly host: string = loopback();
  /** What the JVM has to say first. */
  readonly secret: string = randomBytes(32).toString("hex");
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #onUpdate: (update: Buffer) => void;

  /** Listens on the loopback interface, without keeping the process alive. `onUpdate` takes each update of each task, in order. */
  static async listen(onUpdate: (update: Buffer) => void): Promise<AccumulatorServer> {
    const server = new AccumulatorServer(onUpdate);
    server.#server.listen(0, server.host);
    await once(server.#server, "listening");
    server.#server.unref();
    return server;
  }

  private constructor(onUpdate: (update: Buffer) => void) {
    this.#onUpdate = onUpdate;
    this.#server = createServer(socket => void this.#serve(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(resolve => this.#server.close(resolve));
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.unref().setNoDelay(true);
    socket.on("error", () => undefined); // the reader sees it
    try {
      if (await this.#isSparks(socket)) await this.#take(socket);
      else log.warn("a connection with a wrong secret was refused");
    } catch (error) {
      log.debug("the JVM's connection broke", error);
    } finally {
      socket.destroy();
      this.#sockets.delete(socket);
    }
  }

  async #isSparks(socket: Socket): Promise<boolean> {
    const secret = Buffer.from(this.secret);
    const said = await readExactly(socket, secret.length);
    return said !== undefined && timingSafeEqual(said, secret);
  }

  async #take(socket: Socket): Promise<void> {
    for (let count = await readInt(socket); count !== undefined; count = await readInt(socket)) {
      const updates: Buffer[] = [];
      while (updates.length < count) {
        const update = await readFrame(socket);
        if (!Buffer.isBuffer(update)) throw new Error("the stream ended inside the updates of a task");
        updates.push(update);
      }
      for (const update of updates) this.#apply(update);
      socket.write(Buffer.of(1));
    }
  }

  #apply(update: Buffer): void {
    try {
      this.#onUpdate(update);
    } catch (error) {
      log.error("an accumulator's update was lost", error);
    }
  }
}
