/** Windows that are reduced with an inverse function, in the workers: what leaves is taken off, what comes is put on. */
import { atRecord } from "../../../base/culprit.ts";
import { DStreamsError } from "../../../base/errors.ts";
import { portable } from "../../../closure/portable.ts";
import { KeyMap } from "../../../codec/key-map.ts";
import type { ChainKernel } from "../../../rdd/chaining.ts";
import { type BatchGiven, givenOf } from "../../state/kernels/given.ts";
import type { StateTable } from "../../state/state-table.ts";
import { Version, versionOf } from "../../state/version.ts";
import type { Reduce } from "../pane-values.ts";

type Pair = readonly [key: unknown, value: unknown];

/** What a window is told besides its end: how many inputs are panes that leave; then come those that enter. */
export interface InverseGiven extends BatchGiven {
  readonly leaving: number;
  readonly entering: number;
}

interface Change {
  leaving: unknown;
  entering: unknown;
}

/** No value. */
const none = Symbol("none");
const here = import.meta.url;

export const inverseReduced = portable(
  here,
  "inverseReduced",
  (reduce: Reduce, inverse: Reduce, filter?: (pair: Pair) => unknown): ChainKernel =>
    (_, [batch, ...inputs]) => {
      const { time, savedAt = 0, leaving, entering } = givenOf<InverseGiven>(batch as Iterable<unknown>);
      const changes = changesOf(inputs.slice(0, leaving), inputs.slice(leaving, leaving + entering), reduce);
      const table = versionOf(inputs[leaving + entering] ?? []).take();
      for (const [key, change] of changes) {
        try {
          apply(table, key, change, time);
        } catch (error) {
          throw atRecord(error, key);
        }
      }
      table.forgetRemovals(savedAt);
      return [new Version(table)];

      function apply(states: StateTable, key: unknown, change: Change, now: number): void {
        const entry = states.find(key);
        let value: unknown = entry === 0 ? none : states.state(entry);
        if (value === none) {
          if (change.entering === none) throw unknownKey();
          value = change.entering;
        } else {
          if (change.leaving !== none) value = inverse(value, change.leaving);
          if (change.entering !== none) value = reduce(value, change.entering);
        }
        // Keys that nothing came to or left have passed before, with the same value.
        if (filter === undefined || filter([key, value]))
          states.set(entry || states.findOrAdd(key, value, now), value, now);
        else if (entry !== 0) states.remove(entry, now);
      }
    },
);

/** For each key what its panes that leave come to, and those that enter. */
function changesOf(
  leaving: readonly Iterable<unknown>[],
  entering: readonly Iterable<unknown>[],
  reduce: Reduce,
): KeyMap<unknown, Change> {
  const changes = new KeyMap<unknown, Change>();
  const gather = (panes: readonly Iterable<unknown>[], side: keyof Change): void => {
    for (const pane of panes) {
      for (const [key, value] of pane as Iterable<Pair>) {
        let change = changes.get(key);
        if (change === undefined) changes.set(key, (change = { leaving: none, entering: none }));
        change[side] = change[side] === none ? value : reduce(change[side], value);
      }
    }
  };
  gather(leaving, "leaving");
  gather(entering, "entering");
  return changes;
}

function unknownKey(): DStreamsError {
  return new DStreamsError(
    "DSTREAMS_ILLEGAL_STATE",
    "Neither previous window has value for key, nor new values found. Are you sure your key class hashes consistently? " +
      "It also happens when filterFunc has dropped a key that still has values in the window.",
  );
}
