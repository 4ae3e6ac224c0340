/**
 * `npm run fuzz -- --seeds 25`: random programs on several engines, whose answers must be equal.
 *
 *     --seeds N        how many programs (default 25)
 *     --from S         the first seed (default 1)
 *     --seed S         only this one
 *     --engines a,b    default local[2],spark-4.3.0,pyspark-4.3.0; also reference, local[1], local[4], spark-3.5.9, pyspark-3.5.9, …
 *     --operations N   how long programs are at most (default 8); a seed gives another program with another N
 *
 * Each engine is a process that is started once. A failing program is made smaller before it is shown.
 */
import { parseArgs } from "node:util";
import { type Difference, describeDifference, differenceIn, shrunk } from "./compare.ts";
import { EngineProcess } from "./engine-process.ts";
import { sparkForTests } from "../support/spark-homes.ts";
import { programOf } from "./program.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    seeds: { ...text, default: "25" },
    from: { ...text, default: "1" },
    seed: text,
    engines: { ...text, default: "local[2],spark-4.3.0,pyspark-4.3.0" },
    operations: { ...text, default: "8" },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const operations = Number(values.operations);
for (const number of [first, count, operations]) {
  if (!Number.isSafeInteger(number)) throw new Error("--seeds, --from, --seed and --operations are integers.");
}

const names: string[] = [];
for (const name of values.engines.split(",")) if (await isThere(name)) names.push(name);
if (names.length < 2) throw new Error("Two engines are needed at least, to be compared.");
const engines = names.map(name => new EngineProcess(name));
const failures: Difference[] = [];
let asked = 0;
const begun = performance.now();
try {
  for (let seed = first; seed < first + count; seed++) {
    const program = programOf(seed, operations);
    asked += program.actions.length;
    const difference = await differenceIn(program, engines);
    if (difference === undefined) continue;
    console.log(`${describeDifference(await shrunk(difference, engines))}\n`);
    failures.push(difference);
  }
} finally {
  await Promise.all(engines.map(engine => engine[Symbol.asyncDispose]()));
}
const seconds = ((performance.now() - begun) / 1000).toFixed(0);
console.log(
  `${count} programs with ${asked} actions on ${names.join(",")} in ${seconds} s: ${failures.length} disagree.`,
);
if (failures.length > 0) console.log(`Seeds: ${failures.map(({ program }) => program.seed).join(", ")}`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** False, with a word on why, where Spark cannot be had; with CI=true that is an error. */
async function isThere(name: string): Promise<boolean> {
  const version = /^(?:py)?spark-(.+)$/.exec(name)?.[1];
  if (version === undefined) return true;
  const { skip } = await sparkForTests(version);
  if (skip !== false) console.log(`${name} is ${skip}`);
  return skip === false;
}
