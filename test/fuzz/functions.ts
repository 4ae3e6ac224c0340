/** The functions that programs are made of, each in both languages. They are defined for every value and have no effects. */
import { text, type Value } from "./values.ts";

/** Sums and weights are counted modulo this: whatever is added up, and in what order, stays exact. */
export const modulus = 1_000_003;

/** A number of 0 … modulus - 1 that stands for the value. */
export function weigh(value: unknown): number {
  const written = text(value);
  let weight = 7;
  for (let i = 0; i < written.length; i++) weight = (weight * 31 + written.charCodeAt(i)) % modulus;
  return weight;
}

interface Written<F> {
  readonly ours: F;
  /** An expression; `text` and `weigh` are defined there too. */
  readonly python: string;
}

type Table<F> = Readonly<Record<string, Written<F>>>;

/** Any value to any other. */
export const maps: Table<(value: Value) => Value> = {
  same: { ours: v => v, python: "lambda v: v" },
  twin: { ours: v => [v, v], python: "lambda v: (v, v)" },
  weigh: { ours: weigh, python: "weigh" },
  text: { ours: v => text(v), python: "lambda v: text(v)" },
  few: { ours: v => weigh(v) % 5, python: "lambda v: weigh(v) % 5" },
  head: {
    ours: v => (Array.isArray(v) && v.length > 0 ? (v[0] as Value) : v),
    python: "lambda v: v[0] if isinstance(v, tuple) and len(v) > 0 else v",
  },
  half: { ours: v => weigh(v) / 2, python: "lambda v: weigh(v) / 2" },
  empty: { ours: () => null, python: "lambda v: None" },
};

/** Any value to a number. */
export const weights: Table<(value: Value) => number> = {
  weigh: { ours: weigh, python: "weigh" },
  one: { ours: () => 1, python: "lambda v: 1" },
  digit: { ours: v => weigh(v) % 10, python: "lambda v: weigh(v) % 10" },
};

/** Any value to some. */
export const spreads: Table<(value: Value) => Value[]> = {
  copies: { ours: v => Array<Value>(weigh(v) % 3).fill(v), python: "lambda v: [v] * (weigh(v) % 3)" },
  items: { ours: v => (Array.isArray(v) ? v : [v]), python: "lambda v: v if isinstance(v, tuple) else [v]" },
  nothing: { ours: () => [], python: "lambda v: []" },
};

export const tests: Table<(value: Value) => boolean> = {
  even: { ours: v => weigh(v) % 2 === 0, python: "lambda v: weigh(v) % 2 == 0" },
  most: { ours: v => weigh(v) % 7 !== 0, python: "lambda v: weigh(v) % 7 != 0" },
  something: { ours: v => v !== null, python: "lambda v: v is not None" },
  never: { ours: () => false, python: "lambda v: False" },
};

/** Associative and commutative, over all values. */
export const merges: Table<(a: Value, b: Value) => Value> = {
  later: { ours: (a, b) => (text(a) < text(b) ? b : a), python: "lambda a, b: b if text(a) < text(b) else a" },
  earlier: { ours: (a, b) => (text(b) < text(a) ? b : a), python: "lambda a, b: b if text(b) < text(a) else a" },
};

/** Associative and commutative, over numbers. */
export const sums: Table<(a: number, b: number) => number> = {
  add: { ours: (a, b) => (a + b) % modulus, python: `lambda a, b: (a + b) % ${modulus}` },
  most: { ours: (a, b) => Math.max(a, b), python: "max" },
};

/** All of them as `table.name`, which is what programs call them. */
export const functions: Table<(...values: never[]) => unknown> = Object.fromEntries(
  Object.entries({ maps, weights, spreads, tests, merges, sums }).flatMap(([table, entries]) =>
    Object.entries(entries).map(([name, entry]) => [`${table}.${name}`, entry]),
  ),
);

/** The names of a table's functions. */
export function namesOf(table: string): string[] {
  return Object.keys(functions).filter(name => name.startsWith(`${table}.`));
}
