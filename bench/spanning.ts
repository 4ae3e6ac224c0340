/** Windows and states: what a batch costs against the length of the window and the keys held, and against PySpark. */
import { fileURLToPath } from "node:url";
import { alternate, type Comparison, type Contestant, median, seconds } from "./harness.ts";
import { pysparkProgram } from "./peers.ts";

const program = fileURLToPath(new URL("programs/spanning.ts", import.meta.url));

/** See programs/spanning.ts: the last, with real time, is for comparison with a peer that has no other. */
type Run = readonly [kind: string, length: number, distinct: number, perBatch: number, measured: number, real?: number];

function ours(run: Run): Contestant {
  return { name: `dstreams ${run[0]} ${run[1]}`, command: [process.execPath, program, ...run.map(String)] };
}

/** The same words through windows, or states, of two sizes. The answers differ, so the two are not one comparison of `alternate`. */
async function flat(what: string, small: Run, large: Run, rounds: number, goal: string): Promise<Comparison> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const [i, run] of [small, large].entries()) {
      const [found] = await alternate([ours(run)], 1);
      if (found !== undefined) times[i as 0 | 1].push(found.seconds);
    }
  }
  const [short, long] = times.map(median) as [number, number];
  return {
    workload: `${what}: ${large[1]} against ${small[1]}`,
    ours: seconds(long),
    peer: `${seconds(short)} ours, ${small[1]}`,
    ratio: (short / long).toFixed(2),
    goal,
  };
}

async function against(what: string, run: Run, python: string): Promise<Comparison> {
  const peer = pysparkProgram(python, "spanning.py", run.map(String));
  const [mine, other] = await alternate([ours(run), peer], 1);
  if (mine === undefined || other === undefined) throw new Error("both must have run");
  return {
    workload: what,
    ours: seconds(mine.seconds),
    peer: `${seconds(other.seconds)} PySpark`,
    ratio: (other.seconds / mine.seconds).toFixed(1),
    goal: "-",
  };
}

/** A slide costs what comes and goes: 2,000 keys in every pane, ten panes or a thousand. */
export async function slides(rounds: number, python: string | undefined): Promise<Comparison[]> {
  const goal = ">= 0.77 (1.3 times)";
  const run = (kind: string, panes: number): Run => [kind, panes, 2000, 2000, 60];
  const rows = [
    await flat("a slide, panes of 2,000 keys", run("window", 10), run("window", 1000), rounds, goal),
    await flat("the same with inverse", run("inverse", 10), run("inverse", 1000), rounds, goal),
  ];
  if (python === undefined) return rows;
  return [
    ...rows,
    await against("a slide of 10 panes", ["window", 10, 2000, 2000, 5, 0.5], python),
    await against("a slide of 60 panes with inverse", ["inverse", 60, 2000, 2000, 10, 0.5], python),
  ];
}

/** `mapWithState` costs what it touches, `updateStateByKey` what is held. */
export async function states(rounds: number, python: string | undefined): Promise<Comparison[]> {
  const run = (kind: string, held: number): Run => [kind, held, held, 1000, 60];
  const rows = [
    await flat(
      "mapWithState, 1,000 keys touched, keys held",
      run("map", 10_000),
      run("map", 1e6),
      rounds,
      ">= 0.77 (1.3 times)",
    ),
    await flat("updateStateByKey, keys held", run("update", 100_000), run("update", 1e6), rounds, "0.1 (per key)"),
  ];
  if (python === undefined) return rows;
  return [
    ...rows,
    await against("updateStateByKey, 100,000 keys held", ["update", 100_000, 100_000, 1000, 15, 1], python),
  ];
}

/**
 * Word count over 30 s, every second, in 10 partitions, as the paper on discretized streams has it. Few batches are measured, since
 * PySpark, which takes up every pane of the window again, needs many seconds for each: minutes until the window is full.
 */
export async function paper(python: string | undefined): Promise<Comparison[]> {
  if (python === undefined) return [];
  const run = (distinct: number): Run => ["window", 30, distinct, 100_000, 3, 1];
  return [
    await against("word count over 30 s, 100,000 words/s, 20,000 words", run(20_000), python),
    await against("word count over 30 s, 100,000 words/s, 1 M words", run(1_000_000), python),
  ];
}
