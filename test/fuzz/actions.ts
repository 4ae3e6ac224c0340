/**
 * The actions that end a program, as `operations.ts` has the rest. Each answers a list of texts; `sort` says that their order is not defined.
 * The options `ordered` and `exact` come from the facts of the RDD.
 */
import { modulus, namesOf, weigh } from "./functions.ts";
import type { Data, Given, Options } from "./operations.ts";
import type { SparkContext } from "../../src/index.ts";
import type { Facts, Kind } from "./facts.ts";
import type { Random } from "./random.ts";
import { drawValue, text, toJson } from "./values.ts";

export interface Action {
  readonly takes: Kind;
  readonly often?: number;
  readonly needs?: "order" | "places";
  readonly draw?: (random: Random, shared: boolean) => Options;
  /** True when the answers are to be sorted before they are compared. */
  readonly sort?: (facts: Facts) => boolean;
  readonly ours: (a: Data, options: Given, sc: SparkContext) => Promise<readonly string[]>;
  readonly python: string | { readonly without: string };
}

const merging = (random: Random): Options => ({ f: random.pick(namesOf("merges")) });
const some = (random: Random): Options => ({ n: random.pick([0, 1, 2, 5, 1000]) });
const entries = (map: Map<unknown, unknown>): string[] => [...map].map(entry => text(entry));
const always = (): boolean => true;
/** Means and deviations are added up in another order by each engine: the last digits differ. */
const rounded = (value: number): string => text(Math.floor(value * 997.13 + 0.123));

