/** Several RDDs' pairs side by side, key by key: every join is this, and then a few lines. */
import { portable } from "../../closure/portable.ts";
import { KeyMap } from "../../codec/key-map.ts";

type Pairs = Iterable<readonly [unknown, unknown]>;
type Inputs = readonly Pairs[];
type Grouped = KeyMap<unknown, unknown[][]>;

const here = import.meta.url;

/** `[key, [values of the first, values of the second, …]]` */
export const cogrouped = portable(here, "cogrouped", () => (_: number, inputs: Inputs) => group(inputs).entries());

/** `[key, [left, right]]` for each combination; where one side has no value and may be missing, it is null. */
export const joined = portable(
  here,
  "joined",
  (leftMayMiss: boolean, rightMayMiss: boolean) =>
    function* (_: number, inputs: Inputs) {
      const nothing = [null];
      for (const [key, [lefts, rights]] of group(inputs).entries()) {
        const left = lefts?.length === 0 && leftMayMiss ? nothing : lefts;
        const right = rights?.length === 0 && rightMayMiss ? nothing : rights;
        for (const a of left ?? []) for (const b of right ?? []) yield [key, [a, b]];
      }
    },
);

/** Pairs of the first whose keys the second has not. */
export const withoutKeys = portable(
  here,
  "withoutKeys",
  () =>
    function* (_: number, [kept, dropped]: Inputs) {
      const keys = new KeyMap<unknown, true>();
      for (const [key] of dropped ?? []) keys.set(key, true);
      for (const pair of kept ?? []) if (!keys.has(pair[0])) yield pair;
    },
);

/** Keys that both have, once each. */
export const commonKeys = portable(
  here,
  "commonKeys",
  () =>
    function* (_: number, inputs: Inputs) {
      for (const [key, sides] of group(inputs).entries()) if (sides.every(values => values.length > 0)) yield key;
    },
);

function group(inputs: Inputs): Grouped {
  const groups: Grouped = new KeyMap();
  inputs.forEach((pairs, side) => {
    for (const [key, value] of pairs) {
      let sides = groups.get(key);
      if (sides === undefined) {
        sides = inputs.map(() => []);
        groups.set(key, sides);
      }
      sides[side]?.push(value);
    }
  });
  return groups;
}
