/** A real worker thread, spoken to as the driver does. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { capture } from "../../../../src/closure/capture.ts";
import { classDefinitions } from "../../../../src/closure/classes.ts";
import { MemoryLedger } from "../../../../src/engine/tasks/memory.ts";
import type { FlatNode, FnId, Sink, TaskInput } from "../../../../src/engine/stages/protocol.ts";
import type { FromWorker, ToWorker } from "../../../../src/engine/tasks/messages.ts";

const entry = new URL("../../../../src/engine/local/worker-main.ts", import.meta.url);

type Reply = Extract<FromWorker, { readonly type: "done" | "failed" }>;
export type Done = Extract<FromWorker, { readonly type: "done" }>;
export type Failed = Extract<FromWorker, { readonly type: "failed" }>;

export class Thread {
  readonly directory = mkdtempSync(join(tmpdir(), "dstreams-thread-test-"));
  readonly ledger: MemoryLedger;
  readonly logs: string[] = [];
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly #functions: { id: FnId; bytes: Uint8Array }[] = [];
  #classes = 0;
  #lastProgram = 0;
  #lastTask = 0;

  constructor(options: { memoryBytes?: number; cacheBytes?: number } = {}) {
    this.ledger = MemoryLedger.create(options.memoryBytes ?? 1 << 26);
    this.#worker = new Worker(entry, {
      workerData: {
        workerId: 7,
        ledger: this.ledger.buffer,
        cacheBytes: options.cacheBytes ?? 1 << 26,
        spillDirectory: this.directory,
        mainScript: import.meta.url,
      },
    });
    this.#worker.on("message", (message: FromWorker) => {
      if (message.type === "log") this.logs.push(message.record.message);
      else if (message.type !== "ready") this.#waiting.get(message.taskId)?.(message);
    });
  }

  post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  fn(fn: (...args: never[]) => unknown): FnId {
    return this.#functions.push({ id: this.#functions.length + 1, bytes: capture(fn).bytes });
  }

  /** Sends a program; returns its id. */
  program(nodes: readonly FlatNode[], sink: Sink): number {
    const classes = classDefinitions(this.#classes);
    this.#classes += classes.length;
    this.post({ type: "define", functions: this.#functions, classes });
    this.post({ type: "program", program: { programId: ++this.#lastProgram, nodes, sink } });
    return this.#lastProgram;
  }

  /** Starts a task; its id is that of the last one plus one, from 1. */
  task(programId: number, input: TaskInput, partition = 0): Promise<Reply> {
    const taskId = ++this.#lastTask;
    const reply = new Promise<Reply>(resolve => this.#waiting.set(taskId, resolve));
    this.post({ type: "task", taskId, programId, stageId: 5, partition, attempt: 2, input });
    return reply;
  }

  async done(programId: number, input: TaskInput, partition = 0): Promise<Done> {
    const reply = await this.task(programId, input, partition);
    if (reply.type !== "done") throw new Error(`the task failed: ${JSON.stringify(reply.failure)}`);
    return reply;
  }

  async failed(programId: number, input: TaskInput, partition = 0): Promise<Failed["failure"]> {
    const reply = await this.task(programId, input, partition);
    if (reply.type !== "failed") throw new Error("the task was done, but should have failed");
    return reply.failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
