/** The way from the captured function to what is being looked at; what an error shows. */
import { DStreamsError, type ErrorCode } from "../base/errors.ts";

export interface Path {
  readonly label: string;
  readonly parent: Path | undefined;
}

export function step(parent: Path, label: string): Path {
  return { label, parent };
}

/** `flatMap at app.ts:12 → helper → client`; a long way is shortened in the middle. */
export function renderPath(path: Path): string {
  const labels: string[] = [];
  for (let at: Path | undefined = path; at; at = at.parent) labels.unshift(at.label);
  const shown = labels.length > 12 ? [...labels.slice(0, 5), "…", ...labels.slice(-6)] : labels;
  return shown.join(" → ");
}

/**
 * The error for what cannot travel.
 *
 * @param what what was found at the end of the path, `Socket`
 * @param why a sentence or two: why not, and what to do
 */
export function refuse(path: Path, what: string, why: string, code: ErrorCode = "DSTREAMS_CLOSURE"): never {
  throw new DStreamsError(code, `${renderPath(path)} (${what}) cannot travel to the workers. ${why}`);
}
