import { inspect } from "node:util";

/** What contexts, RDDs and DStreams carry; see closure/travel.ts. */
const refusesTravel = Symbol.for("dstreams.refusesTravel");

/** How the shell shows a value: contexts, RDDs and DStreams as one line, others as Node does. */
export function render(value: unknown, colors: boolean): string {
  if (typeof value !== "object" || value === null || !(refusesTravel in value)) return inspect(value, { colors });
  const text = String(value as { toString(): string });
  return text.startsWith("[object ") ? value.constructor.name : text.replaceAll("\n", " ");
}
