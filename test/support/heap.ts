/** How much of the calling thread's heap is in use when all garbage is gone. Imported by workers: keep it light. */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collectGarbage: (() => void) | undefined;

export function heapAfterGc(): number {
  if (collectGarbage === undefined) {
    setFlagsFromString("--expose-gc");
    collectGarbage = runInNewContext("gc") as () => void;
  }
  collectGarbage();
  return getHeapStatistics().used_heap_size;
}
