/**
 * Times and sizes as they stand in configuration values: `200ms`, `2 min`, `1g`. Whole numbers only, as in Spark; a bare
 * number is in the unit its key names.
 */
import { DStreamsError } from "../base/errors.ts";

/** Milliseconds of each time suffix. */
const times = { us: 0.001, ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Bytes of each size suffix. Binary, as in Spark: `1k` is 1024 bytes. */
const sizes = {
  b: 1,
  k: 2 ** 10,
  kb: 2 ** 10,
  m: 2 ** 20,
  mb: 2 ** 20,
  g: 2 ** 30,
  gb: 2 ** 30,
  t: 2 ** 40,
  tb: 2 ** 40,
} as const;

export type TimeUnit = keyof typeof times;
export type SizeUnit = keyof typeof sizes;

/**
 * Milliseconds of a time such as `250us`, `50 ms`, `2min`; negative ones are allowed.
 *
 * @param bareUnit the unit of a number without one
 * @throws DSTREAMS_CONFIGURATION when the text is no such time
 */
export function parseTime(text: string, bareUnit: TimeUnit = "ms"): number {
  const value = scale(text, /^(-?\d+)\s*([a-z]+)?$/, times, bareUnit);
  if (value === undefined) {
    throw wrong(`'${text}' is not a time. Write a whole number with one of us, ms, s, m, min, h, d: 200ms, 30s, 2min.`);
  }
  return value;
}

/**
 * Bytes of a size such as `512k`, `64 m`, `1g`.
 *
 * @param bareUnit the unit of a number without one
 * @throws DSTREAMS_CONFIGURATION when the text is no such size
 */
export function parseSize(text: string, bareUnit: SizeUnit = "b"): number {
  const value = scale(text, /^(\d+)\s*([a-z]+)?$/, sizes, bareUnit);
  if (value === undefined) {
    throw wrong(`'${text}' is not a size. Write a whole number with one of b, k, m, g, t: 512k, 64m, 1g.`);
  }
  return value;
}

function scale(text: string, form: RegExp, units: Record<string, number>, bareUnit: string): number | undefined {
  const match = form.exec(text.trim().toLowerCase());
  const unit = match?.[2] ?? bareUnit;
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (match === null || factor === undefined) return undefined;
  const value = Number(match[1]) * factor;
  return Number.isSafeInteger(Math.trunc(value)) ? value : undefined;
}

function wrong(message: string): DStreamsError {
  return new DStreamsError("DSTREAMS_CONFIGURATION", message);
}