export const actions: Readonly<Record<string, Action>> = {
  collect: {
    takes: "any",
    often: 8,
    sort: facts => !facts.ordered,
    ours: async (a, { exact }) => (await a.collect()).map(v => text(v, exact)),
    python: "[text(v, exact) for v in a.collect()]",
  },
  toLocalIterator: {
    takes: "any",
    sort: facts => !facts.ordered,
    ours: (a, { exact }) => Array.fromAsync(a.toLocalIterator(), v => text(v, exact)),
    python: "[text(v, exact) for v in a.toLocalIterator()]",
  },
  partitions: {
    takes: "any",
    often: 3,
    needs: "places",
    ours: async (a, { ordered }) =>
      (await a.glom().collect()).map(records => {
        const texts = records.map(v => text(v));
        return (ordered ? texts : texts.sort()).join(" ");
      }),
    python: "[' '.join((list if ordered else sorted)(text(v) for v in p)) for p in a.glom().collect()]",
  },
  getNumPartitions: {
    takes: "any",
    ours: async a => [String(await a.getNumPartitions())],
    python: "[str(a.getNumPartitions())]",
  },
  count: { takes: "any", ours: async a => [String(await a.count())], python: "[str(a.count())]" },
  isEmpty: { takes: "any", ours: async a => [String(Number(await a.isEmpty()))], python: "[str(int(a.isEmpty()))]" },
  countByValue: {
    takes: "any",
    sort: always,
    ours: async a => entries(await a.countByValue()),
    python: "[text(e) for e in a.countByValue().items()]",
  },
  countByKey: {
    takes: "pair",
    sort: always,
    ours: async a => entries(await a.countByKey()),
    python: "[text(e) for e in a.countByKey().items()]",
  },
  collectAsMap: {
    takes: "pair",
    sort: always,
    ours: async a => entries(await a.reduceByKey((v, w) => (text(v) < text(w) ? v : w)).collectAsMap()),
    python: "[text(e) for e in a.reduceByKey(lambda v, w: v if text(v) < text(w) else w).collectAsMap().items()]",
  },
  reduceByKeyLocally: {
    takes: "pair",
    sort: always,
    draw: merging,
    ours: async (a, { f }) => entries(await a.reduceByKeyLocally(f)),
    python: "[text(e) for e in a.reduceByKeyLocally(f).items()]",
  },
  lookup: {
    takes: "pair",
    often: 2,
    draw: (random, shared) => ({
      value: toJson(random.chance(0.5) ? random.integer(0, 4) : drawValue(random, shared)),
    }),
    sort: always,
    ours: async (a, { value }) => (await a.lookup(value)).map(v => text(v)),
    python: "[text(v) for v in a.lookup(value)]",
  },
  sortedKeys: {
    takes: "pair",
    draw: random => ({ up: random.chance(0.5), n: random.integer(1, 4) }),
    ours: async (a, { up, n }) => (await a.sortByKey(up, n, text).keys().collect()).map(v => text(v)),
    python: "[text(p[0]) for p in a.sortBy(lambda pair: text(pair[0]), up, n).collect()]",
  },
  take: {
    takes: "any",
    needs: "order",
    draw: some,
    ours: async (a, { n }) => (await a.take(n)).map(v => text(v)),
    python: "[text(v) for v in a.take(n)]",
  },
  first: { takes: "any", needs: "order", ours: async a => [text(await a.first())], python: "[text(a.first())]" },
  takeOrdered: {
    takes: "any",
    draw: some,
    ours: async (a, { n }) => (await a.takeOrdered(n, text)).map(v => text(v)),
    python: "[text(v) for v in a.takeOrdered(n, text)]",
  },
  top: {
    takes: "any",
    draw: some,
    ours: async (a, { n }) => (await a.top(n, text)).map(v => text(v)),
    python: "[text(v) for v in a.top(n, text)]",
  },
  topOfNumbers: {
    takes: "number",
    often: 8,
    draw: some,
    ours: async (a, { n }) => [...(await a.top(n)), null, ...(await a.takeOrdered(n))].map(v => text(v)),
    python: "[text(v) for v in [*a.top(n), None, *a.takeOrdered(n)]]",
  },
  reduce: {
    takes: "any",
    draw: merging,
    ours: async (a, { f }) => [text(await a.reduce(f))],
    python: "[text(a.reduce(f))]",
  },
  treeReduce: {
    takes: "any",
    draw: merging,
    ours: async (a, { f }) => [text(await a.treeReduce(f))],
    python: "[text(a.treeReduce(f))]",
  },
  fold: {
    takes: "number",
    often: 8,
    ours: async a => [text(await a.fold(0, (x, y) => (x + y) % modulus))],
    python: `[text(a.fold(0, lambda x, y: (x + y) % ${modulus}))]`,
  },
  aggregate: {
    takes: "any",
    ours: async a => {
      const folded = await a.aggregate(
        [0, 0],
        ([size, sum], v) => [size + 1, sum + weigh(v)],
        (x, y) => [x[0] + y[0], x[1] + y[1]],
      );
      const tree = await a.treeAggregate(
        0,
        (sum, v) => sum + weigh(v),
        (x, y) => x + y,
      );
      return [text(folded), text(tree)];
    },
    python:
      "[text(a.aggregate((0, 0), lambda s, v: (s[0] + 1, s[1] + weigh(v)), lambda x, y: (x[0] + y[0], x[1] + y[1]))), text(a.treeAggregate(0, lambda s, v: s + weigh(v), lambda x, y: x + y))]",
  },
  extremes: {
    takes: "any",
    ours: async a => [text(await a.max(text)), text(await a.min(text))],
    python: "[text(a.max(text)), text(a.min(text))]",
  },
  sum: {
    takes: "number",
    often: 8,
    ours: async a => [text(await a.sum()), text(await a.max()), text(await a.min())],
    python: "[text(a.sum()), text(a.max()), text(a.min())]",
  },
  stats: {
    takes: "number",
    often: 8,
    ours: async a => {
      const stats = await a.stats();
      return [text(stats.count()), ...[stats.mean(), stats.variance()].map(rounded)];
    },
    python: "[text(a.stats().count()), rounded(a.stats().mean()), rounded(a.stats().variance())]",
  },
  histogram: {
    takes: "number",
    often: 8,
    ours: async a => text((await a.histogram([0, 1, 10, 1000, modulus]))[1]).split(","),
    python: `text(tuple(a.histogram([0, 1, 10, 1000, ${modulus}])[1])).split(",")`,
  },
  accumulate: {
    takes: "any",
    often: 2,
    ours: async (a, _, sc) => {
      const [seen, sum] = [sc.accumulator(0), sc.accumulator(0)];
      await a.foreach(v => {
        seen.add(1);
        sum.add(weigh(v));
      });
      await a.foreachPartition(records => {
        for (const record of records) sum.add(weigh(record));
      });
      return [text(seen.value), text(sum.value)];
    },
    python: "accumulated(a)",
  },
  refusing: {
    takes: "any",
    ours: async a =>
      text(
        await a
          .map(v => {
            if (weigh(v) % 20 === 0) throw new Error("refused");
            return v;
          })
          .count(),
      ).split(","),
    python: "[text(a.map(refuse).count())]",
  },
};

export function action(name: string): Action {
  const found = actions[name];
  if (found === undefined) throw new Error(`There is no action ${name} in test/fuzz/actions.ts`);
  return found;
}
