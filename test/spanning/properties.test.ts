/** Windows and states over random batches, windows and slides, against brute force; and the same while workers die. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { SparkContext } from "../../src/index.ts";
import { dieOnce } from "../product/support/marks.ts";
import { onEveryEngine } from "../support/engines.ts";
import { type Batch, Model, type Pair, ordered } from "./model.ts";
import { type Operation, operations } from "./operations.ts";
import { outputOf } from "./run.ts";

const pair: fc.Arbitrary<Pair> = fc.tuple(fc.constantFrom("a", "b", "c", "d", 1, 2), fc.integer({ min: 1, max: 9 }));
/** Empty batches, batches without partitions, and partitions that are empty. */
const batch: fc.Arbitrary<Batch> = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 3, arbitrary: fc.array(fc.array(pair, { maxLength: 4 }), { maxLength: 3 }) },
);
/** Beyond the second checkpoint; streams that are silent for long, at the beginning too, are among them. */
const batches = fc
  .tuple(fc.nat(12), fc.array(batch, { minLength: 1, maxLength: 14 }))
  .map(([silent, all]) => [...Array<Batch>(silent).fill([]), ...all]);

interface Case {
  readonly batches: readonly Batch[];
  readonly window: number;
  readonly slide: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  batches,
  window: fc.integer({ min: 1, max: 13 }),
  slide: fc.integer({ min: 1, max: 5 }),
});

function check(sc: () => SparkContext, operation: Operation, numRuns: number): Promise<void> {
  return fc.assert(
    fc.asyncProperty(cases, async ({ batches: all, window, slide }) => {
      const found = await outputOf(sc(), all, pairs => operation.program(pairs, window, slide));
      assert.deepEqual(ordered(found), ordered(operation.expected(new Model(all), window, slide)));
    }),
    { numRuns },
  );
}

onEveryEngine("windows and states are what brute force finds", sc => {
  for (const [name, operation] of Object.entries(operations)) test(name, () => check(sc, operation, 12));
});

describe("windows and states while workers die", () => {
  let sc: SparkContext;
  before(() => {
    sc = new SparkContext("local[2,20]", "workers die");
    sc.setLogLevel("OFF");
  });
  after(() => sc.stop());

  for (const [name, operation] of Object.entries(operations)) {
    test(name, () =>
      fc.assert(
        fc.asyncProperty(cases, fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 3 }), async (one, deaths) => {
          const { batches: all, window, slide } = one;
          const found = await outputOf(sc, all, (pairs, { scratch }) => {
            const mortal = pairs.transform((rdd, time) => {
              const second = time.milliseconds / 1000;
              const mark = deaths.includes(second) ? join(scratch, `dead-${second}`) : undefined;
              return rdd.map((record): Pair => {
                if (mark !== undefined) dieOnce(mark);
                return record;
              });
            });
            return operation.program(mortal, window, slide);
          });
          assert.deepEqual(ordered(found), ordered(operation.expected(new Model(all), window, slide)));
        }),
        { numRuns: 6 },
      ),
    );
  }
});
