/** The door for tests of streaming programs: `import { runBatches, VirtualClock } from "dstreams/testing"`. */
export { runBatches, runBatches2 } from "./testing/run-batches.ts";
export type { RunBatchesOptions } from "./testing/run-batches.ts";
export { VirtualClock } from "./testing/virtual-clock.ts";
