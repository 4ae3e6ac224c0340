import { DStreamsError } from "../base/errors.ts";
import { Duration } from "./duration.ts";

/**
 * A moment, in milliseconds since the Unix epoch. Batches are named by theirs.
 *
 * @example
 * ```ts
 * import { Seconds, Time } from "dstreams";
 * console.log(String(new Time(1700000000123).floor(Seconds(2)))); // 1700000000000 ms
 * ```
 */
export class Time {
  /** Since the Unix epoch. */
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    if (!Number.isSafeInteger(milliseconds)) {
      throw new DStreamsError(
        "DSTREAMS_ILLEGAL_ARGUMENT",
        `A time must be a whole number of milliseconds since the epoch, not ${String(milliseconds)}.`,
      );
    }
    this.milliseconds = milliseconds;
    Object.freeze(this);
  }

  /** So much later. */
  plus(duration: Duration): Time {
    return new Time(this.milliseconds + duration.milliseconds);
  }

  /** Minus a duration: an earlier time. Minus a time: the duration between them. */
  minus(other: Duration): Time;
  minus(other: Time): Duration;
  minus(other: Duration | Time): Time | Duration {
    const difference = this.milliseconds - other.milliseconds;
    return other instanceof Time ? new Duration(difference) : new Time(difference);
  }

  /** True when it is before the other. */
  less(other: Time): boolean {
    return this.milliseconds < other.milliseconds;
  }

  /** True when it is not after the other. */
  lessEq(other: Time): boolean {
    return this.milliseconds <= other.milliseconds;
  }

  /** True when it is after the other. */
  greater(other: Time): boolean {
    return this.milliseconds > other.milliseconds;
  }

  /** True when it is not before the other. */
  greaterEq(other: Time): boolean {
    return this.milliseconds >= other.milliseconds;
  }

  /** True when both are the same. */
  equals(other: Time): boolean {
    return this.milliseconds === other.milliseconds;
  }

  /** The earlier of the two. */
  min(other: Time): Time {
    return this.milliseconds <= other.milliseconds ? this : other;
  }

  /** The later of the two. */
  max(other: Time): Time {
    return this.milliseconds >= other.milliseconds ? this : other;
  }

  /** The latest multiple of `duration` (counted from `zero`, default the epoch) that is not after this time. */
  floor(duration: Duration, zero?: Time): Time {
    const from = zero?.milliseconds ?? 0;
    const steps = Math.floor((this.milliseconds - from) / duration.milliseconds);
    return new Time(steps * duration.milliseconds + from);
  }

  /** True when it is on the grid of `duration`, counted from the epoch. */
  isMultipleOf(duration: Duration): boolean {
    return this.milliseconds % duration.milliseconds === 0;
  }

  /** The times from this one up to, but not including, `end`, `step` apart. */
  until(end: Time, step: Duration): Time[] {
    const times: Time[] = [];
    for (let at = this.milliseconds; at < end.milliseconds; at += step.milliseconds) times.push(new Time(at));
    return times;
  }

  /** The times from this one up to and including `end`, `step` apart. */
  to(end: Time, step: Duration): Time[] {
    return this.until(new Time(end.milliseconds + 1), step);
  }

  /** The same moment as a Date. */
  toDate(): Date {
    return new Date(this.milliseconds);
  }

  /** The milliseconds, so that times can be compared with `<` and subtracted. */
  valueOf(): number {
    return this.milliseconds;
  }

  /** `1700000000000 ms`. */
  toString(): string {
    return `${this.milliseconds} ms`;
  }
}
