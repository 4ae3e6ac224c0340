/** Samples of a partition; what is chosen depends on the seed, the partition's index and the order of records only. */
import { DStreamsError } from "../../base/errors.ts";
import { portable } from "../../closure/portable.ts";
import { KeyMap } from "../../codec/key-map.ts";
import { poisson, randomOf } from "./random.ts";
import type { Random } from "./random.ts";

type Records = Iterable<unknown>;

const here = import.meta.url;

/** Each record with probability `fraction`; with replacement, a Poisson number of times with that mean. */
export const sampled = portable(
  here,
  "sampled",
  (withReplacement: boolean, fraction: number, seed: number) =>
    function* (index: number, records: Records) {
      const random = randomOf(seed, index);
      for (const record of records) yield* times(record, withReplacement, fraction, random);
    },
);

/** Records that draw a number in [lower, upper): with the same seed, disjoint ranges give disjoint samples. */
export const sampledBetween = portable(
  here,
  "sampledBetween",
  (lower: number, upper: number, seed: number) =>
    function* (index: number, records: Records) {
      const random = randomOf(seed, index);
      for (const record of records) {
        const drawn = random();
        if (drawn >= lower && drawn < upper) yield record;
      }
    },
);

/** Like `sampled`, with the fraction of each pair's key. */
export const sampledByKey = portable(
  here,
  "sampledByKey",
  (withReplacement: boolean, fractions: readonly (readonly [unknown, number])[], seed: number) => {
    const byKey = new KeyMap<unknown, number>();
    for (const [key, fraction] of fractions) byKey.set(key, fraction);
    return function* (index: number, records: Records) {
      const random = randomOf(seed, index);
      for (const record of records) {
        const key = (record as readonly [unknown, unknown])[0];
        const fraction = byKey.get(key);
        if (fraction === undefined) {
          throw new DStreamsError(
            "DSTREAMS_ILLEGAL_ARGUMENT",
            `sampleByKey: no fraction was given for the key ${String(key)}`,
          );
        }
        yield* times(record, withReplacement, fraction, random);
      }
    };
  },
);

/** `[number of records, up to `size` of them chosen evenly]`: what the bounds of a sort are estimated from. */
export const sketchOf = portable(here, "sketchOf", (size: number, seed: number, key: (record: never) => unknown) => {
  return (index: number, records: Records): [count: number, keys: unknown[]] => {
    const random = randomOf(seed, index);
    const chosen: unknown[] = [];
    let count = 0;
    for (const record of records) {
      count++;
      if (chosen.length < size) chosen.push(record);
      else {
        const place = Math.floor(random() * count);
        if (place < size) chosen[place] = record;
      }
    }
    return [count, chosen.map(record => key(record as never))];
  };
});

function* times(record: unknown, withReplacement: boolean, fraction: number, random: Random): Generator<unknown> {
  if (!withReplacement) {
    if (random() < fraction) yield record;
    return;
  }
  for (let n = poisson(fraction, random); n > 0; n--) yield record;
}
