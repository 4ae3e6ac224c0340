/**
 * Side-by-side measurement. Machines are shared and noisy, so nothing here reports an absolute figure alone: contestants run
 * in alternation, each in its own process, and the ratio of the medians is what counts.
 */
import { spawn } from "node:child_process";

/** What a benchmark program prints as its last line: `{"seconds": …, "check": …}`. */
export interface Sample {
  /** Duration of the measured part; a program may report several (one per warm repetition), then the median counts. */
  readonly seconds: number | readonly number[];
  /** The result, so that contestants can be compared: a ratio between different answers is worth nothing. */
  readonly check?: unknown;
  readonly [figure: string]: unknown;
}

export interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Comparison {
  readonly workload: string;
  readonly goal: string;
  readonly ours: string;
  readonly peer: string;
  /** Peer's time divided by ours: above 1 we are faster. */
  readonly ratio: string;
}

/** Runs the contestants in turn `rounds` times; the median seconds of each, in order. Throws when their answers differ. */
export async function alternate(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<{ seconds: number; samples: Sample[] }[]> {
  const samples: Sample[][] = contestants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contestant] of contestants.entries()) samples[index]?.push(await runProgram(contestant));
  }
  const checks = new Set(samples.flat().map(sample => JSON.stringify(sample.check)));
  if (checks.size > 1)
    throw new Error(`The contestants disagree: ${[...checks].map(check => check?.slice(0, 300)).join(" | ")}`);
  return samples.map(list => ({ seconds: median(list.map(sample => median([sample.seconds].flat()))), samples: list }));
}

/** Runs one program and reads the JSON of its last output line. */
export async function runProgram(contestant: Contestant): Promise<Sample> {
  const [command, ...args] = contestant.command;
  if (command === undefined) throw new Error(`${contestant.name}: no command`);
  const child = spawn(command, args, { env: { ...process.env, ...contestant.env }, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const last = out.trimEnd().split("\n").at(-1) ?? "";
  if (code !== 0 || !last.startsWith("{"))
    throw new Error(`${contestant.name} ended with ${code}: ${(err || out).slice(-2000)}`);
  return JSON.parse(last) as Sample;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** A text table, one row a workload. */
export function printTable(rows: readonly Comparison[]): void {
  const columns = ["workload", "ours", "peer", "ratio", "goal"] as const;
  const width = columns.map(column => Math.max(column.length, ...rows.map(row => row[column].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(width[i] ?? 0))
      .join("  ")
      .trimEnd();
  console.log(line(columns));
  console.log(line(width.map(n => "-".repeat(n))));
  for (const row of rows) console.log(line(columns.map(column => row[column])));
}

export function seconds(value: number): string {
  return value < 1 ? `${(value * 1000).toFixed(value < 0.01 ? 2 : 0)} ms` : `${value.toFixed(2)} s`;
}
