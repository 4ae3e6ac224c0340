/**
 * The process that an executor starts to get workers from. It computes nothing: it takes connections and gives each to a process
 * of its own, because Spark kills a task by killing the process whose id it was told.
 *
 *     executor ──connect──▶ daemon ──the socket, over IPC──▶ worker (started before it was needed)
 *              ──stdin: process ids to be killed; its end: everything ends
 *              ◀─stdout: the port, in four bytes; afterwards what workers print
 *
 * An executor waits for the worker's process id without any limit and creates one worker at a time, so spare workers wait, and a
 * worker that cannot start is answered with a negative id. When the daemon is killed, workers end by themselves, or by `Watch`.
 *
 * The daemon holds on to the connections it has given away, and neither reads nor writes there: when a worker dies, somebody has to tell
 * the executor of what. A worker says which task it begins, for that.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { writeSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type Loss, type Scene, writeLoss } from "../failure-text.ts";
import { Watch } from "./watch.ts";
import { marks } from "./wire.ts";

export interface DaemonOptions {
  /** The program of a worker; it is started with the argument `worker`. */
  readonly entry: string;
  /** The limit of a worker's heap in MiB; without it Node's own. */
  readonly heapMb?: number | undefined;
  /** Listen on ::1 instead of 127.0.0.1. */
  readonly ipv6?: boolean;
}

/** Workers that wait, started before they are needed. */
const spares = 2;

/** The exit code of a worker whose executor wants nothing more of it: one that no function is likely to choose. */
export const regularEnd = 93;

/** As often a worker is looked for that can take a connection. Those that wait may be dead, so more than there are of them. */
const attempts = spares + 1;

/** The young generation's limit where the heap has one, in MiB a half: what V8 takes by itself would come on top. */
const semiSpaceMb = 16;

/** Runs until the executor closes stdin or the process is told to end; it then ends the process. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const workers = new Workers(options);
  const end = (): never => {
    workers.killAll();
    process.exit(0);
  };
  process.on("SIGTERM", end);
  // Ctrl-C in a terminal reaches this process, too. Whether the application ends is the driver's decision.
  process.on("SIGINT", () => {});
  readKillRequests(id => workers.kill(id), end);

  workers.refill();
  const server = createServer({ pauseOnConnect: true }, socket => void workers.give(socket));
  server.listen({ host: options.ipv6 === true ? "::1" : "127.0.0.1", port: 0, backlog: 1024 });
  await once(server, "listening");
  const announcement = Buffer.alloc(4);
  announcement.writeInt32BE((server.address() as AddressInfo).port);
  writeSync(1, announcement);
}

/** Calls `kill` for each process id on stdin, `end` at its end. */
function readKillRequests(kill: (id: number) => void, end: () => void): void {
  let rest: Buffer = Buffer.alloc(0);
  process.stdin.on("data", (chunk: Buffer) => {
    const bytes = Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % 4);
    for (let at = 0; at < whole; at += 4) kill(bytes.readInt32BE(at));
    rest = bytes.subarray(whole);
  });
  process.stdin.on("end", end).on("error", end);
}

/** A process that has no connection yet. */
interface Spare {
  readonly process: ChildProcess;
  /** Whether it could start; false when it ended instead. */
  readonly started: Promise<boolean>;
}

class Workers {
  readonly #options: DaemonOptions;
  readonly #all = new Map<number, ChildProcess>();
  readonly #spares: Spare[] = [];
  readonly #watch = new Watch();

  constructor(options: DaemonOptions) {
    this.#options = options;
  }

  /** Starts as many as are missing. */
  refill(): void {
    while (this.#spares.length < spares) this.#spares.push(this.#start());
  }

  /** Gives a connection to a spare worker, the one that was started first. */
  async give(socket: Socket): Promise<void> {
    socket.on("error", () => {});
    for (let attempt = 0; attempt < attempts; attempt++) {
      this.refill();
      const { process: worker, started } = this.#spares.shift() as Spare;
      // It may also have been killed, by whoever was short of memory, before it was needed.
      if (!(await started) || !worker.connected) continue;
      this.#watchOver(worker, socket);
      worker.send("serve", socket, { keepOpen: true }, error => error !== null && socket.destroy());
      return this.refill();
    }
    refuse(socket);
  }

  kill(id: number): void {
    this.#all.get(id)?.kill("SIGKILL");
  }

  killAll(): void {
    for (const worker of this.#all.values()) worker.kill("SIGKILL");
  }

  #watchOver(worker: ChildProcess, socket: Socket): void {
    let scene: Scene | undefined;
    worker.on("message", (began: Scene) => (scene = began));
    // "exit" may come before the last message.
    worker.once("close", (code, signal) => {
      if (code === regularEnd) socket.destroy();
      else tellLoss(socket, { ...deathOf(code, signal, this.#options.heapMb), scene });
    });
  }

  #start(): Spare {
    const { entry, heapMb } = this.#options;
    const limit =
      heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`, `--max-semi-space-size=${semiSpaceMb}`];
    const worker = fork(entry, ["worker"], {
      execArgv: [...process.execArgv, ...limit],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const { promise: started, resolve } = Promise.withResolvers<boolean>();
    const id = worker.pid;
    if (id !== undefined) {
      this.#all.set(id, worker);
      this.#watch.add(id);
    }
    worker.once("message", () => resolve(true));
    worker.once("error", () => resolve(false));
    worker.once("exit", () => {
      resolve(false);
      if (id === undefined) return;
      this.#all.delete(id);
      this.#watch.remove(id);
    });
    return { process: worker, started };
  }
}

/** Tells an executor that there will be no worker. Why has been said on stderr, which is in its log. */
function refuse(socket: Socket): void {
  const failed = Buffer.alloc(4);
  failed.writeInt32BE(-1);
  socket.end(failed);
}

/** Says it as the failure of the task that ran, and reads what is left: a connection that is closed with something unread loses both. */
function tellLoss(socket: Socket, loss: Loss): void {
  const text = Buffer.from(writeLoss(loss));
  const head = Buffer.alloc(8);
  head.writeInt32BE(marks.exception);
  head.writeInt32BE(text.length, 4);
  socket.end(Buffer.concat([head, text]));
  socket.resume();
}

function deathOf(code: number | null, signal: NodeJS.Signals | null, heapMb: number | undefined): Loss {
  if (signal === null) return { reason: `it exited with code ${code}`, outOfMemory: false };
  // So Node ends when its heap is full; hardly anything else in it does.
  if (signal !== "SIGABRT") return { reason: `it was ended by ${signal}`, outOfMemory: false };
  return {
    reason: `its heap was full${heapMb === undefined ? "" : ` (the limit is ${heapMb} MiB)`}`,
    outOfMemory: true,
  };
}
