/** The operations of streams that programs are made of. PySpark is not asked: its batches take too long. Durations are seconds, as batches. */
import { type DStream, type State, StateSpec } from "../../src/index.ts";
import { both, type Facts } from "./facts.ts";
import { modulus, namesOf, weigh } from "./functions.ts";
import type { Given, Operation, Options } from "./operations.ts";
import type { Random } from "./random.ts";
import { text } from "./values.ts";

export type Stream = DStream<any>;

export interface StreamOperation extends Pick<Operation, "takes" | "often" | "needs" | "draw" | "gives"> {
  readonly ours: (a: Stream, b: Stream, options: Given) => Stream;
}

const named =
  (table: string) =>
  (random: Random): Options => ({ f: random.pick(namesOf(table)) });
/** How many RDDs of the parent a window has, and how far it slides, in batches of the parent. */
const window = (random: Random): Options => ({ length: random.integer(1, 4), slide: random.integer(1, 3) });
/** Both in seconds. */
function durations(parent: Stream, { length, slide }: Given): [window: number, slide: number] {
  const unit = parent.slideDuration.milliseconds / 1000;
  return [length * unit, slide * unit];
}
const windowOf =
  (table: string) =>
  (random: Random): Options => ({ ...named(table)(random), ...window(random) });

const merged = { partitions: 2 } as const;
const grown = (a: Facts): Facts => ({ ...a, weight: a.weight * a.size + 1, kind: "pair" });
const slid = (a: Facts, { slide }: Given): Facts => ({ ...a, ...merged, slide: a.slide * (slide as number) });
const joined = (a: Facts, b: Facts): Facts => ({
  ...a,
  ...merged,
  kind: "pair",
  size: a.size * b.size + a.size + b.size,
  weight: a.weight + b.weight,
});
const sorted = (values: Iterable<unknown>): unknown[] => [...values].sort((a, b) => (text(a) < text(b) ? -1 : 1));
const add = (a: number, b: number): number => (a + b) % modulus;
const subtract = (a: number, b: number): number => (a - b + modulus) % modulus;

/** A state that does not depend on the order of a batch's records. */
const counted = (key: unknown, value: unknown, state: State<number>): unknown => {
  if (!state.isTimingOut()) state.update(add(state.getOption() ?? 0, weigh(value)));
  return [key, state.isTimingOut()];
};

