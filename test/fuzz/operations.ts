/**
 * The operations of RDDs that programs are made of: one entry each, with the same thing in TypeScript and in Python.
 *
 * In `ours`, `a` and `b` are the inputs, the third argument the options that `draw` has drawn, with functions in the place of their names.
 * In `python` options are variables; there are also `sc`, `text`, `weigh`, `level` and what run_pyspark.py defines besides.
 */
import { type RDD, type SparkContext, StorageLevel } from "../../src/index.ts";
import { both, type Facts, hashed, type Kind } from "./facts.ts";
import { namesOf, weigh } from "./functions.ts";
import type { Random } from "./random.ts";
import { drawValue, type Json, text, toJson, type Value } from "./values.ts";

/** Names of functions under `f` and `g`; the rest as it is. */
export type Options = Readonly<Record<string, Json>>;

/** The options in use. Tables cannot know what is under a name, and so it is any. */
export type Given = Readonly<Record<string, any>>;
export type Data = RDD<any>;

export interface Operation {
  /** Of the inputs; an operation with two may be given the same twice. */
  readonly takes: readonly [Kind] | readonly [Kind, Kind];
  /** How often it is drawn (default 1). */
  readonly often?: number;
  readonly needs?: "order" | "places";
  readonly draw?: (random: Random, shared: boolean) => Options;
  readonly gives: (a: Facts, b: Facts, options: Given) => Facts;
  readonly ours: (a: Data, b: Data, options: Given, sc: SparkContext) => Data;
  /** Or why PySpark cannot be asked. */
  readonly python: string | { readonly without: string };
}

export const levels = [
  ...["MEMORY_ONLY", "MEMORY_ONLY_2", "MEMORY_AND_DISK", "MEMORY_AND_DISK_2", "DISK_ONLY", "DISK_ONLY_2"],
  ...["MEMORY_AND_DISK_DESER"],
] as const;

const named =
  (...tables: string[]) =>
  (random: Random): Options => ({ f: random.pick(tables.flatMap(namesOf)) });
/** Into how many partitions: often nobody says. */
const count = (random: Random): Json => (random.chance(0.4) ? null : random.integer(1, 5));
const into =
  (...tables: string[]) =>
  (random: Random): Options => ({ ...(tables.length === 0 ? {} : named(...tables)(random)), n: count(random) });
const byCount = into();

const kept =
  (kind: Kind, more: (a: Facts) => Partial<Facts> = () => ({})): Operation["gives"] =>
  a => ({ ...a, kind, ...more(a) });
const regrouped =
  (kind: Kind, weight = (a: Facts): number => a.weight): Operation["gives"] =>
  (a, _, { n }) => ({ ...hashed(a, n ?? a.partitions), kind, weight: weight(a) });
/** Every record of a key with every other, and keys that are alone. */
const joined: Operation["gives"] = (a, b, { n }) => ({
  ...hashed(a, n ?? a.partitions + b.partitions),
  kind: "pair",
  size: a.size * b.size + a.size + b.size,
  weight: a.weight + b.weight,
});
const groups = (a: Facts): number => a.weight * a.size + 1;

const byText = (values: readonly unknown[]): unknown[] => values.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
const optional = (n: number | null): number | undefined => n ?? undefined;

