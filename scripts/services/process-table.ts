/** What the system says of processes that run: when one was started, and which ones it has started. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

interface Entry {
  readonly pid: number;
  readonly parent: number;
  /** When it was started, as the system says it: with the number, this names a process for good. */
  readonly start: string;
}

/** When the process was started, as the system says it; undefined when there is none, or only what is left of one. */
export function startOf(pid: number): string | undefined {
  return (process.platform === "linux" ? readEntry(pid) : askPs(["-p", String(pid)])[0])?.start;
}

/** The processes that it has started, those that these have started, and so on; of those whose parent has ended nothing is known. */
export function descendantsOf(pid: number): Entry[] {
  const all = table();
  const found = childrenIn(all, pid);
  for (const each of found) found.push(...childrenIn(all, each.pid));
  return found;
}

/** The processes that it has started. */
export function childrenOf(pid: number): Entry[] {
  return childrenIn(table(), pid);
}

/** Kills these, as far as they still run, and nobody who has got their number. */
export function killAll(processes: readonly Entry[]): void {
  for (const { pid, start } of processes) {
    try {
      if (startOf(pid) === start) process.kill(pid, "SIGKILL");
    } catch {
      // it has just ended
    }
  }
}

function childrenIn(all: readonly Entry[], pid: number): Entry[] {
  return all.filter(({ parent }) => parent === pid);
}

function table(): Entry[] {
  if (process.platform !== "linux") return askPs(["-A"]);
  return readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => readEntry(Number(name)) ?? []);
}

function readEntry(pid: number): Entry | undefined {
  try {
    // the fields after the name, which is in parentheses: state, parent, …, and as the 20th the start
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return fields[0] === "Z" ? undefined : { pid, parent: Number(fields[1]), start: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

function askPs(which: readonly string[]): Entry[] {
  try {
    const lines = execFileSync("ps", [...which, "-o", "pid=,ppid=,stat=,lstart="], { encoding: "utf8" }).split("\n");
    return lines.flatMap(line => {
      const [, pid, parent, state, start] = /^ *(\d+) +(\d+) +(\S+) +(.+)$/.exec(line) ?? [];
      return start === undefined || state?.startsWith("Z") ? [] : { pid: Number(pid), parent: Number(parent), start };
    });
  } catch {
    return [];
  }
}