export const streamOperations: Readonly<Record<string, StreamOperation>> = {
  map: {
    takes: ["any"],
    draw: named("maps"),
    gives: a => ({ ...a, kind: "any", weight: a.weight * 2 }),
    ours: (a, _, { f }) => a.map(f),
  },
  filter: { takes: ["any"], draw: named("tests"), gives: a => a, ours: (a, _, { f }) => a.filter(f) },
  flatMap: {
    takes: ["any"],
    draw: named("spreads"),
    gives: a => ({ ...a, kind: "any", size: a.size * Math.max(2, a.weight) }),
    ours: (a, _, { f }) => a.flatMap(f),
  },
  keyBy: {
    takes: ["any"],
    often: 2,
    draw: named("maps"),
    gives: a => ({ ...a, kind: "pair", weight: a.weight * 3 }),
    ours: (a, _, { f }) => a.map(v => [f(v), v]),
  },
  mapValues: {
    takes: ["pair"],
    draw: named("maps"),
    gives: a => ({ ...a, kind: "pair", weight: a.weight * 2 }),
    ours: (a, _, { f }) => a.mapValues(f),
  },
  weighValues: {
    takes: ["pair"],
    often: 3,
    draw: named("weights"),
    gives: a => ({ ...a, kind: "count" }),
    ours: (a, _, { f }) => a.mapValues(f),
  },
  count: { takes: ["any"], gives: a => ({ ...a, kind: "number", weight: 1 }), ours: a => a.count() },
  countByValue: {
    takes: ["any"],
    gives: a => ({ ...a, ...merged, kind: "count", weight: a.weight + 1 }),
    ours: a => a.countByValue(),
  },
  reduceByKey: {
    takes: ["pair"],
    draw: named("merges"),
    gives: a => ({ ...a, ...merged, kind: "pair" }),
    ours: (a, _, { f }) => a.reduceByKey(f),
  },
  groupByKey: { takes: ["pair"], gives: grown, ours: a => a.groupByKey().mapValues(sorted) },
  transform: { takes: ["any"], gives: a => a, ours: a => a.transform(rdd => rdd.distinct().union(rdd)) },
  transformWith: {
    takes: ["any", "any"],
    gives: a => ({ ...a, ...merged }),
    ours: (a, b) => a.transformWith((x, y) => x.subtract(y), b),
  },
  union: {
    takes: ["any", "any"],
    gives: (a, b) => ({
      ...a,
      ...both(a, b),
      kind: "any",
      size: a.size + b.size,
      weight: Math.max(a.weight, b.weight),
    }),
    ours: (a, b) => a.union(b),
  },
  join: { takes: ["pair", "pair"], gives: joined, ours: (a, b) => a.join(b) },
  fullOuterJoin: { takes: ["pair", "pair"], gives: joined, ours: (a, b) => a.fullOuterJoin(b) },
  cogroup: {
    takes: ["pair", "pair"],
    gives: (a, b) => grown(joined(a, b)),
    ours: (a, b) => a.cogroup(b).mapValues(sides => sides.map(sorted)),
  },
  window: {
    takes: ["any"],
    often: 3,
    draw: window,
    gives: (a, _, given) => slid(a, given),
    ours: (a, _, given) => a.window(...durations(a, given)),
  },
  reduceByWindow: {
    takes: ["any"],
    draw: windowOf("merges"),
    gives: (a, _, given) => ({ ...slid(a, given), kind: "any" }),
    ours: (a, _, { f, ...given }) => a.reduceByWindow(f, null, ...durations(a, given)),
  },
  countByWindow: {
    takes: ["any"],
    draw: window,
    gives: (a, _, given) => ({ ...slid(a, given), kind: "number", weight: 1 }),
    ours: (a, _, given) => a.countByWindow(...durations(a, given)),
  },
  countByValueAndWindow: {
    takes: ["any"],
    draw: window,
    gives: (a, _, given) => ({ ...slid(a, given), kind: "count", weight: a.weight + 1 }),
    ours: (a, _, given) => a.countByValueAndWindow(...durations(a, given)),
  },
  groupByKeyAndWindow: {
    takes: ["pair"],
    draw: window,
    gives: (a, _, given) => grown(slid(a, given)),
    ours: (a, _, given) => a.groupByKeyAndWindow(...durations(a, given)).mapValues(sorted),
  },
  reduceByKeyAndWindow: {
    takes: ["pair"],
    often: 2,
    draw: windowOf("merges"),
    gives: (a, _, given) => ({ ...slid(a, given), kind: "pair" }),
    ours: (a, _, { f, ...given }) => a.reduceByKeyAndWindow(f, null, ...durations(a, given)),
  },
  sumByKeyAndWindow: {
    takes: ["count"],
    often: 4,
    draw: random => ({ ...window(random), dropEmpty: random.chance(0.5) }),
    gives: (a, _, given) => ({ ...slid(a, given), kind: "count" }),
    // With how many values a sum has: a key may be dropped only when it has none.
    ours: (a, _, { dropEmpty, ...given }) =>
      (a as DStream<[unknown, number]>)
        .mapValues(n => [n, 1] as [number, number])
        .reduceByKeyAndWindow(
          (x, y) => [add(x[0], y[0]), x[1] + y[1]],
          (x, y) => [subtract(x[0], y[0]), x[1] - y[1]],
          ...durations(a, given),
          2,
          dropEmpty === true ? ([, [, size]]) => size > 0 : null,
        )
        .mapValues(([sum]) => sum),
  },
  updateStateByKey: {
    takes: ["pair"],
    often: 3,
    gives: a => ({ ...a, ...merged, kind: "count" }),
    ours: a =>
      a.updateStateByKey((values: unknown[], state: number | null) => {
        const total = values.map(weigh).reduce(add, state ?? 0);
        return total % 4 === 0 ? null : total;
      }),
  },
  mapWithState: {
    takes: ["pair"],
    gives: a => ({ ...a, ...merged, kind: "pair", weight: a.weight + 1 }),
    ours: a => a.mapWithState(StateSpec.function(counted).numPartitions(3)),
  },
  stateSnapshots: {
    takes: ["pair"],
    often: 2,
    draw: random => ({ timeout: random.pick([0, 2, 3]) }),
    gives: a => ({ ...a, ...merged, kind: "count" }),
    ours: (a, _, { timeout }) => {
      const spec = StateSpec.function(counted);
      return a.mapWithState(timeout === 0 ? spec : spec.timeout(timeout)).stateSnapshots();
    },
  },
};

export function streamOperation(name: string): StreamOperation {
  const found = streamOperations[name];
  if (found === undefined) throw new Error(`There is no operation ${name} in test/fuzz/streams.ts`);
  return found;
}
