import { hostname } from "node:os";
import type { Clock } from "../../base/clock.ts";
import { stackOf } from "../../base/error-text.ts";
import { DStreamsError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { SparkConf } from "../../conf/spark-conf.ts";
import type { Split } from "../../plan/plan.ts";
import type { ReceiverInfo } from "../scheduler/listener.ts";
import type { StreamingListenerBus } from "../scheduler/listener-bus.ts";
import { ReceivedBlockTracker } from "./received-block-tracker.ts";
import type { Receiver } from "./receiver.ts";
import { ReceiverSupervisor } from "./receiver-supervisor.ts";
import type { ReceiverHost } from "./receiver-supervisor.ts";

const log = logger("ReceiverTracker");

/** What the tracker needs of its context. */
export interface ReceiverTrackerOptions {
  readonly clock: Clock;
  readonly conf: SparkConf;
  readonly listeners: StreamingListenerBus;
  /** Records as bytes that workers can read. */
  encode(records: readonly unknown[]): Split;
  /** Records were lost: an error for awaitTermination(). */
  onError(error: unknown): void;
}

interface Tracked {
  readonly receiver: Receiver<unknown>;
  supervisor: ReceiverSupervisor<unknown> | undefined;
  info: ReceiverInfo;
}

/**
 * All receivers of a context.
 *
 *     Receiver ─store─▶ supervisor ─block─▶ tracker: encode into shared memory ─▶ waits ─▶ batch
 *              ◀─start/stop/restart─┘         └─ launches again what ended by itself
 *
 * Receivers run here, in the driver, and not in a worker as Spark does it: a worker belongs to the batches, one task at a time, and a
 * receiver would take it for ever. The cost is that the driver's thread encodes what they store, some hundred nanoseconds a record.
 */
export class ReceiverTracker implements ReceiverHost {
  readonly clock: Clock;
  readonly blockIntervalMs: number;
  readonly restartDelayMs: number;
  readonly blocks = new ReceivedBlockTracker();
  readonly #options: ReceiverTrackerOptions;
  readonly #receivers = new Map<number, Tracked>();
  readonly #stopping = new AbortController();

  constructor(options: ReceiverTrackerOptions) {
    const { clock, conf } = options;
    this.#options = options;
    this.clock = clock;
    this.blockIntervalMs = conf.getTimeAsMs("spark.streaming.blockInterval", "200ms");
    if (this.blockIntervalMs <= 0) {
      throw new DStreamsError(
        "DSTREAMS_CONFIGURATION",
        "requirement failed: 'spark.streaming.blockInterval' should be a positive value",
      );
    }
    this.restartDelayMs = conf.getTimeAsMs("spark.streaming.receiverRestartDelay", "2000ms");
  }

  add(streamId: number, receiver: Receiver<unknown>): void {
    const info: ReceiverInfo = {
      streamId,
      name: `${receiver.constructor.name}-${streamId}`,
      active: false,
      location: "",
      executorId: "",
      lastErrorMessage: "",
      lastError: "",
      lastErrorTime: -1,
    };
    this.#receivers.set(streamId, { receiver, supervisor: undefined, info });
  }

  start(): void {
    for (const [streamId, tracked] of this.#receivers) this.#launch(streamId, tracked);
  }

  /** Stops all receivers; what they have stored stays. Gracefully: however long they take, else at most 10 seconds. */
  async stop(graceful: boolean): Promise<void> {
    this.#stopping.abort();
    const supervisors = [...this.#receivers.values()].flatMap(({ supervisor }) => supervisor ?? []);
    for (const supervisor of supervisors) supervisor.stop("Stopped by driver", undefined);
    const ended = Promise.all(supervisors.map(supervisor => supervisor.ended));
    if (graceful || supervisors.length === 0) {
      await ended;
      return;
    }
    const done = new AbortController();
    const limit = this.clock.until(this.clock.now() + 10_000, done.signal).then(
      () => log.warn("Not all of the receivers have deregistered"),
      () => undefined,
    );
    await Promise.race([ended.then(() => done.abort()), limit]);
  }

  addBlock(streamId: number, id: string, records: readonly unknown[]): void {
    this.blocks.add(streamId, { id, numRecords: records.length, split: this.#options.encode(records) });
  }

  registered(streamId: number): void {
    log.info(`Registered receiver for stream ${streamId}`);
    this.#change("onReceiverStarted", streamId, { active: true, location: hostname(), executorId: "driver" });
  }

  deregistered(streamId: number, message: string, error: unknown): void {
    const text = `Deregistered receiver for stream ${streamId}: ${message}`;
    // Spark logs an error here in any case; the end of a context, or of a finite source, is none.
    const isExpected = error === undefined && this.#receivers.get(streamId)?.receiver.isFinished;
    if (this.#stopping.signal.aborted || isExpected) log.info(text);
    else log.error(error === undefined ? text : `${text} - ${stackOf(error)}`);
    this.#change("onReceiverStopped", streamId, { active: false, ...this.#lastError(message, error) });
  }

  errorReported(streamId: number, message: string, error: unknown): void {
    log.warn(`Error reported by receiver for stream ${streamId}: ${message}`, error);
    this.#change("onReceiverError", streamId, this.#lastError(message, error));
  }

  recordsLost(streamId: number, error: unknown): void {
    this.errorReported(streamId, "Records that were stored cannot be sent to the workers", error);
    this.#options.onError(error);
  }

  #launch(streamId: number, tracked: Tracked): void {
    const { receiver } = tracked;
    const supervisor = new ReceiverSupervisor(streamId, receiver, this);
    tracked.supervisor = supervisor;
    supervisor.start();
    const relaunch = async () => {
      await supervisor.ended;
      if (receiver.isFinished) return;
      // Spark launches at once. A receiver that cannot even start would then spin, here in the driver's own thread.
      await this.clock.until(this.clock.now() + this.restartDelayMs, this.#stopping.signal);
      log.info(`Restarting Receiver ${streamId}`);
      this.#launch(streamId, tracked);
    };
    relaunch().catch(() => undefined);
  }

  #lastError(message: string, error: unknown): Partial<ReceiverInfo> {
    return {
      lastErrorMessage: message,
      lastError: error === undefined ? "" : stackOf(error),
      lastErrorTime: error === undefined ? -1 : this.clock.now(),
    };
  }

  #change(
    event: "onReceiverStarted" | "onReceiverError" | "onReceiverStopped",
    streamId: number,
    changes: Partial<ReceiverInfo>,
  ): void {
    const tracked = this.#receivers.get(streamId);
    if (tracked === undefined) return;
    tracked.info = { ...tracked.info, ...changes };
    const { info } = tracked;
    this.#options.listeners.post(event, () => ({ receiverInfo: info }));
  }
}
