/**
 * The entry of a worker thread: messages in, tasks run one at a time in order of arrival, results out.
 *
 *     parentPort ─▶ inbox ─▶ define, program, broadcast, …   done at once, in order
 *                        └─▶ task                            after all that came before; others wait
 *
 * While a task computes without a pause the thread hears nothing. So the task looks into the port itself between chunks
 * (`poll`), at most every few milliseconds: a `cancel` takes effect, everything else goes to the inbox.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { logger, setLogSink } from "../../base/log.ts";
import { classTable } from "../../closure/classes.ts";
import { enterWorker } from "../../closure/main-script.ts";
import { setClassTable } from "../../codec/block.ts";
import { MemoryLedger } from "../tasks/memory.ts";
import type { FromWorker, ToWorker } from "../tasks/messages.ts";
import type { WorkerStart } from "./worker-start.ts";
import { BlockStore } from "../tasks/block-store.ts";
import { PartitionCache } from "../tasks/partition-cache.ts";
import { TaskRunner } from "../tasks/task-runner.ts";

const log = logger("Worker");

const pollMilliseconds = 5;

class WorkerMain {
  readonly #port: MessagePort;
  readonly #runner: TaskRunner;
  readonly #inbox: ToWorker[] = [];
  #working = false;
  #lastPoll = 0;

  constructor(port: MessagePort, start: WorkerStart) {
    this.#port = port;
    const store = new BlockStore(new MemoryLedger(start.ledger), start.spillDirectory, start.workerId);
    this.#runner = new TaskRunner(store, new PartitionCache(start.cacheBytes), () => this.#poll());
    port.on("message", (message: ToWorker) => this.#receive(message));
    process.on("unhandledRejection", reason => this.#stray(reason));
    process.on("uncaughtException", error => this.#stray(error));
  }

  post(message: FromWorker): void {
    this.#port.postMessage(message);
  }

  #receive(message: ToWorker): void {
    if (message.type === "cancel") this.#runner.cancel(message.taskId);
    this.#inbox.push(message);
    if (!this.#working) void this.#work();
  }

  /** Messages that have come meanwhile. Called between chunks, so it must cost next to nothing. */
  #poll(): void {
    const now = performance.now();
    if (now - this.#lastPoll < pollMilliseconds) return;
    this.#lastPoll = now;
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      const message = next.message as ToWorker;
      if (message.type === "cancel") this.#runner.cancel(message.taskId);
      this.#inbox.push(message);
    }
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let message = this.#inbox.shift(); message !== undefined; message = this.#inbox.shift()) {
      if (message.type === "task") {
        const answer = await this.#runner.run(message);
        await printed();
        this.post(answer);
      } else this.#runner.learn(message);
    }
    this.#working = false;
  }

  /** An error that nobody awaited: it fails the task that runs, or is logged. */
  #stray(error: unknown): void {
    if (this.#runner.abort(error)) return;
    log.error("An error after its task had ended", error);
  }
}

/** What user functions print must have reached the driver before their result does: the process may end with the last result. */
async function printed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise<void>(resolve => void stream.write("", () => resolve()));
  }
}

if (parentPort !== null) {
  const start = workerData as WorkerStart;
  const main = new WorkerMain(parentPort, start);
  enterWorker(start.mainScript);
  setClassTable(classTable);
  setLogSink(record => main.post({ type: "log", record }));
  main.post({ type: "ready" });
}
