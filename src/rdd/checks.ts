/** Checks of arguments where they are given, so that the mistake is reported at the user's own line and not in a worker. */
import { types } from "node:util";
import { DStreamsError } from "../base/errors.ts";

export function requireFunction(operator: string, f: unknown): void {
  if (typeof f === "function") return;
  throw illegal(`${operator} takes a function, but was given ${describe(f)}.`);
}

/** A function whose result is needed at once, before it is called for the next key. */
export function requireSynchronous(operator: string, f: unknown): void {
  requireFunction(operator, f);
  if (types.isAsyncFunction(f))
    throw illegal(`${operator} takes a function that returns its result; an async one returns a promise of it.`);
}

/** The name of a file or directory, or a pattern. */
export function requirePath(operator: string, path: unknown): asserts path is string {
  if (typeof path === "string" && path !== "") return;
  throw illegal(`${operator} takes a path as a non-empty string, but was given ${describe(path)}.`);
}

/** A positive whole number, as numbers of partitions are. */
export function requireCount(operator: string, name: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) > 0) return;
  throw illegal(`requirement failed: ${operator}: ${name} must be a positive whole number, not ${describe(value)}.`);
}

export function illegal(message: string): DStreamsError {
  return new DStreamsError("DSTREAMS_ILLEGAL_ARGUMENT", message);
}

export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === "number" || typeof value === "boolean")
    return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  const name = typeof value === "object" ? (value.constructor as Function | undefined)?.name : undefined;
  return name === undefined || name === "Object" ? `a value of type ${typeof value}` : `an object of class ${name}`;
}
