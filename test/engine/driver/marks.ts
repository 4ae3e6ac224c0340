/** Marks that user functions leave in a file, whatever thread they run in. Imported by workers: keep it light. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export class Marks {
  readonly path = join(mkdtempSync(join(tmpdir(), "marks-")), "marks");

  get count(): number {
    return countMarks(this.path);
  }

  [Symbol.dispose](): void {
    rmSync(dirname(this.path), { recursive: true });
  }
}

/** Leaves a mark; returns how many there are now. */
export function mark(path: string): number {
  appendFileSync(path, "x");
  return countMarks(path);
}

function countMarks(path: string): number {
  return readFileSync(path, { flag: "a+" }).length;
}

/** Ends the worker that calls it, the first time. */
export function dieOnce(path: string): void {
  if (mark(path) === 1) process.exit(1);
}
