/** What user functions leave behind, whatever thread they run in. Imported by workers: keep it light. */
import { appendFileSync, closeSync, openSync, statSync } from "node:fs";

/** Leaves a mark in a file; returns how many there are now. */
export function mark(path: string): number {
  appendFileSync(path, "x");
  return statSync(path).size;
}

/** True for the first who asks, in whatever thread. */
export function isFirst(path: string): boolean {
  try {
    closeSync(openSync(path, "wx"));
    return true;
  } catch {
    return false;
  }
}

/** Ends the worker that calls it, the first time; then does nothing. */
export function dieOnce(path: string): void {
  if (isFirst(path)) process.exit(1);
}