export const operations: Readonly<Record<string, Operation>> = {
  map: {
    takes: ["any"],
    often: 2,
    draw: named("maps"),
    gives: kept("any", a => ({ weight: a.weight * 2 })),
    ours: (a, _, { f }) => a.map(f),
    python: "a.map(f)",
  },
  mapToNumber: {
    takes: ["any"],
    often: 2,
    draw: named("weights"),
    gives: kept("number", () => ({ weight: 1 })),
    ours: (a, _, { f }) => a.map(f),
    python: "a.map(f)",
  },
  mapAsync: {
    takes: ["any"],
    draw: named("maps"),
    gives: kept("any", a => ({ weight: a.weight * 2 })),
    ours: (a, _, { f }) => a.mapAsync(async v => f(v) as Value),
    python: "a.map(f)",
  },
  keyBy: {
    takes: ["any"],
    often: 3,
    draw: named("maps"),
    gives: kept("pair", a => ({ weight: a.weight * 3 })),
    ours: (a, _, { f }) => a.keyBy(f),
    python: "a.keyBy(f)",
  },
  filter: {
    takes: ["any"],
    draw: named("tests"),
    gives: a => a,
    ours: (a, _, { f }) => a.filter(f),
    python: "a.filter(f)",
  },
  flatMap: {
    takes: ["any"],
    draw: named("spreads"),
    gives: kept("any", a => ({ size: a.size * Math.max(2, a.weight) })),
    ours: (a, _, { f }) => a.flatMap(f),
    python: "a.flatMap(f)",
  },
  mapPartitions: {
    takes: ["any"],
    draw: named("maps"),
    gives: kept("any", a => ({ weight: a.weight * 2 })),
    ours: (a, _, { f }) =>
      a.mapPartitions(function* (records) {
        for (const record of records) yield f(record) as Value;
      }),
    python: "a.mapPartitions(lambda records: (f(r) for r in records))",
  },
  mapPartitionsWithIndex: {
    takes: ["any"],
    often: 4,
    needs: "places",
    gives: kept("pair", a => ({ weight: a.weight + 1 })),
    ours: a => a.mapPartitionsWithIndex((index, records) => Array.from(records, r => [index, r])),
    python: "a.mapPartitionsWithIndex(lambda index, records: ((index, r) for r in records))",
  },
  countPartitions: {
    takes: ["any"],
    gives: (a, _, __) => ({ ...a, kind: "number", weight: 1, ordered: false, placed: "no", size: a.partitions }),
    // One record a partition, empty ones too; that they come to the same in all is left to `sum`.
    ours: a =>
      a
        .mapPartitions(records => [[...records].length])
        .coalesce(1)
        .mapPartitions(ns => [[...ns].reduce((x, y) => x + y, 0)]),
    python: "a.mapPartitions(lambda rs: [sum(1 for r in rs)]).coalesce(1).mapPartitions(lambda ns: [sum(ns)])",
  },
  mapValues: {
    takes: ["pair"],
    draw: named("maps"),
    gives: kept("pair", a => ({ weight: a.weight * 2 })),
    ours: (a, _, { f }) => a.mapValues(f),
    python: "a.mapValues(f)",
  },
  weighValues: {
    takes: ["pair"],
    often: 2,
    draw: named("weights"),
    gives: kept("count"),
    ours: (a, _, { f }) => a.mapValues(f),
    python: "a.mapValues(f)",
  },
  flatMapValues: {
    takes: ["pair"],
    draw: named("spreads"),
    gives: kept("pair", a => ({ size: a.size * Math.max(2, a.weight) })),
    ours: (a, _, { f }) => a.flatMapValues(f),
    python: "a.flatMapValues(f)",
  },
  keys: { takes: ["pair"], gives: kept("any"), ours: a => a.keys(), python: "a.keys()" },
  values: { takes: ["pair"], gives: kept("any"), ours: a => a.values(), python: "a.values()" },
  distinct: {
    takes: ["any"],
    draw: byCount,
    gives: (a, _, { n }) => hashed(a, n ?? a.partitions),
    ours: (a, _, { n }) => a.distinct(optional(n)),
    python: "a.distinct(n)",
  },
  union: {
    takes: ["any", "any"],
    often: 3,
    gives: (a, b) => ({
      ...a,
      ...both(a, b),
      kind: "any",
      size: a.size + b.size,
      weight: Math.max(a.weight, b.weight),
      partitions: a.partitions + b.partitions,
    }),
    ours: (a, b) => a.union(b),
    python: "a.union(b)",
  },
  unionOfPairs: {
    takes: ["pair", "pair"],
    gives: (a, b, given) => ({ ...operation("union").gives(a, b, given), kind: "pair" }),
    ours: (a, b, _, sc) => sc.union([a, b, a]).filter(pair => (weigh(pair[0]) + weigh(pair[1])) % 2 === 0),
    python: "sc.union([a, b, a]).filter(lambda p: (weigh(p[0]) + weigh(p[1])) % 2 == 0)",
  },
  intersection: {
    takes: ["any", "any"],
    gives: (a, b) => hashed(a, a.partitions + b.partitions),
    ours: (a, b) => a.intersection(b),
    python: "a.intersection(b)",
  },
  subtract: {
    takes: ["any", "any"],
    draw: byCount,
    gives: (a, b, { n }) => hashed(a, n ?? a.partitions + b.partitions),
    ours: (a, b, { n }) => a.subtract(b, optional(n)),
    python: "a.subtract(b, n)",
  },
  cartesian: {
    takes: ["any", "any"],
    gives: (a, b) => ({
      ...a,
      ...both(a, b),
      kind: "pair",
      ordered: false,
      size: a.size * b.size,
      weight: a.weight + b.weight,
      partitions: a.partitions * b.partitions,
    }),
    ours: (a, b) => a.cartesian(b),
    python: "a.cartesian(b)",
  },
  zip: {
    takes: ["any"],
    needs: "order",
    draw: named("maps"),
    gives: kept("pair", a => ({ weight: a.weight * 3 })),
    ours: (a, _, { f }) => a.zip(a.map(f)),
    python: "a.zip(a.map(f))",
  },
  zipWithIndex: {
    takes: ["any"],
    often: 3,
    needs: "order",
    gives: kept("pair", a => ({ weight: a.weight + 1 })),
    ours: a => a.zipWithIndex(),
    python: "a.zipWithIndex()",
  },
  coalesce: {
    takes: ["any"],
    often: 3,
    draw: random => ({ n: random.integer(1, 4) }),
    gives: (a, _, { n }) => ({ ...a, partitions: Math.min(n, a.partitions), placed: "no" }),
    ours: (a, _, { n }) => a.coalesce(n),
    python: "a.coalesce(n)",
  },
  repartition: {
    takes: ["any"],
    draw: random => ({ n: random.integer(1, 4) }),
    gives: (a, _, { n }) => ({ ...a, partitions: n, ordered: false, placed: "no" }),
    ours: (a, _, { n }) => a.repartition(n),
    python: "a.repartition(n)",
  },
  partitionBy: {
    takes: ["pair"],
    often: 2,
    draw: random => ({ n: random.integer(1, 4) }),
    gives: (a, _, { n }) => ({ ...hashed(a, n), merged: a.merged }),
    ours: (a, _, { n }) => a.partitionBy(n),
    python: "a.partitionBy(n)",
  },
  partitionByFunction: {
    takes: ["pair"],
    draw: random => ({ n: random.integer(1, 4) }),
    gives: (a, _, { n }) => ({ ...a, partitions: n, ordered: false, placed: "alike" }),
    ours: (a, _, { n }) => a.partitionBy(n, key => weigh(key) - 500_000),
    python: "a.partitionBy(n, lambda key: weigh(key) - 500000)",
  },
  reduceByKey: {
    takes: ["pair"],
    often: 2,
    draw: into("merges"),
    gives: regrouped("pair"),
    ours: (a, _, { f, n }) => a.reduceByKey(f, optional(n)),
    python: "a.reduceByKey(f, n)",
  },
  sumByKey: {
    takes: ["count"],
    often: 8,
    draw: into("sums"),
    gives: regrouped("count"),
    ours: (a, _, { f, n }) => a.reduceByKey(f, optional(n)),
    python: "a.reduceByKey(f, n)",
  },
  foldByKey: {
    takes: ["count"],
    often: 6,
    draw: into("sums"),
    gives: regrouped("count"),
    ours: (a, _, { f, n }) => a.foldByKey(0, f, optional(n)),
    python: "a.foldByKey(0, f, n)",
  },
  aggregateByKey: {
    takes: ["pair"],
    draw: byCount,
    gives: regrouped("pair", groups),
    ours: (a, _, { n }) =>
      a
        .aggregateByKey(
          [] as Value[],
          (list, value) => (list.push(value as Value), list),
          (x, y) => x.concat(y),
          optional(n),
        )
        .mapValues(byText),
    python: "a.aggregateByKey((), lambda l, v: l + (v,), lambda x, y: x + y, n).mapValues(by_text)",
  },
  combineByKey: {
    takes: ["pair"],
    draw: byCount,
    gives: regrouped("pair", () => 4),
    ours: (a, _, { n }) =>
      a.combineByKey(
        value => [1, weigh(value)],
        ([size, sum], value) => [size + 1, sum + weigh(value)],
        (x, y) => [x[0] + y[0], x[1] + y[1]],
        optional(n),
      ),
    python:
      "a.combineByKey(lambda v: (1, weigh(v)), lambda c, v: (c[0] + 1, c[1] + weigh(v)), lambda x, y: (x[0] + y[0], x[1] + y[1]), n)",
  },
  groupByKey: {
    takes: ["pair"],
    draw: byCount,
    gives: regrouped("pair", groups),
    ours: (a, _, { n }) => a.groupByKey(optional(n)).mapValues(byText),
    python: "a.groupByKey(n).mapValues(by_text)",
  },
  groupBy: {
    takes: ["any"],
    draw: into("maps"),
    gives: regrouped("pair", groups),
    ours: (a, _, { f, n }) => a.groupBy(f, optional(n)).mapValues(byText),
    python: "a.groupBy(f, n).mapValues(by_text)",
  },
  join: {
    takes: ["pair", "pair"],
    draw: byCount,
    gives: joined,
    ours: (a, b, { n }) => a.join(b, optional(n)),
    python: "a.join(b, n)",
  },
  leftOuterJoin: {
    takes: ["pair", "pair"],
    draw: byCount,
    gives: joined,
    ours: (a, b, { n }) => a.leftOuterJoin(b, optional(n)),
    python: "a.leftOuterJoin(b, n)",
  },
  rightOuterJoin: {
    takes: ["pair", "pair"],
    draw: byCount,
    gives: joined,
    ours: (a, b, { n }) => a.rightOuterJoin(b, optional(n)),
    python: "a.rightOuterJoin(b, n)",
  },
  fullOuterJoin: {
    takes: ["pair", "pair"],
    draw: byCount,
    gives: joined,
    ours: (a, b, { n }) => a.fullOuterJoin(b, optional(n)),
    python: "a.fullOuterJoin(b, n)",
  },
  cogroup: {
    takes: ["pair", "pair"],
    draw: byCount,
    gives: (a, b, given) => ({
      ...joined(a, b, given),
      size: a.size + b.size,
      weight: a.size * a.weight + b.size * b.weight,
    }),
    ours: (a, b, { n }) => a.cogroup(b, optional(n)).mapValues(sides => sides.map(byText)),
    python: "a.cogroup(b, n).mapValues(lambda sides: tuple(by_text(side) for side in sides))",
  },
  subtractByKey: {
    takes: ["pair", "pair"],
    draw: byCount,
    gives: (a, b, { n }) => hashed(a, n ?? a.partitions + b.partitions),
    ours: (a, b, { n }) => a.subtractByKey(b, optional(n)),
    python: "a.subtractByKey(b, n)",
  },
  sortBy: {
    takes: ["any"],
    draw: random => ({ up: random.chance(0.5), n: count(random) }),
    gives: (a, _, { n }) => ({ ...a, partitions: n ?? a.partitions, ordered: true, placed: "no", merged: true }),
    ours: (a, _, { up, n }) => a.sortBy(text, up, optional(n)),
    python: "a.sortBy(text, up, n)",
  },
  sortByItself: {
    takes: ["any"],
    draw: random => ({ up: random.chance(0.5), n: count(random) }),
    gives: (a, _, { n }) => ({ ...a, partitions: n ?? a.partitions, ordered: true, placed: "no", merged: true }),
    ours: (a, _, { up, n }) => a.sortBy(v => v, up, optional(n)),
    python: { without: "Python has no order of values of different types" },
  },
  sortNumbers: {
    takes: ["number"],
    often: 6,
    draw: random => ({ up: random.chance(0.5), n: count(random) }),
    gives: (a, _, { n }) => ({ ...a, partitions: n ?? a.partitions, ordered: true, placed: "no" }),
    ours: (a, _, { up, n }) => a.sortBy(v => v, up, optional(n)),
    python: "a.sortBy(lambda v: v, up, n)",
  },
  sortByKey: {
    takes: ["pair"],
    draw: random => ({ up: random.chance(0.5), n: count(random) }),
    gives: (a, _, { n }) => ({ ...a, partitions: n ?? a.partitions, ordered: false, placed: "no" }),
    ours: (a, _, { up, n }) => a.sortByKey(up, optional(n), text),
    // Its own keyfunc it forgets when it looks for bounds.
    python: "a.sortBy(lambda pair: text(pair[0]), up, n)",
  },
  repartitionAndSort: {
    takes: ["pair"],
    draw: random => ({ up: random.chance(0.5), n: random.integer(1, 4) }),
    gives: (a, _, { n }) => ({ ...a, kind: "any", partitions: n, ordered: true, placed: "alike", merged: true }),
    ours: (a, _, { up, n }) => a.repartitionAndSortWithinPartitions(n, weigh, up, text).keys(),
    python: "a.repartitionAndSortWithinPartitions(n, weigh, up, text).keys()",
  },
  persist: {
    takes: ["any"],
    often: 2,
    draw: random => ({ level: random.pick(levels) }),
    gives: a => a,
    ours: (a, _, { level }) => a.map(v => v).persist(StorageLevel[level as (typeof levels)[number]]),
    python: "a.map(lambda v: v).persist(getattr(StorageLevel, level))",
  },
  checkpoint: {
    takes: ["any"],
    draw: random => ({ local: random.chance(0.3) }),
    gives: a => a,
    ours: (a, _, { local }) => {
      const marked = a.map(v => v);
      if (local === true) marked.localCheckpoint();
      else marked.checkpoint();
      return marked;
    },
    python: "checkpointed(a.map(lambda v: v), local)",
  },
  broadcast: {
    takes: ["any"],
    draw: (random, shared) => ({ value: random.list(random.integer(1, 5), () => toJson(drawValue(random, shared))) }),
    gives: kept("pair", a => ({ weight: a.weight + 5 })),
    ours: (a, _, { value }, sc) => {
      const table = sc.broadcast(value as Value[]);
      return a.map(v => [table.value[weigh(v) % table.value.length], v]);
    },
    python: "a.map(lambda v, table=sc.broadcast(value): (table.value[weigh(v) % len(table.value)], v))",
  },
};

export function operation(name: string): Operation {
  const found = operations[name];
  if (found === undefined) throw new Error(`There is no operation ${name} in test/fuzz/operations.ts`);
  return found;
}
