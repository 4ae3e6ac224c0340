/** Figures of whole processes: time to the first printed batch, peak memory of the demo's stream. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Comparison, median, seconds } from "./harness.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Seconds from the start of the process to the first batch header on its output. */
async function firstBatch(command: readonly string[], env: Record<string, string> = {}): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "dstreams-start-"));
  const start = performance.now();
  const child = spawn(command[0] ?? "", [...command.slice(1), folder], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  child.stdout.setEncoding("utf8");
  for await (const text of child.stdout) if (String(text).includes("Time:")) break;
  const took = (performance.now() - start) / 1000;
  child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
  return took;
}

export async function startUp(rounds: number, python: string | undefined): Promise<Comparison[]> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await firstBatch([process.execPath, here("programs/first-batch.ts")]));
    if (python !== undefined)
      theirs.push(await firstBatch([python, here("peers/first_batch.py")], { PYSPARK_PYTHON: python }));
  }
  const workload = "process start to first printed batch, 100 ms interval";
  const ratio = theirs.length > 0 ? (median(theirs) / median(ours)).toFixed(1) : "-";
  return [
    {
      workload,
      goal: "<= 0.5 s",
      ours: seconds(median(ours)),
      peer: theirs.length > 0 ? `${seconds(median(theirs))} PySpark` : "-",
      ratio,
    },
  ];
}

/** Peak resident memory, in MB, of word count over a directory fed with the demo's texts. Linux only: read from /proc. */
export async function demoMemory(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "dstreams-memory-"));
  const child = spawn(process.execPath, [here("programs/first-batch.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.setEncoding("utf8");
  const text = readFileSync(here("../examples/data/proverbs.txt"), "utf8");
  let headers = 0;
  let dropped = 0;
  for await (const out of child.stdout) {
    headers += String(out).split("Time:").length - 1;
    if (headers > dropped * 3 && dropped < 20) writeFileSync(join(folder, `text-${dropped++}.txt`), text);
    if (headers > 70) break;
  }
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
  child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
  return Math.round(Number(peak) / 1024);
}
