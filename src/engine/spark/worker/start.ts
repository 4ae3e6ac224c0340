/**
 * Which of three processes this one is. Spark starts one program for all: `<pythonExec> -m <daemon module> [<worker module>]`.
 *
 *     PYTHON_WORKER_FACTORY_PORT set     spark.python.use.daemon=false: one worker, which connects to the executor
 *     started with `-m`                  the daemon, which starts this program again with …
 *     started with `worker`              … this argument, and sends it a connection
 */
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stackOf } from "../../../base/error-text.ts";
import { regularEnd, runDaemon } from "./daemon.ts";
import { headerReader, timesOf, versionVariable } from "./header.ts";
import { heapMegabytes } from "./memory.ts";
import { Connection, type ServeOptions } from "./serve.ts";
import type { RunTask } from "./task.ts";

/**
 * Does what this process was started for, and ends it.
 * @param entry the program that called this, `import.meta.url`: workers are started from it
 * @param load gives what computes tasks; only a worker calls it, before it has a connection
 */
export async function start(entry: string, load: () => Promise<RunTask>): Promise<void> {
  // Here, and not with the first task: what is wrong with it then is in the error of the job.
  const readHeader = headerReader(process.env[versionVariable]);
  const times = timesOf(process.env[versionVariable]);
  const secret = process.env["PYTHON_WORKER_FACTORY_SECRET"] ?? "";
  if (secret === "") throw new Error("PYTHON_WORKER_FACTORY_SECRET is not set: Unix domain sockets are not supported.");
  const ipv6 = process.env["SPARK_PREFER_IPV6"]?.toLowerCase() === "true";
  const port = process.env["PYTHON_WORKER_FACTORY_PORT"];
  const [role] = process.argv.slice(2);
  if (port !== undefined) {
    const runTask = await load();
    const socket = connect({ host: ipv6 ? "::1" : "127.0.0.1", port: Number(port) });
    process.exit(await runWorker(socket, { secret, prover: "worker", reuse: false, readHeader, times, runTask }));
  } else if (role === "-m") {
    await runDaemon({ entry: fileURLToPath(entry), ipv6, heapMb: heapMegabytes(process.env) });
  } else if (role === "worker") {
    const reuse = process.env["SPARK_REUSE_WORKER"] === "1";
    // A daemon that was killed leaves nobody behind.
    process.on("disconnect", () => process.exit(0));
    const options = { secret, prover: "executor", reuse, readHeader, times, runTask: await load() } as const;
    const socket = await connection();
    await runWorker(socket, options);
    process.exit(regularEnd);
  } else throw new Error("This program is started by Spark's executors: <program> -m <daemon module> <worker module>");
}

/** Tells the daemon that this worker is ready, and waits for a connection. The executor may have closed it meanwhile. */
async function connection(): Promise<Socket> {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  process.once("message", (_, socket) => (socket === undefined ? process.exit(0) : resolve(socket as Socket)));
  process.send?.("ready");
  return promise;
}

async function runWorker(socket: Socket, options: ServeOptions): Promise<number> {
  const served = new Connection(socket, options);
  const stray = (error: unknown): void => {
    if (served.abort(error)) return;
    console.error(`An error after its task had ended: ${stackOf(error)}`);
  };
  process.on("unhandledRejection", stray).on("uncaughtException", stray);
  process.on("SIGINT", () => {});
  process.on("exit", code => {
    if (served.isBusy && process.connected !== false) crashNote(`A task ended its process with exit code ${code}.`);
  });
  return served.serve();
}

/** What Spark adds to its message about a worker that is suddenly gone, where spark.python.worker.faulthandler.enabled is set. */
function crashNote(text: string): void {
  console.error(text);
  const folder = process.env["PYTHON_FAULTHANDLER_DIR"];
  if (folder !== undefined) writeFileSync(join(folder, String(process.pid)), text);
}
