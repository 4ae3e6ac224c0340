import { DStreamsError } from "../base/errors.ts";

/**
 * A length of time in whole milliseconds.
 *
 * Wherever a duration is wanted, a bare number is taken as **seconds** (fractions allowed, cut to the millisecond).
 *
 * @example
 * ```ts
 * import { Milliseconds, Seconds } from "dstreams";
 * console.log(String(Seconds(2).plus(Milliseconds(500)))); // 2500 ms
 * ```
 */
export class Duration {
  /** How long it is. */
  readonly milliseconds: number;

  /** @param milliseconds a whole number; DSTREAMS_ILLEGAL_ARGUMENT otherwise */
  constructor(milliseconds: number) {
    if (!Number.isSafeInteger(milliseconds)) {
      throw new DStreamsError(
        "DSTREAMS_ILLEGAL_ARGUMENT",
        `A duration must be a whole number of milliseconds, not ${String(milliseconds)}. Say Milliseconds(50), Seconds(2) or Minutes(1).`,
      );
    }
    this.milliseconds = milliseconds;
    Object.freeze(this);
  }

  /** The sum. */
  plus(other: Duration): Duration {
    return new Duration(this.milliseconds + other.milliseconds);
  }

  /** The difference; may be negative. */
  minus(other: Duration): Duration {
    return new Duration(this.milliseconds - other.milliseconds);
  }

  /** So many times as long; the product must be a whole number of milliseconds. */
  times(factor: number): Duration {
    return new Duration(this.milliseconds * factor);
  }

  /** How many times `other` goes into this one; not rounded. */
  dividedBy(other: Duration): number {
    return this.milliseconds / other.milliseconds;
  }

  /** True when it is shorter. */
  less(other: Duration): boolean {
    return this.milliseconds < other.milliseconds;
  }

  /** True when it is not longer. */
  lessEq(other: Duration): boolean {
    return this.milliseconds <= other.milliseconds;
  }

  /** True when it is longer. */
  greater(other: Duration): boolean {
    return this.milliseconds > other.milliseconds;
  }

  /** True when it is not shorter. */
  greaterEq(other: Duration): boolean {
    return this.milliseconds >= other.milliseconds;
  }

  /** True when both are equally long. */
  equals(other: Duration): boolean {
    return this.milliseconds === other.milliseconds;
  }

  /** True when `other` goes into it without rest. */
  isMultipleOf(other: Duration): boolean {
    return this.milliseconds % other.milliseconds === 0;
  }

  /** True for no time at all. */
  isZero(): boolean {
    return this.milliseconds === 0;
  }

  /** The shorter of the two. */
  min(other: Duration): Duration {
    return this.milliseconds <= other.milliseconds ? this : other;
  }

  /** The longer of the two. */
  max(other: Duration): Duration {
    return this.milliseconds >= other.milliseconds ? this : other;
  }

  /** The milliseconds, so that durations can be compared with `<` and subtracted. */
  valueOf(): number {
    return this.milliseconds;
  }

  /** `2000 ms`. */
  toString(): string {
    return `${this.milliseconds} ms`;
  }
}

/** What users may give for a duration: a Duration, or a number of seconds. */
export type DurationLike = Duration | number;

/** `n` milliseconds. */
export function Milliseconds(n: number): Duration {
  return new Duration(n);
}

/** `n` seconds; fractions are cut to the millisecond. */
export function Seconds(n: number): Duration {
  return new Duration(Math.trunc(n * 1000));
}

/** `n` minutes. */
export function Minutes(n: number): Duration {
  return new Duration(Math.trunc(n * 60_000));
}

/** A Duration as it is, a number as seconds. `what` names the argument in the error. */
export function toDuration(value: DurationLike, what: string): Duration {
  if (value instanceof Duration) return value;
  if (typeof value === "number" && Number.isFinite(value)) return Seconds(value);
  throw new DStreamsError(
    "DSTREAMS_ILLEGAL_ARGUMENT",
    `${what} must be a Duration or a number of seconds, not ${String(value)}. Say Milliseconds(50), Seconds(2) or Minutes(1).`,
  );
}
