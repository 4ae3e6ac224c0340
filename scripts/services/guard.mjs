// Ends what was left in its care when the process that started it has ended, however that ended: its standard input is closed then.
// Lines on standard input: `+123` a process with all it has started, `+/a/folder` a folder to be removed, `-123` no longer.
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { descendantsOf, killAll } from "./process-table.ts";

const processes = new Set();
const folders = new Set();

for await (const line of createInterface({ input: process.stdin })) {
  const target = line.slice(1);
  const kept = /^\d+$/.test(target) ? processes : folders;
  if (line.startsWith("+")) kept.add(target);
  else kept.delete(target);
}
for (const pid of processes) {
  const started = descendantsOf(Number(pid));
  try {
    process.kill(Number(pid), "SIGKILL");
  } catch {
    // it has ended by itself
  }
  killAll(started);
}
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
