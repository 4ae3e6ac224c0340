/** `mapWithState` in the workers: only the keys that have data are visited, and now and then those that have timed out. */
import { atRecord } from "../../../base/culprit.ts";
import { portable } from "../../../closure/portable.ts";
import type { Fn } from "../../../plan/plan.ts";
import type { ChainKernel } from "../../../rdd/chaining.ts";
import { copyOf } from "../../../rdd/kernels/fresh.ts";
import { Time } from "../../time.ts";
import { KeyState } from "../state.ts";
import type { StateTable } from "../state-table.ts";
import { Version, versionOf } from "../version.ts";
import { type BatchGiven, givenOf } from "./given.ts";

type Pair = readonly [key: unknown, value: unknown];

/** What a batch's kernel is told besides its time. */
export interface MappingGiven extends BatchGiven {
  /** Keys that were last touched before this time, in ms, have timed out; undefined in batches that do not look for them. */
  readonly idleSince?: number | undefined;
}

const here = import.meta.url;

/**
 * @param takesTime `fn` is `(time, key, value, state)` and may put out nothing; else `(key, value, state)`, which always does
 * @param expires keys time out, so that any record keeps its key alive
 */
export const mappedWithState = portable(
  here,
  "mappedWithState",
  (fn: Fn, takesTime: boolean, expires: boolean): ChainKernel =>
    (_, [batch, data, before]) => {
      const { time, savedAt = 0, idleSince } = givenOf<MappingGiven>(batch as Iterable<unknown>);
      const pairs = [...(data as Iterable<Pair>)];
      const table = versionOf(before ?? []).take();
      const outputs: unknown[] = [];
      const batchTime = new Time(time);
      const state = new KeyState();
      const call = (key: unknown, value: unknown): void => {
        try {
          const output: unknown = takesTime ? fn(batchTime, key, value, state) : fn(key, value, state);
          if (!takesTime || (output !== null && output !== undefined)) outputs.push(output);
        } catch (error) {
          throw atRecord(error, [key, value]);
        }
      };
      for (const [key, value] of pairs) {
        const entry = table.find(key);
        const held = table.state(entry);
        state.wrap(held, entry !== 0, false);
        call(key, copyOf(value));
        if (state.isRemoved) {
          if (entry !== 0) table.remove(entry, time);
        } else if (state.isUpdated || (state.exists() && (expires || typeof held === "object"))) {
          // What is an object may have been changed in place.
          table.set(entry || table.findOrAdd(key, undefined, time), state.get(), time);
        }
      }
      if (idleSince !== undefined) {
        for (const entry of idleEntries(table, idleSince)) {
          state.wrap(table.state(entry), true, true);
          call(table.key(entry), null);
          table.remove(entry, time);
        }
      }
      table.forgetRemovals(savedAt);
      return [new Version(table, outputs)];
    },
);

/** What the batch put out: copies, since a state may be among it. */
export const outputsOf = portable(
  here,
  "outputsOf",
  () => (_: number, records: Iterable<unknown>) => versionOf(records).outputs.map(copyOf),
);

function idleEntries(table: StateTable, since: number): number[] {
  const idle: number[] = [];
  for (let entry = 1; entry < table.end; entry++) {
    if (table.isUsed(entry) && table.stamp(entry) < since) idle.push(entry);
  }
  return idle;
}
