/**
 * The process of one of our engines: a program a line on its standard input, its answers a line on its standard output.
 * ENGINES names the engine, as in test/support/engines.ts.
 */
import { createInterface } from "node:readline";
import { engines } from "../support/engines.ts";
import { Performer } from "./perform.ts";
import type { Program } from "./program.ts";
import { asciiJson } from "./values.ts";

const [engine] = engines;
if (engine === undefined) throw new Error("ENGINES names no engine of test/support/engines.ts.");
const sc = engine.open();
sc.setLogLevel("OFF");
try {
  using performer = new Performer(sc);
  for await (const line of createInterface(process.stdin)) {
    process.stdout.write(`${asciiJson(await performer.perform(JSON.parse(line) as Program))}\n`);
  }
} finally {
  await sc.stop();
}
