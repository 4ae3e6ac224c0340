/** Runs functions in a real worker thread: capture here, restore and call there. */
import { Worker } from "node:worker_threads";
import { capture } from "../../../src/closure/capture.ts";
import { classDefinitions } from "../../../src/closure/classes.ts";
import { mainScript } from "../../../src/closure/main-script.ts";
import type { Request } from "./worker.ts";

type Answer = { readonly value: unknown } | { readonly error: string };

let worker: Worker | undefined;
let known = 0;

/** Calls `fn` in the worker. What it captured is what it has there; the result comes back by structured clone. */
// oxlint-disable-next-line typescript/no-explicit-any -- any function can be sent
export async function remotely<R>(fn: (...args: any[]) => R, ...args: unknown[]): Promise<Awaited<R>> {
  const { bytes } = capture(fn);
  const classes = classDefinitions(known);
  known += classes.length;
  const request = { classes: classes.map(each => each.bytes), bytes, args };
  const answer = await (last = last.then(() => ask(request)));
  if ("error" in answer) throw new Error(answer.error);
  return answer.value as Awaited<R>;
}

/** One request at a time. */
let last: Promise<Answer> = Promise.resolve({ value: undefined });

async function ask(request: Request): Promise<Answer> {
  worker ??= new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: { mainScript: mainScript() },
    // a worker that has a file refuses this flag of `node -e`
    ...(process.execArgv.some(isInputType) && {
      execArgv: process.execArgv.filter(argument => !isInputType(argument)),
    }),
  });
  const current = worker;
  current.ref();
  const answer = await new Promise<Answer>((resolve, reject) => {
    current.once("error", reject);
    current.once("message", (message: Answer) => {
      current.off("error", reject);
      resolve(message);
    });
    current.postMessage(request);
  });
  current.unref();
  return answer;
}

function isInputType(argument: string): boolean {
  return argument.startsWith("--input-type");
}
