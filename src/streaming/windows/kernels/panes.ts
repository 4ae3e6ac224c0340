/** Windows that are reduced or grouped by key, in the workers: new panes come in, old ones go out, nothing else is touched. */
import { atRecord } from "../../../base/culprit.ts";
import { portable } from "../../../closure/portable.ts";
import type { ChainKernel } from "../../../rdd/chaining.ts";
import { copyOf } from "../../../rdd/kernels/fresh.ts";
import { type BatchGiven, givenOf } from "../../state/kernels/given.ts";
import type { StateTable } from "../../state/state-table.ts";
import { Version, versionOf } from "../../state/version.ts";
import { type PaneValues, type Reduce, kept, noPanes, push, reduced, shift, timesOf } from "../pane-values.ts";

type Pair = readonly [key: unknown, value: unknown];

/** What a window is told besides its end. All times in ms. */
export interface PanesGiven extends BatchGiven {
  /** Panes before this time are not of the window any more. */
  readonly from: number;
  /** Times of the panes that come in, ascending: an input each. */
  readonly paneTimes: readonly number[];
}

const here = import.meta.url;

/** @param reduce how values of a key are put together; without it all are kept */
export const slidPanes = portable(
  here,
  "slidPanes",
  (reduce?: Reduce): ChainKernel =>
    (_, [batch, ...inputs]) => {
      const { time, from, paneTimes } = givenOf<PanesGiven>(batch as Iterable<unknown>);
      const panes = paneTimes.map((__, i) => [...(inputs[i] as Iterable<Pair>)]);
      const table = versionOf(inputs[paneTimes.length] ?? []).take();
      const keys = keysByPane(table);
      for (const [pane, gone] of keys) {
        if (pane >= from) break;
        keys.delete(pane);
        for (const key of gone) dropOldest(table, key, reduce);
      }
      for (const [i, pane] of paneTimes.entries()) {
        const pairs = panes[i] ?? [];
        for (const [key, value] of pairs) {
          const entry = table.findOrAdd(key, undefined, time);
          const values = (table.state(entry) as PaneValues | undefined) ?? noPanes();
          atKey(key, () => push(values, pane, value, reduce));
          table.set(entry, values, time);
        }
        keys.set(
          pane,
          pairs.map(([key]) => key),
        );
      }
      return [new Version(table)];
    },
);

/** `[key, value of the window]` for each key that is in it. */
export const windowValues = portable(
  here,
  "windowValues",
  (reduce?: Reduce) => (_: number, records: Iterable<unknown>) =>
    versionOf(records).read((table, entry) => {
      const [key, panes] = [copyOf(table.key(entry)), table.state(entry) as PaneValues];
      return [key, reduce === undefined ? kept(panes).flat() : atKey(key, () => reduced(panes, reduce))];
    }),
);

/** Which keys each pane has, the oldest first. Not part of the state: it follows from it. */
const keysOfTables = new WeakMap<StateTable, Map<number, unknown[]>>();

function keysByPane(table: StateTable): Map<number, unknown[]> {
  const known = keysOfTables.get(table);
  if (known !== undefined) return known;
  const found = new Map<number, unknown[]>();
  for (let entry = 1; entry < table.end; entry++) {
    if (!table.isUsed(entry)) continue;
    for (const time of timesOf(table.state(entry) as PaneValues)) {
      const keys = found.get(time);
      if (keys === undefined) found.set(time, [table.key(entry)]);
      else keys.push(table.key(entry));
    }
  }
  const keys = new Map([...found].sort(([a], [b]) => a - b));
  keysOfTables.set(table, keys);
  return keys;
}

function dropOldest(table: StateTable, key: unknown, reduce: Reduce | undefined): void {
  const entry = table.find(key);
  const panes = table.state(entry) as PaneValues;
  if (!atKey(key, () => shift(panes, reduce))) table.remove(entry);
}

/** What the user's function throws is about this key. */
function atKey<R>(key: unknown, call: () => R): R {
  try {
    return call();
  } catch (error) {
    throw atRecord(error, key);
  }
}
