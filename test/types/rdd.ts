/** What must compile, with which types, and what must not. Checked by `npm run types`; nothing here is run. */
import type { RDD, SparkContext } from "../../src/index.ts";

declare const sc: SparkContext;
declare const lines: RDD<string>;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** The record type of an RDD, or what a promise holds. */
type Of<R> = R extends RDD<infer T> ? T : R extends Promise<infer V> ? V : never;
declare function has<Expected>(): <R>(value: R, same: Same<Of<R>, Expected>) => void;

const add = (a: number, b: number): number => a + b;

// An array literal makes a tuple, at any depth; everything else is as it was.
const words = lines.flatMap(line => line.split(" "));
const pairs = words.map(word => [word, 1]);
has<string>()(words, true);
has<[string, number]>()(pairs, true);
has<[string, [number, boolean]]>()(
  words.map(word => [word, [word.length, true]]),
  true,
);
has<[string, number]>()(
  words.flatMap(word => [[word, 1]]),
  true,
);
has<string[]>()(
  words.map(word => word.split("")),
  true,
);
has<number>()(
  words.map(word => word.length),
  true,
);
has<{ word: string; n: number }>()(
  words.map(word => ({ word, n: 1 })),
  true,
);
has<boolean>()(
  words.map(word => word === ""),
  true,
);
has<[string, { n: number; all: number[] }]>()(
  words.map(word => [word, { n: 1, all: [1, 2] }]),
  true,
);
has<number>()(
  words.mapAsync(async word => word.length),
  true,
);
has<number>()(
  words.mapPartitions(records => [[...records].length]),
  true,
);
has<[number, string]>()(
  words.mapPartitionsWithIndex((i, records) => Array.from(records, record => [i, record] as [number, string])),
  true,
);

// Pairs.
has<[string, number]>()(
  pairs.reduceByKey((a, b) => a + b),
  true,
);
has<[string, number[]]>()(pairs.groupByKey(), true);
has<string>()(pairs.keys(), true);
has<number>()(pairs.values(), true);
has<[string, [number, number]]>()(
  pairs.mapValues(n => [n, 1]),
  true,
);
has<[string, [number, number]]>()(
  pairs.aggregateByKey(
    [0, 0],
    ([sum, n], v) => [sum + v, n + 1],
    (a, b) => [a[0] + b[0], a[1] + b[1]],
  ),
  true,
);
has<[string, number[]]>()(
  pairs.combineByKey(
    v => [v],
    (list, v) => [...list, v],
    (a, b) => [...a, ...b],
  ),
  true,
);
has<[string, string]>()(
  pairs.aggregateByKey(
    "",
    (text, n) => text + n,
    (a, b) => a + b,
  ),
  true,
);
has<[number, string]>()(
  pairs.map(([word, n]) => [n, word]),
  true,
);
has<[string, [number, string]]>()(pairs.join(pairs.mapValues(String)), true);
has<[string, [number, string | null]]>()(pairs.leftOuterJoin(pairs.mapValues(String)), true);
has<[string, [number | null, string | null]]>()(pairs.fullOuterJoin(pairs.mapValues(String)), true);
has<[string, [number[], string[]]]>()(pairs.cogroup(pairs.mapValues(String)), true);
has<[string, [number[], string[], boolean[]]]>()(
  pairs.groupWith(pairs.mapValues(String), pairs.mapValues(Boolean)),
  true,
);
has<[number, string[]]>()(
  words.groupBy(word => word.length),
  true,
);
has<[number, string]>()(
  words.keyBy(word => word.length),
  true,
);
has<[string, number]>()(words.zipWithIndex(), true);
has<[string, [string, number]]>()(words.cartesian(pairs), true);
has<Map<string, number>>()(pairs.collectAsMap(), true);
has<Map<string, number>>()(pairs.countByKey(), true);
has<number[]>()(pairs.lookup("x"), true);

// Sources and actions.
has<number>()(sc.parallelize([1, 2, 3]), true);
has<[string, number]>()(
  sc.parallelize([
    ["a", 1],
    ["b", 2],
  ]),
  true,
);
has<string>()(
  sc.fromAsync(
    (async function* () {
      yield "a";
    })(),
  ),
  true,
);
has<never>()(sc.emptyRDD(), true);
has<string | number>()(words.union(pairs.values()), true);
has<[number, number]>()(
  words.aggregate(
    [0, 0],
    ([n, size], word) => [n + 1, size + word.length],
    (a, b) => [a[0] + b[0], a[1] + b[1]],
  ),
  true,
);
has<string>()(
  words.aggregate(
    "",
    (text, word) => text + word,
    (a, b) => a + b,
  ),
  true,
);
has<number>()(pairs.values().sum(), true);
has<string | undefined>()(sc.parallelize(["a", undefined]), true);
has<string>()(
  sc.parallelize(["a", undefined]).filter(word => word !== undefined),
  true,
);

// An operation in a function of one's own keeps the types it is given.
function counted<T>(rdd: RDD<T>): RDD<[T, number]> {
  return rdd.map(record => [record, 1] as [T, number]).reduceByKey(add);
}
has<[string, number]>()(counted(words), true);

function latest<K, V>(rdd: RDD<[K, V]>): RDD<[K, V]> {
  return rdd.reduceByKey((_, b) => b);
}
has<[string, number]>()(latest(pairs), true);
function reducedBy<T>(rdd: RDD<T>, f: (a: T, b: T) => T): Promise<T> {
  return rdd.reduce(f);
}
has<string>()(
  reducedBy(words, (a, b) => a + b),
  true,
);

// The sum of what is 0 or 1 is a number; what keeps to the literals keeps its type.
const bits = words.map(word => (word === "" ? 0 : 1));
const signs = words.map(word => [word, word === "" ? "-" : "+"] as [string, "-" | "+"]);
has<0 | 1>()(bits, true);
has<number>()(bits.reduce(add), true);
has<number>()(
  bits.reduce((a, b) => a + b),
  true,
);
has<number>()(
  bits.treeReduce((a, b) => a + b),
  true,
);
has<number>()(
  bits.fold(0, (a, b) => a + b),
  true,
);
has<0 | 1>()(
  bits.reduce((a, b) => (a < b ? a : b)),
  true,
);
has<[string, number]>()(
  bits.keyBy(String).reduceByKey((a, b) => a + b),
  true,
);
has<[string, number]>()(
  bits.keyBy(String).foldByKey(2, (a, b) => a + b),
  true,
);
has<[string, string]>()(
  signs.reduceByKey((a, b) => a + b),
  true,
);
// @ts-expect-error the sum of bits is no string
void bits.reduce((a, b) => `${a}${b}`);

// An RDD of something is one of something more general, and not the other way round.
export const general: RDD<unknown> = pairs;
export const readonlyPairs: RDD<readonly [string, number]> = pairs;
// @ts-expect-error numbers are no strings
export const wrong: RDD<string> = words.map(word => word.length);

// Pairs only, numbers only.
// @ts-expect-error words are not pairs
words.reduceByKey(add);
// @ts-expect-error nor are triples
words.map(word => [word, 1, 2]).groupByKey();
// @ts-expect-error nor is an array of any length
words.map(word => word.split("")).keys();
// @ts-expect-error words have no sum
void words.sum();
// @ts-expect-error the keys of a join have one type
pairs.join(pairs.map(([word, n]) => [n, word]));
// @ts-expect-error a sum of numbers is no string
pairs.reduceByKey((a, b) => `${a}${b}`);
// @ts-expect-error a word has no such property
words.map(word => word.size);
// @ts-expect-error flatMap wants an iterable
words.flatMap(word => word.length);
