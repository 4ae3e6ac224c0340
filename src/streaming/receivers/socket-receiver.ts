import { connect } from "node:net";
import type { Socket } from "node:net";
import { Receiver } from "./receiver.ts";
import type { StorageLevel } from "../../engine/storage-level.ts";

/** How a socket's bytes become records. Made anew for each connection. */
export interface SocketConverter<T> {
  /** Records that are complete with these bytes. */
  push(bytes: Uint8Array): Iterable<T>;
  /** Records that the end of the stream completes. */
  end(): Iterable<T>;
}

/** Connects to a server as a client and reads records, for ever: when the connection ends it tries again after the restart delay. */
export class SocketReceiver<T> extends Receiver<T> {
  readonly #host: string;
  readonly #port: number;
  readonly #converter: () => SocketConverter<T>;
  #socket: Socket | undefined;

  constructor(host: string, port: number, converter: () => SocketConverter<T>, storageLevel: StorageLevel) {
    super(storageLevel);
    this.#host = host;
    this.#port = port;
    this.#converter = converter;
  }

  override onStart(): void {
    const converter = this.#converter();
    const socket = connect({ host: this.#host, port: this.#port });
    this.#socket = socket;
    // After onStop the old socket's last events must not disturb the new one.
    const current = () => this.#socket === socket && !this.isStopped();
    // What the converter throws is no reason to end the program: bytes it cannot read are bad data, as a broken connection is.
    const storeEach = (convert: () => Iterable<T>): boolean => {
      try {
        for (const record of convert()) this.store(record);
        return true;
      } catch (error) {
        this.restart("Error receiving data", error);
        return false;
      }
    };
    let connected = false;
    socket.on("connect", () => {
      connected = true;
    });
    socket.on("data", bytes => current() && storeEach(() => converter.push(bytes)));
    socket.on("end", () => {
      if (current() && storeEach(() => converter.end())) this.restart("Socket data stream had no more data");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (!current()) return;
      if (connected) this.restart("Error receiving data", error);
      else if (error.code === "ENOTFOUND") this.stop(`Error starting receiver ${this.streamId}`, error);
      else this.restart(`Error connecting to ${this.#host}:${this.#port}`, error);
    });
  }

  override onStop(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}
