/** A worker thread that reads splits, or writes a partition, with functions that came as bytes. */
import { parentPort, workerData } from "node:worker_threads";
import { restore } from "../../src/closure/restore.ts";
import { partition, readAll } from "./support.ts";

export type Task = { readonly bytes: Uint8Array } & (
  | { readonly splits: readonly unknown[] }
  | { readonly index: number; readonly records: readonly unknown[] }
);

const results: unknown[] = [];
for (const task of workerData as readonly Task[]) {
  const fn = await restore(task.bytes, { revive: () => undefined });
  results.push(
    "splits" in task ? await readAll(fn as never, task.splits) : await fn(task.index, partition(task.records)),
  );
}
parentPort?.postMessage(results);
