import type { Clock } from "../../base/clock.ts";
import { logger } from "../../base/log.ts";
import { BlockGenerator } from "./block-generator.ts";
import type { Receiver } from "./receiver.ts";

const log = logger("ReceiverSupervisor");

/** Who keeps the books of all receivers: the tracker. */
export interface ReceiverHost {
  readonly clock: Clock;
  readonly blockIntervalMs: number;
  readonly restartDelayMs: number;
  /** Throws when the records cannot be encoded. */
  addBlock(streamId: number, id: string, records: readonly unknown[]): void;
  recordsLost(streamId: number, error: unknown): void;
  registered(streamId: number): void;
  deregistered(streamId: number, message: string, error: unknown): void;
  errorReported(streamId: number, message: string, error: unknown): void;
}

/** Starts, restarts and stops one receiver, and takes what it stores. */
export class ReceiverSupervisor<T> {
  readonly streamId: number;
  readonly #receiver: Receiver<T>;
  readonly #host: ReceiverHost;
  readonly #generator: BlockGenerator<T>;
  readonly #stopping = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #state: "initialized" | "started" | "stopped" = "initialized";
  #nextBlock: number;

  constructor(streamId: number, receiver: Receiver<T>, host: ReceiverHost) {
    this.streamId = streamId;
    this.#receiver = receiver;
    this.#host = host;
    this.#nextBlock = host.clock.now();
    this.#generator = new BlockGenerator(host.clock, host.blockIntervalMs, (records, at) => {
      try {
        host.addBlock(streamId, `input-${streamId}-${at}`, records);
      } catch (error) {
        host.recordsLost(streamId, error);
      }
    });
    receiver.attach(this);
  }

  get isStarted(): boolean {
    return this.#state === "started";
  }

  /** Resolves when the receiver has ended for good: stopped by itself, or with the context. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  start(): void {
    this.#generator.start();
    this.#startReceiver();
  }

  store(record: T): void {
    this.#generator.add(record);
  }

  async storeAll(records: readonly T[]): Promise<void> {
    if (records.length > 0) this.#host.addBlock(this.streamId, `input-${this.streamId}-${this.#nextBlock++}`, records);
  }

  reportError(message: string, error: unknown): void {
    this.#host.errorReported(this.streamId, message, error);
  }

  restart(message: string, error: unknown, delayMs = this.#host.restartDelayMs): void {
    if (this.#stopping.signal.aborted || this.#state !== "started") return;
    const text = `Restarting receiver with delay ${delayMs} ms: ${message}`;
    log.warn(text, error);
    const again = async () => {
      await this.#stopReceiver(text, error);
      const { clock } = this.#host;
      await clock.until(clock.now() + delayMs, this.#stopping.signal);
      this.#startReceiver();
    };
    again().catch(() => undefined);
  }

  stop(message: string, error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    const end = async () => {
      await this.#stopReceiver(message, error);
      this.#generator.stop();
      this.#ended.resolve();
    };
    end().catch((reason: unknown) => this.#ended.reject(reason));
  }

  #startReceiver(): void {
    this.#host.registered(this.streamId);
    this.#state = "started";
    const failed = (error: unknown) => this.stop(`Error starting receiver ${this.streamId}`, error);
    try {
      const starting = this.#receiver.onStart();
      if (starting instanceof Promise) starting.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  async #stopReceiver(message: string, error: unknown): Promise<void> {
    if (this.#state !== "started") return;
    this.#state = "stopped";
    try {
      await this.#receiver.onStop();
    } catch (thrown) {
      log.error(`Error stopping receiver ${this.streamId}`, thrown);
    }
    this.#host.deregistered(this.streamId, message, error);
  }
}
