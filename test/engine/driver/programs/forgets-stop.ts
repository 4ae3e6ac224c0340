/** Runs a job and forgets to stop the engine. */
import { LocalEngine } from "../../../../src/engine/local/local-engine.ts";
import { jobOf } from "../engines.ts";
import { range, step } from "../plans.ts";

const engine = new LocalEngine({ threads: 2, spillDirectory: process.argv[2] as string });
const slow = step("partitions", range(2, 1), async (_: number, records: Iterable<number>) => {
  await new Promise(resolve => setTimeout(resolve, 100));
  for (const record of records) console.log(`record ${record}`);
  return [];
});
await engine.run(jobOf(slow));
console.log("done");
