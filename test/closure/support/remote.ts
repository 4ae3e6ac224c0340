/** Runs functions in a real worker thread: capture here, restore and call there. */
import { after } from "node:test";
import { Worker } from "node:worker_threads";
import { capture } from "../../../src/closure/capture.ts";
import { classDefinitions } from "../../../src/closure/classes.ts";
import { mainScript } from "../../../src/closure/main-script.ts";

type Answer = { readonly value: unknown } | { readonly error: string };

let worker: Worker | undefined;
let known = 0;

/** Calls `fn` in the worker. What it captured is what it has there; the result comes back by structured clone. */
// oxlint-disable-next-line typescript/no-explicit-any -- any function can be sent
export async function remotely<R>(fn: (...args: any[]) => R, ...args: unknown[]): Promise<Awaited<R>> {
  const { bytes } = capture(fn);
  const classes = classDefinitions(known);
  known += classes.length;
  worker ??= new Worker(new URL("./worker.ts", import.meta.url), { workerData: { mainScript: mainScript() } });
  const current = worker;
  const answer = await new Promise<Answer>((resolve, reject) => {
    current.once("error", reject);
    current.once("message", (message: Answer) => {
      current.off("error", reject);
      resolve(message);
    });
    current.postMessage({ classes: classes.map(each => each.bytes), bytes, args });
  });
  if ("error" in answer) throw new Error(answer.error);
  return answer.value as Awaited<R>;
}

after(async () => {
  await worker?.terminate();
});
