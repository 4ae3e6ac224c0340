/** The other side: restores functions and calls them, as a worker of an engine does. */
import { inspect } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import { defineClass } from "../../../src/closure/classes.ts";
import { enterWorker } from "../../../src/closure/main-script.ts";
import { restore } from "../../../src/closure/restore.ts";

export interface Request {
  readonly classes: readonly Uint8Array[];
  readonly bytes: Uint8Array;
  readonly args: readonly unknown[];
}

enterWorker((workerData as { mainScript: string | undefined }).mainScript);

const host = { revive: (kind: string, id: number) => ({ revived: `${kind} ${id}` }) };

async function answer({ classes, bytes, args }: Request): Promise<unknown> {
  for (const definition of classes) await defineClass(definition, host);
  const fn = (await restore(bytes, host)) as (...args: unknown[]) => unknown;
  return fn(...args);
}

parentPort?.on("message", (request: Request) => {
  answer(request).then(
    value => post({ value }),
    (error: unknown) => parentPort?.postMessage({ error: error instanceof Error ? error.stack : inspect(error) }),
  );
});

/** Structured clone refuses functions; what is shown of them is enough. */
function post(message: { value: unknown }): void {
  try {
    parentPort?.postMessage(message);
  } catch {
    parentPort?.postMessage({ value: inspect(message.value) });
  }
}
