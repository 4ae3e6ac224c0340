/**
 * How an object says, by itself, how it goes to the workers. The symbols are registered ones, so that two copies of the
 * package in one program understand each other.
 */

/** On an object that travels as a handle: the worker makes its own counterpart of it (`RestoreHost.revive`). */
export const travelsAs: unique symbol = Symbol.for("dstreams.travelsAs") as never;

/** On an object that must stay in the driver: the message of the error, which says why and what to do. */
export const refusesTravel: unique symbol = Symbol.for("dstreams.refusesTravel") as never;

/** What a broadcast variable or an accumulator is outside the driver. */
export interface Handle {
  /** Who makes the counterpart: `broadcast`, `accumulator`. */
  readonly kind: string;
  readonly id: number;
}

/** The handle of an object that travels as one. */
export function handleOf(value: object): Handle | undefined {
  const handle: unknown = (value as { readonly [travelsAs]?: unknown })[travelsAs];
  if (typeof handle !== "object" || handle === null) return undefined;
  const { kind, id } = handle as { readonly kind?: unknown; readonly id?: unknown };
  return typeof kind === "string" && typeof id === "number" ? { kind, id } : undefined;
}

/** Why an object must stay in the driver, if it must. */
export function refusalOf(value: object): string | undefined {
  const message: unknown = (value as { readonly [refusesTravel]?: unknown })[refusesTravel];
  return typeof message === "string" ? message : undefined;
}
