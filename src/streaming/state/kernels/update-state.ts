/** `updateStateByKey` in the workers: every key that has a state or new values is visited, in place. */
import { atRecord } from "../../../base/culprit.ts";
import { portable } from "../../../closure/portable.ts";
import type { ChainKernel } from "../../../rdd/chaining.ts";
import { copyOf } from "../../../rdd/kernels/fresh.ts";
import { Time } from "../../time.ts";
import type { StateTable } from "../state-table.ts";
import { Version, versionOf } from "../version.ts";
import { givenOf } from "./given.ts";

type Pair = readonly [key: unknown, value: unknown];
type Update = (values: unknown[], state: unknown, key: unknown, time: Time) => unknown;
type UpdateAll = (records: Iterable<[key: unknown, values: unknown[], state: unknown]>) => Iterable<Pair>;

const here = import.meta.url;

/** Stands for the state of a key that has none yet. */
const none = Symbol("none");

/** `update` is called for each key; null or undefined removes it. */
export const updatedStates = portable(
  here,
  "updatedStates",
  (update: Update): ChainKernel =>
    (_, [batch, data, before]) => {
      const { time, savedAt = 0 } = givenOf(batch as Iterable<unknown>);
      const { table, values } = begin(data as Iterable<unknown>, before, time);
      const batchTime = new Time(time);
      for (let entry = 1; entry < table.end; entry++) {
        if (!table.isUsed(entry)) continue;
        const state = table.state(entry);
        const isNew = state === none;
        const came = values.of(entry);
        let next: unknown;
        try {
          next = update(came, isNew ? null : state, table.key(entry), batchTime);
        } catch (error) {
          throw atRecord(error, [table.key(entry), came, isNew ? null : state]);
        }
        if (next === null || next === undefined) table.remove(entry, isNew ? undefined : time);
        else if (next !== state || typeof next === "object") table.set(entry, next, time);
      }
      table.forgetRemovals(savedAt);
      return [new Version(table)];
    },
);

/** `update` is called once for a whole partition, with `[key, values, state]` of each key, and yields the states that stay. */
export const updatedPartitions = portable(
  here,
  "updatedPartitions",
  (update: UpdateAll): ChainKernel =>
    (_, [batch, data, before]) => {
      const { time, savedAt = 0 } = givenOf(batch as Iterable<unknown>);
      const { table, values } = begin(data as Iterable<unknown>, before, time);
      const kept = new Uint8Array(table.end);
      // What it yields is taken in when it has seen everything: it may look at a key's state after it has yielded that key.
      for (const [key, state] of [...update(recordsOf(table, values))]) {
        const entry = table.findOrAdd(key, state, time);
        kept[entry] = 1;
        if (state !== table.state(entry) || typeof state === "object") table.set(entry, state, time);
      }
      for (let entry = 1; entry < kept.length; entry++) {
        if (kept[entry] === 0 && table.isUsed(entry))
          table.remove(entry, table.state(entry) === none ? undefined : time);
      }
      table.forgetRemovals(savedAt);
      return [new Version(table)];
    },
);

/** `[key, state]` pairs as the first version of a state. `stays` says which one does where a key has several. */
export const initialStates = portable(
  here,
  "initialStates",
  (stays: "first" | "last"): ChainKernel =>
    (_, [batch, pairs]) => {
      const { time } = givenOf(batch as Iterable<unknown>);
      const { table } = versionOf([]);
      for (const [key, state] of pairs as Iterable<Pair>) {
        if (stays === "last" || table.find(key) === 0)
          table.set(table.findOrAdd(key, undefined, time), copyOf(state), time);
      }
      return [new Version(table)];
    },
);

/** The state as it is: `[key, state]`, copies, as what comes after may change its records. */
export const statesOf = portable(
  here,
  "statesOf",
  () => (_: number, records: Iterable<unknown>) =>
    versionOf(records).read((table, entry) => [copyOf(table.key(entry)), copyOf(table.state(entry))]),
);

/**
 * The table to be changed, and the new values of each entry. New data are read to their end before anything changes; a state may
 * keep and change them, so they are copies of what may be somebody else's.
 */
function begin(data: Iterable<unknown>, before: Iterable<unknown> | undefined, time: number) {
  const pairs = [...(data as Iterable<Pair>)];
  const table = versionOf(before ?? []).take();
  const values = new ValueLists(table.end + pairs.length);
  for (const [key, value] of pairs) values.add(table.findOrAdd(key, none, time), copyOf(value));
  return { table, values };
}

/** The new values of each entry, in order. Dense, since most entries may have none. */
class ValueLists {
  readonly #places: Int32Array;
  readonly #lists: unknown[][] = [];

  constructor(entries: number) {
    this.#places = new Int32Array(entries);
  }

  add(entry: number, value: unknown): void {
    const place = this.#places[entry] as number;
    if (place === 0) this.#places[entry] = this.#lists.push([value]);
    else this.#lists[place - 1]?.push(value);
  }

  of(entry: number): unknown[] {
    return this.#lists[(this.#places[entry] as number) - 1] ?? [];
  }
}

function* recordsOf(table: StateTable, values: ValueLists): Generator<[unknown, unknown[], unknown]> {
  const { end } = table;
  for (let entry = 1; entry < end; entry++) {
    if (!table.isUsed(entry)) continue;
    const state = table.state(entry);
    yield [table.key(entry), values.of(entry), state === none ? null : state];
  }
}
