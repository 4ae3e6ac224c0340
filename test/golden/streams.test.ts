/**
 * What real Spark answers to windows and states, batch by batch, and what we answer: `streams.tsv` was recorded from Spark's Java API
 * by `Streams.java`; the same programs follow here under the same names. Where the two differ on purpose, `differs` says why.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type DStream, type State, StateSpec, StreamingContext, type Time } from "../../src/index.ts";
import { VirtualClock } from "../../src/testing.ts";
import { onEveryEngine } from "../support/engines.ts";

type Batches = [second: number, records: unknown[]][];
type Counts = DStream<[string, number]>;

const golden = new Map(
  readFileSync(new URL("streams.tsv", import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map(line => line.split("\t") as [string, string])
    .map(([name, json]) => [name, JSON.parse(json) as Batches]),
);
golden.delete("Spark");

const batches = ["aba", "b", "", "ca", "", "a", "", "", "bc", "", "", "", "a", ...Array<string>(11).fill("")];
const first: [string, number][] = [
  ["a", 10],
  ["z", 5],
];

const add = (a: number, b: number): number => a + b;
const subtract = (a: number, b: number): number => a - b;

const count = StateSpec.function((word: string, one: number | null, state: State<number>): [string, number] => {
  const total = (state.getOption() ?? 0) + (one ?? 0);
  if (state.isTimingOut()) return [word, -total];
  state.update(total);
  return [word, total];
});
const second = StateSpec.function((time: Time, word: string, _: number | null, state: State<number>) => {
  if (!state.exists()) {
    state.update(1);
    return undefined;
  }
  if (state.get() === 2) {
    state.remove();
    return `${word} gone at ${time.milliseconds / 1000}`;
  }
  state.update(state.get() + 1);
  return `${word} ${state.get()}`;
});
const total = (values: number[], state: number | null): number => values.reduce(add, state ?? 0);
const ageing = (values: number[], state: number | null): number | null => {
  if (values.length > 0) return 0;
  return (state ?? 0) >= 3 ? null : (state ?? 0) + 1;
};

const cases: Record<string, (words: DStream<string>, pairs: Counts) => DStream<unknown>> = {
  "window 3": words => words.window(3),
  "window 4 by 2": words => words.window(4, 2),
  "window 2 by 4": words => words.window(2, 4),
  "window of window": words => words.window(2, 2).window(4, 4),
  reduceByWindow: words => words.map(() => 1).reduceByWindow(add, null, 3, 1),
  "reduceByWindow inverse": words => words.map(() => 1).reduceByWindow(add, subtract, 3, 2),
  countByWindow: words => words.countByWindow(3, 1),
  "countByWindow by 2": words => words.countByWindow(4, 2),
  countByValueAndWindow: words => words.countByValueAndWindow(3, 1),
  groupByKeyAndWindow: (_, pairs) => pairs.groupByKeyAndWindow(3, 2),
  reduceByKeyAndWindow: (_, pairs) => pairs.reduceByKeyAndWindow(add, null, 3, 1),
  "reduceByKeyAndWindow by 2": (_, pairs) => pairs.reduceByKeyAndWindow(add, null, 4, 2),
  "reduceByKeyAndWindow tumbling": (_, pairs) => pairs.reduceByKeyAndWindow(add, null, 3, 3),
  "reduceByKeyAndWindow 2 by 4": (_, pairs) => pairs.reduceByKeyAndWindow(add, null, 2, 4),
  "reduceByKeyAndWindow inverse": (_, pairs) => pairs.reduceByKeyAndWindow(add, subtract, 3, 1),
  "reduceByKeyAndWindow inverse by 2": (_, pairs) => pairs.reduceByKeyAndWindow(add, subtract, 6, 2),
  "reduceByKeyAndWindow inverse 2 by 4": (_, pairs) => pairs.reduceByKeyAndWindow(add, subtract, 2, 4),
  "reduceByKeyAndWindow inverse filter": (_, pairs) =>
    pairs.reduceByKeyAndWindow(add, subtract, 3, 1, 2, ([, n]) => n > 0),
  "reduceByKeyAndWindow of reduceByKeyAndWindow": (_, pairs) =>
    pairs.reduceByKeyAndWindow(add, null, 2, 2).reduceByKeyAndWindow(add, null, 4, 4),
  updateStateByKey: (_, pairs) => pairs.updateStateByKey(total),
  "updateStateByKey idle keys are removed": (_, pairs) => pairs.updateStateByKey(ageing),
  "updateStateByKey initialRDD": (_, pairs) => pairs.updateStateByKey(total, 2, first),
  "window of updateStateByKey": (_, pairs) => pairs.updateStateByKey(total).window(4, 2),
  mapWithState: (_, pairs) => pairs.mapWithState(count),
  "mapWithState snapshots": (_, pairs) => pairs.mapWithState(count).stateSnapshots(),
  "mapWithState initialState": (_, pairs) => pairs.mapWithState(count.initialState(first)).stateSnapshots(),
  "mapWithState timeout": (_, pairs) => pairs.mapWithState(count.timeout(3)),
  "mapWithState timeout snapshots": (_, pairs) => pairs.mapWithState(count.timeout(3)).stateSnapshots(),
  "mapWithState timeout checkpoint 2": (_, pairs) =>
    pairs.mapWithState(count.initialState(first).timeout(3)).checkpoint(2),
  "mapWithState four parameters": (_, pairs) => pairs.mapWithState(second),
};

test("every recorded case is asked of us too, and none besides", () => {
  assert.deepEqual(Object.keys(cases).sort(), [...golden.keys()].sort());
});

/** Where we answer otherwise, and why. */
const differs: Record<string, { readonly why: string; readonly ours: Batches }> = {
  "reduceByKeyAndWindow inverse 2 by 4": {
    why: "Spark also counts the batches between two windows, which are in none, and keeps them for ever",
    ours: golden.get("reduceByKeyAndWindow 2 by 4") ?? [],
  },
};

onEveryEngine("Spark's answers", sc => {
  for (const [name, operation] of Object.entries(cases)) {
    test(name, async () => {
      const directory = mkdtempSync(join(tmpdir(), "dstreams-golden-"));
      const clock = new VirtualClock();
      const ssc = new StreamingContext(sc(), 1, { clock });
      try {
        ssc.checkpoint(directory);
        const words = ssc.queueStream(batches.map(batch => sc().parallelize([...batch], 2)));
        const output: Batches = [];
        operation(
          words,
          words.map(word => [word, 1]),
        ).foreachRDD(async (rdd, time) => {
          output.push([time.milliseconds / 1000, sorted(await rdd.collect())]);
        });
        // The recording had this output too: every batch is taken from the queue, whether a window has it or not.
        words.foreachRDD(() => undefined);
        await ssc.start();
        await clock.advance(batches.length * 1000);
        assert.deepEqual(output, differs[name]?.ours ?? golden.get(name));
      } finally {
        await ssc.stop({ stopSparkContext: false });
        rmSync(directory, { recursive: true });
      }
    });
  }
});

/** As the recording did. */
function sorted(records: unknown[]): unknown[] {
  return records
    .map(record => JSON.stringify(record))
    .sort()
    .map(text => JSON.parse(text) as unknown);
}
