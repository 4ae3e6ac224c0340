/** What a context's threads hold, for tests of long runs. */
import { setImmediate } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import type { SparkContext } from "../../src/index.ts";
import { heapAfterGc } from "./heap.ts";

export interface Heaps {
  /** Bytes in use when all garbage is gone. */
  readonly driver: number;
  /** The same of each worker. */
  readonly workers: readonly number[];
}

/** Asks every worker, with a few tasks too many so that none has nothing to do, and then the calling thread. */
export async function heapsOf(sc: SparkContext): Promise<Heaps> {
  const workers = await sc
    .range(0, 16, 1, 16)
    .mapPartitions(() => [[threadId, heapAfterGc()] as [number, number]])
    .reduceByKey(Math.min)
    .sortByKey()
    .values()
    .collect();
  // What is registered to be freed with garbage is freed in a turn of its own.
  for (let turn = 0; turn < 10; turn++) {
    heapAfterGc();
    await setImmediate();
  }
  return { driver: heapAfterGc(), workers };
}
