/** Stops its engine while nothing else would end the process. */
import { readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { LocalEngine } from "../../../../src/engine/local/local-engine.ts";
import { jobOf } from "../engines.ts";
import { range, reduceByKey, step } from "../plans.ts";

const engine = new LocalEngine({ threads: 2, spillDirectory: process.argv[2] as string, memoryBytes: 0 });
const pairs = step("map", range(1000, 2), (x: number) => [x % 10, x]);
const sums = reduceByKey(pairs, 2, (a: number, b: number) => a + b);
await engine.run(
  jobOf(sums, {
    kind: "foreach",
    fn: ([key]: [number, number]) => {
      if (key === 3) console.error("three");
    },
  }),
);
console.log(readdirSync(process.argv[2] as string, { recursive: true }).length > 1 ? "spilled" : "in memory");
await engine.stop();
await setImmediate();
console.log(
  process
    .getActiveResourcesInfo()
    .filter(name => name !== "PipeWrap" && name !== "TTYWrap")
    .join(" ") || "nothing left",
);
