/** Random pairs, partitions and partition counts: what operations on pairs answer against what one would compute by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { keysEqual } from "../../src/codec/equality.ts";
import { onEveryEngine } from "../support/engines.ts";
import { byKey } from "./support.ts";

type Key = string | number | null | boolean | (string | number)[];
type Pair = [Key, number];

const key: fc.Arbitrary<Key> = fc.oneof(
  fc.constantFrom("a", "b", "", "é", "\u{1f600}"),
  fc.constantFrom(0, -0, 1, -1, 1.5, Number.NaN, 2 ** 40),
  fc.constantFrom(null, true, false),
  fc.array(fc.constantFrom("a", 1, 2), { maxLength: 2 }),
);
const pairs: fc.Arbitrary<Pair[]> = fc.array(fc.tuple(key, fc.integer({ min: -50, max: 50 })), { maxLength: 25 });
const count = fc.integer({ min: 1, max: 4 });

/** Values by key, by comparing every key with every other. */
function grouped(records: readonly Pair[]): [Key, number[]][] {
  const groups: [Key, number[]][] = [];
  for (const [k, v] of records) {
    const group = groups.find(([other]) => keysEqual(other, k));
    if (group === undefined) groups.push([k, [v]]);
    else group[1].push(v);
  }
  return groups;
}

const valuesOf = (groups: [Key, number[]][], k: Key): number[] =>
  groups.find(([other]) => keysEqual(other, k))?.[1] ?? [];

/** Without the difference between 0 and -0, which are one key. */
const plain = <T>(rows: T): T =>
  JSON.parse(JSON.stringify(rows, (_, value: unknown) => (Number.isNaN(value) ? "NaN" : value))) as T;

onEveryEngine("properties of pairs", sc => {
  const check = async (
    property: (left: Pair[], right: Pair[], n: number, m: number) => Promise<void>,
  ): Promise<void> => {
    await fc.assert(fc.asyncProperty(pairs, pairs, count, count, property), { numRuns: 15 });
  };

  test("reduceByKey, groupByKey, countByKey and distinct", () =>
    check(async (records, _, n, m) => {
      const rdd = sc().parallelize(records, n);
      const groups = grouped(records);
      assert.deepEqual(
        plain(byKey(await rdd.reduceByKey((a, b) => a + b, m).collect())),
        plain(byKey(groups.map(([k, vs]) => [k, vs.reduce((a, b) => a + b)]))),
      );
      assert.deepEqual(plain(byKey(await rdd.groupByKey(m).collect())), plain(byKey(groups)));
      assert.equal((await rdd.countByKey()).size, groups.length);
      assert.equal(await rdd.keys().distinct(m).count(), groups.length);
    }));

  test("the joins and cogroup", () =>
    check(async (left, right, n, m) => {
      const [a, b] = [sc().parallelize(left, n), sc().parallelize(right, m)];
      const [ga, gb] = [grouped(left), grouped(right)];
      const inner = ga.flatMap(([k, vs]) => vs.flatMap(v => valuesOf(gb, k).map(w => [k, [v, w]] as const)));
      const onlyLeft = ga.flatMap(([k, vs]) =>
        valuesOf(gb, k).length > 0 ? [] : vs.map(v => [k, [v, null]] as const),
      );
      const onlyRight = gb.flatMap(([k, ws]) =>
        valuesOf(ga, k).length > 0 ? [] : ws.map(w => [k, [null, w]] as const),
      );
      assert.deepEqual(plain(byKey(await a.join(b, 3).collect())), plain(byKey(inner)));
      assert.deepEqual(
        plain(byKey(await a.fullOuterJoin(b).collect())),
        plain(byKey<Key, readonly (number | null)[]>([...inner, ...onlyLeft, ...onlyRight])),
      );
      const sizes = await a
        .cogroup(b)
        .map(([, [vs, ws]]) => [vs.length, ws.length])
        .collect();
      assert.deepEqual(
        sizes.reduce(([x, y], [v, w]) => [x + v, y + w], [0, 0]),
        [left.length, right.length],
      );
      assert.deepEqual(
        plain(byKey(await a.subtractByKey(b).collect())),
        plain(byKey(left.filter(([k]) => valuesOf(gb, k).length === 0))),
      );
    }));

  test("sortByKey and sortBy keep every record, in order", () =>
    check(async (records, _, n, m) => {
      const numbers = records.map(([, v]) => v);
      assert.deepEqual(
        await sc()
          .parallelize(numbers, n)
          .sortBy(v => v, true, m)
          .collect(),
        numbers.toSorted((a, b) => a - b),
      );
      assert.deepEqual(
        await sc()
          .parallelize(numbers, n)
          .sortBy(v => v, false, m)
          .collect(),
        numbers.toSorted((a, b) => b - a),
      );
    }));

  test("samples depend on the seed only, splits are disjoint and complete", () =>
    check(async (records, _, n, seed) => {
      const rdd = sc().parallelize(records, n);
      assert.deepEqual(await rdd.sample(false, 0.5, seed).collect(), await rdd.sample(false, 0.5, seed).collect());
      const parts = await Promise.all(
        rdd
          .zipWithIndex()
          .values()
          .randomSplit([1, 2, 1], seed)
          .map(part => part.collect()),
      );
      assert.deepEqual(
        parts.flat().toSorted((a, b) => a - b),
        records.map((__, i) => i),
      );
      const drawn = await rdd.zipWithIndex().values().takeSample(false, 5, seed);
      assert.equal(new Set(drawn).size, Math.min(5, records.length));
    }));
});
