/** Fused operators without generated code: each step a closure that calls the next. Slower, the same results. */
import type { FusedStep, Loop, Tail } from "./fused.ts";
import { blame } from "./failures.ts";
import { notPair } from "./generate.ts";
import { Batches } from "./results.ts";

/** Takes a record; false: no more records are wanted. */
type Accept = (record: unknown) => boolean;

export function interpretLoop<S>(steps: readonly FusedStep[], tail: Tail<S>): Loop<S> {
  let state: S;
  let accept: Accept = guarded(tail.site, record => tail.accept(state, record));
  for (const step of steps.toReversed()) accept = stepClosure(step, accept);
  return (chunk, current) => {
    state = current;
    for (const record of chunk) if (!accept(record)) return false;
    return true;
  };
}

function guarded<R>(site: string, fn: (record: unknown) => R): (record: unknown) => R {
  return record => {
    try {
      return fn(record);
    } catch (error) {
      throw blame(error, site, record);
    }
  };
}

function stepClosure(step: FusedStep, next: Accept): Accept {
  const { fn, site } = step;
  const call = guarded(site, fn);
  switch (step.op) {
    case "map":
      return record => next(call(record));
    case "filter":
      return record => !call(record) || next(record);
    case "keyBy":
      return record => next([call(record), record]);
    case "flatMap":
      return record => each(call(record), site, record, next);
    case "mapValues": {
      const change = guarded(site, record => fn(pairOf(record)[1]));
      return record => {
        const value = change(record);
        return next([pairOf(record)[0], value]);
      };
    }
    case "flatMapValues": {
      const values = guarded(site, record => fn(pairOf(record)[1]));
      return record => each(values(record), site, record, value => next([pairOf(record)[0], value]));
    }
  }
}

function pairOf(record: unknown): readonly unknown[] {
  return Array.isArray(record) ? record : notPair(record);
}

/** Every element of a `flatMap` result. */
function each(result: unknown, site: string, record: unknown, next: Accept): boolean {
  if (Array.isArray(result)) {
    for (let i = 0; i < result.length; i++) if (!next(result[i])) return false;
    return true;
  }
  const batches = guarded(site, () => new Batches(result))(record);
  const read = guarded(site, () => batches.next());
  try {
    for (let batch = read(record); batch !== undefined; batch = read(record)) {
      for (const element of batch) if (!next(element)) return false;
    }
    return true;
  } finally {
    batches.close();
  }
}
