/** Parts that need no engine. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boundsOf } from "../../src/rdd/sorting.ts";
import { poisson, randomOf, shuffled } from "../../src/rdd/kernels/random.ts";
import { splitCommand } from "../../src/rdd/piping.ts";
import { StatCounter } from "../../src/rdd/stat-counter.ts";

test("commands are split at blanks; quotes and backslashes hold words together; nothing is expanded", () => {
  assert.deepEqual(splitCommand('  grep  -i \'a b\' "c \\" d" e\\ f '), ["grep", "-i", "a b", 'c " d', "e f"]);
  assert.deepEqual(splitCommand("echo $HOME `id` ; rm *"), ["echo", "$HOME", "`id`", ";", "rm", "*"]);
  assert.deepEqual(splitCommand("x '' \"\""), ["x", "", ""]);
  assert.throws(() => splitCommand("echo 'x"), /a quotation in the command has no end/);
});

test("random numbers are even, and depend on seed and partition", () => {
  const draw = (seed: number, partition: number): number[] => {
    const random = randomOf(seed, partition);
    return Array.from({ length: 20_000 }, random);
  };
  assert.deepEqual(draw(7, 1), draw(7, 1));
  const streams = [draw(7, 1), draw(7, 2), draw(8, 1), draw(0, 0), draw(2 ** 40, 0), draw(-1, 0)];
  assert.equal(new Set(streams.map(numbers => numbers[0])).size, streams.length);
  for (const numbers of streams) {
    assert.ok(numbers.every(x => x >= 0 && x < 1));
    const buckets = Array.from({ length: 10 }, (_, i) => numbers.filter(x => Math.floor(x * 10) === i).length);
    assert.ok(
      buckets.every(n => n > 1800 && n < 2200),
      buckets.join(" "),
    );
  }
  const [a, b] = [draw(7, 1), draw(7, 2)];
  const correlation = a.reduce((sum, x, i) => sum + (x - 0.5) * ((b[i] ?? 0) - 0.5), 0) / a.length / (1 / 12);
  assert.ok(Math.abs(correlation) < 0.03, String(correlation));
});

test("Poisson numbers have their mean, small and large", () => {
  for (const mean of [0, 0.3, 2, 100]) {
    const random = randomOf(3);
    const drawn = Array.from({ length: 5000 }, () => poisson(mean, random));
    const average = drawn.reduce((x, y) => x + y, 0) / drawn.length;
    assert.ok(Math.abs(average - mean) <= 0.05 * mean + 0.01, `${average} for ${mean}`);
  }
});

test("shuffling loses nothing", () => {
  const random = randomOf(1);
  assert.deepEqual(shuffled([1, 2, 3, 4, 5, 6, 7, 8], random).toSorted(), [1, 2, 3, 4, 5, 6, 7, 8]);
});

test("bounds are as many as asked for, ascending, and even", () => {
  const sample = Array.from({ length: 1000 }, (_, i) => ({ key: (i * 7) % 1000, weight: 1 }));
  assert.deepEqual(boundsOf(sample, 4), [249, 499, 749]);
  assert.deepEqual(boundsOf([{ key: "x", weight: 3 }], 3), ["x", "x"]);
  fc.assert(
    fc.property(
      fc.array(fc.record({ key: fc.integer(), weight: fc.integer({ min: 1, max: 9 }) }), { minLength: 1 }),
      fc.integer({ min: 2, max: 9 }),
      (keys, n) => {
        const bounds = boundsOf(keys, n) as number[];
        assert.equal(bounds.length, n - 1);
        assert.deepEqual(
          bounds,
          bounds.toSorted((a, b) => a - b),
        );
      },
    ),
  );
});

test("statistics merge to what one pass would give", () => {
  const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const merged = new StatCounter(a).mergeStats(new StatCounter(b));
      const whole = [...a, ...b];
      const mean = whole.reduce((x, y) => x + y, 0) / whole.length;
      const variance = whole.reduce((sum, x) => sum + (x - mean) ** 2, 0) / whole.length;
      assert.deepEqual(
        [merged.count(), merged.max(), merged.min()],
        [whole.length, Math.max(...whole), Math.min(...whole)],
      );
      assert.ok(Math.abs(merged.mean() - mean) < 1e-9 * (1 + Math.abs(mean)));
      assert.ok(Math.abs(merged.variance() - variance) < 1e-6 * (1 + variance));
    }),
  );
  const nothing = new StatCounter();
  assert.deepEqual([nothing.count(), nothing.mean(), nothing.variance()], [0, 0, Number.NaN]);
  assert.notEqual(nothing.copy(), nothing);
});
