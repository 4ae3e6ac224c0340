/** One worker thread as the driver sees it: what it has been told, and which tasks it has. */
import { type ResourceLimits, Worker } from "node:worker_threads";
import { ownModule } from "../../base/own-module.ts";
import { classDefinitions } from "../../closure/classes.ts";
import type { Program, Forgotten } from "../stages/programs.ts";
import type { FnId } from "../stages/protocol.ts";
import type { FromWorker, ToWorker } from "../tasks/messages.ts";
import type { WorkerStart } from "./worker-start.ts";
import type { Task } from "./stage.ts";

/** The file the worker starts from. */
const entry = ownModule("./worker-main", import.meta.url);

export interface WorkerEvents {
  message(worker: WorkerThread, message: FromWorker): void;
  /** The thread has ended, wanted or not. `error`: what it said at the end, if anything. */
  exit(worker: WorkerThread, exitCode: number, error: Error | undefined): void;
}

export class WorkerThread {
  readonly id: number;
  /** Place among the workers; a replacement takes the place of the one that died. */
  readonly slot: number;
  /** Tasks it has been sent, in order; it works on the first. */
  readonly tasks: Task[] = [];
  isReady = false;
  /** The driver wants it to end. */
  isEnding = false;
  readonly #worker: Worker;
  readonly #functions = new Set<FnId>();
  readonly #programs = new Set<number>();
  #classes = 0;
  #error: Error | undefined;

  constructor(slot: number, start: WorkerStart, heapMb: number | undefined, events: WorkerEvents) {
    this.id = start.workerId;
    this.slot = slot;
    this.#worker = new Worker(entry, {
      workerData: start,
      name: `dstreams worker ${slot}`,
      // Functions may read the program's arguments.
      argv: process.argv.slice(2),
      ...(heapMb !== undefined && { resourceLimits: limitsOf(heapMb) }),
    });
    this.#worker.on("message", (message: FromWorker) => events.message(this, message));
    this.#worker.on("error", (error: unknown) => {
      this.#error = error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.on("exit", exitCode => events.exit(this, exitCode, this.#error));
  }

  /** Sends a task, and before it whatever of its program the worker has not got. */
  launch(task: Task): void {
    this.#teach(task.program);
    this.post({
      type: "task",
      taskId: task.id,
      programId: task.program.flat.programId,
      stageId: task.stage.id,
      partition: task.partition,
      attempt: task.attempt,
      input: task.input,
    });
    this.tasks.push(task);
  }

  /** The task has ended. */
  remove(task: Task): void {
    const index = this.tasks.indexOf(task);
    if (index >= 0) this.tasks.splice(index, 1);
  }

  forget({ functions, programs }: Forgotten): void {
    const known = {
      functions: functions.filter(id => this.#functions.delete(id)),
      programs: programs.filter(id => this.#programs.delete(id)),
    };
    if (known.functions.length + known.programs.length > 0) this.post({ type: "forget", ...known });
  }

  post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** Whether the process has to stay for this worker's sake. */
  keepAlive(wanted: boolean): void {
    if (wanted) this.#worker.ref();
    else this.#worker.unref();
  }

  async terminate(): Promise<void> {
    this.isEnding = true;
    await this.#worker.terminate();
  }

  #teach(program: Program): void {
    const functions = program.functions.filter(each => !this.#functions.has(each.id));
    const classes = classDefinitions(this.#classes);
    if (functions.length + classes.length > 0) {
      this.post({ type: "define", functions: functions.map(({ id, bytes }) => ({ id, bytes })), classes });
      for (const { id } of functions) this.#functions.add(id);
      this.#classes += classes.length;
    }
    if (this.#programs.has(program.flat.programId)) return;
    this.post({ type: "program", program: program.flat });
    this.#programs.add(program.flat.programId);
  }
}

/**
 * Both generations of the heap. What V8 takes for the young one by itself counts against the limit too: a small heap that had once
 * been full of young objects was then collected again and again, with nearly nothing in it.
 */
function limitsOf(heapMb: number): ResourceLimits {
  return { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: Math.min(48, Math.ceil(heapMb / 4)) };
}
