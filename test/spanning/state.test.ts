/** The rules of states: what functions are given, what is refused, when a state must be checkpointed. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type DStream,
  InputDStream,
  type RDD,
  type State,
  StateSpec,
  type StreamingContext,
  Time,
} from "../../src/index.ts";
import { newContext } from "../streaming/support/context.ts";
import { messageOf } from "./support.ts";

type Context = ReturnType<typeof newContext>;

const add = (a: number, b: number): number => a + b;
const total = (values: number[], state: number | null): number => values.reduce(add, state ?? 0);

/** Runs the batches through an operation and returns what came of each, sorted. */
async function run<T>(
  batches: [string, number][][],
  operation: (pairs: DStream<[string, number]>, context: Context) => DStream<T>,
  count = batches.length,
): Promise<T[][]> {
  await using context = newContext();
  const { ssc, clock } = context;
  ssc.checkpoint(context.checkpoints);
  const output: T[][] = [];
  operation(ssc.queueStream(batches), context).foreachRDD(async rdd => output.push((await rdd.collect()).sort()));
  await ssc.start();
  await clock.advance(count * 1000);
  await Promise.race([ssc.awaitTermination(), new Promise<void>(resolve => setImmediate(resolve))]);
  return output;
}

describe("updateStateByKey", () => {
  test("gives the function values, state, key and batch time", async () => {
    const seen = await run(
      [
        [
          ["a", 1],
          ["a", 2],
        ],
        [],
      ],
      pairs =>
        pairs.updateStateByKey(
          (values, state: string | null, key, time) =>
            `${state ?? "new"} ${key} ${values.join("+")} @${time.milliseconds}`,
        ),
    );
    assert.deepEqual(seen, [[["a", "new a 1+2 @1000"]], [["a", "new a 1+2 @1000 a  @2000"]]]);
  });

  test("removes keys for null and for undefined; 0, false and the empty string are states", async () => {
    const states: Record<string, (n: number) => unknown> = {
      null: () => null,
      undefined: () => undefined,
      zero: () => 0,
      false: () => false,
      empty: () => "",
    };
    const seen = await run([Object.keys(states).map(key => [key, 1] as [string, number]), []], pairs =>
      pairs.updateStateByKey((values, state: unknown, key) => (values.length === 0 ? state : states[key]?.(1))),
    );
    const kept = [
      ["empty", ""],
      ["false", false],
      ["zero", 0],
    ];
    assert.deepEqual(seen, [kept, kept]);
  });

  test("begins with the first of the states that a key is given; mapWithState with the last", async () => {
    const twice: [string, number][] = [
      ["a", 10],
      ["a", 20],
      ["b", 30],
      ["b", 40],
      ["a", 50],
    ];
    const last = StateSpec.function((_: string, n: number | null, state: State<number>) => state.update(n ?? 0));
    const begun = (pairs: DStream<[string, number]>, { sc }: Context) =>
      pairs.updateStateByKey(total, 2, sc.parallelize(twice, 2));
    const mapped = (pairs: DStream<[string, number]>) => pairs.mapWithState(last.initialState(twice)).stateSnapshots();
    assert.deepEqual(await run([[["a", 1]]], begun), [
      [
        ["a", 11],
        ["b", 30],
      ],
    ]);
    assert.deepEqual(await run([[]], mapped), [
      [
        ["a", 50],
        ["b", 40],
      ],
    ]);
  });

  test("begins with given states, an array or an RDD, and visits them in the first batch", async () => {
    const initial: [string, number][] = [
      ["a", 10],
      ["z", 5],
    ];
    const expected = [
      [
        ["a", 11],
        ["z", 5],
      ],
    ];
    assert.deepEqual(await run([[["a", 1]]], pairs => pairs.updateStateByKey(total, 2, initial)), expected);
    assert.deepEqual(
      await run([[["a", 1]]], (pairs, { sc }) => pairs.updateStateByKey(total, null, sc.parallelize(initial, 3))),
      expected,
    );
  });

  test("places keys by hash or by a function, and the states are known to be placed", async () => {
    const partitions: number[] = [];
    const [seen] = await run(
      [
        [
          ["a", 1],
          ["bb", 2],
          ["ccc", 3],
        ],
      ],
      pairs => {
        const states = pairs.updateStateByKey(total, 3, null, { partitionFunc: key => key.length });
        states.foreachRDD(async rdd => {
          partitions.push(await rdd.getNumPartitions());
          assert.deepEqual((await rdd.partitioner())?.kind, "custom");
        });
        return states.glom();
      },
    );
    assert.deepEqual(seen, [[["a", 1]], [["bb", 2]], [["ccc", 3]]]);
    assert.deepEqual(partitions, [3]);
  });

  test("with perPartition takes what the function yields, and drops the rest", async () => {
    const seen = await run(
      [
        [
          ["a", 1],
          ["b", 2],
        ],
        [["b", 3]],
      ],
      pairs =>
        pairs.updateStateByKey(
          function* (records: Iterable<[string, number[], number | null]>) {
            for (const [key, values, state] of records) if (key !== "a") yield [key, total(values, state)] as const;
          },
          1,
          null,
          { perPartition: true },
        ),
    );
    assert.deepEqual(seen, [[["b", 2]], [["b", 5]]]);
  });

  test("a state that is changed in place is changed once", async () => {
    const seen = await run([[["a", 1]], [["a", 2]], []], pairs => {
      const lists = pairs.updateStateByKey((values, state: number[] | null) => {
        const list = state ?? [];
        list.push(...values);
        return list;
      });
      // A second output reads the same batch once more.
      lists.foreachRDD(rdd => rdd.collect());
      return lists.mapValues(list => list.join());
    });
    assert.deepEqual(seen, [[["a", "1"]], [["a", "1,2"]], [["a", "1,2"]]]);
  });
});

test("states to begin with, and values that are kept elsewhere, are not changed by a state that is", async () => {
  await using context = newContext();
  const { ssc, sc, clock } = context;
  ssc.checkpoint(context.checkpoints);
  const initial = sc
    .parallelize<[string, number[]]>([["a", [0]]], 1)
    .partitionBy(1)
    .cache();
  const grouped = ssc
    .queueStream<[string, number]>([[["a", 1]], [["a", 2]]])
    .groupByKey(1)
    .cache();
  const grow = (values: number[][], state: number[] | null): number[] => {
    const list = state ?? values[0] ?? [];
    list.push(...values.flat());
    return list;
  };
  const seen: unknown[][] = [[], []];
  for (const each of seen) {
    grouped.updateStateByKey(grow, 1, initial).foreachRDD(async rdd => each.push(await rdd.values().collect()));
  }
  await ssc.start();
  await clock.advance(2000);
  for (const each of seen) assert.deepEqual(each, [[[0, 1]], [[0, 1, 2]]]);
  assert.deepEqual(await initial.collect(), [["a", [0]]]);
});

test("a checkpoint directory that cannot be made is refused when the context starts", async () => {
  await using context = newContext();
  const { ssc } = context;
  ssc.checkpoint(import.meta.filename);
  ssc
    .queueStream<[string, number]>([])
    .updateStateByKey(total)
    .foreachRDD(() => undefined);
  assert.match(await messageOf(() => ssc.start()), /^DSTREAMS_STORAGE: .*state\.test\.ts/);
  assert.equal(ssc.getState(), "STOPPED");
});

describe("mapWithState", () => {
  const count = (_: string, value: number | null, state: State<number>): number => {
    state.update((state.getOption() ?? 0) + (value ?? 0));
    return state.get();
  };

  test("outputs that are the state itself are copied when the batch has ended", async () => {
    const grow = (_: string, value: number | null, state: State<(number | null)[]>) => {
      const list = state.getOption() ?? [];
      list.push(value);
      state.update(list);
      return list;
    };
    const batches: [string, number][][] = [
      [
        ["a", 1],
        ["a", 2],
      ],
      [["a", 3]],
    ];
    assert.deepEqual(await run(batches, pairs => pairs.mapWithState(StateSpec.function(grow))), [
      [
        [1, 2],
        [1, 2],
      ],
      [[1, 2, 3]],
    ]);
  });

  test("is called for each record, in order, and puts out what it returns, undefined and null too", async () => {
    const spec = StateSpec.function((key: string, value: number | null, state: State<number>) => {
      const seen = `${key}${value} after ${state}`;
      state.update(value ?? 0);
      return value === 2 ? undefined : seen;
    });
    const [first] = await run(
      [
        [
          ["a", 1],
          ["a", 2],
          ["a", 3],
        ],
      ],
      pairs => pairs.mapWithState(spec.numPartitions(1)),
    );
    assert.deepEqual(first, ["a1 after <state not set>", "a3 after 2", undefined]);
  });

  test("with four parameters is given the time, and puts nothing out for null and undefined", async () => {
    const spec = StateSpec.function((time: Time, _: string, value: number | null, state: State<number>) => {
      assert.ok(time instanceof Time);
      state.update(value ?? 0);
      return [null, undefined, "out", 0][value ?? 0];
    });
    const seen = await run(
      [
        [
          ["a", 0],
          ["a", 1],
          ["a", 2],
          ["a", 3],
        ],
      ],
      pairs => pairs.mapWithState(spec),
    );
    assert.deepEqual(seen, [[0, "out"]]);
  });

  test("its state can be read, updated and removed; misuse has Spark's words", async () => {
    const mistakes: Record<string, (state: State<number>) => void> = {
      get: state => state.get(),
      "update removed": state => {
        state.update(1);
        state.remove();
        state.update(2);
      },
      "remove twice": state => {
        state.update(1);
        state.remove();
        state.remove();
      },
    };
    const messages = {
      get: "DSTREAMS_ILLEGAL_STATE: State is not set",
      "update removed":
        "DSTREAMS_ILLEGAL_ARGUMENT: requirement failed: Cannot update the state after it has been removed",
      "remove twice":
        "DSTREAMS_ILLEGAL_ARGUMENT: requirement failed: Cannot remove the state that has already been removed",
    };
    const spec = StateSpec.function((key: string, _: number | null, state: State<number>) => {
      try {
        mistakes[key]?.(state);
      } catch (error) {
        const { code, message } = error as { code: string; message: string };
        return `${code}: ${message}`;
      }
      return "fine";
    });
    for (const [name, message] of Object.entries(messages)) {
      assert.deepEqual(await run([[[name, 1]]], pairs => pairs.mapWithState(spec)), [[message]]);
    }
  });

  test("a key that times out is told once, and can be neither updated nor removed then", async () => {
    const spec = StateSpec.function((key: string, value: number | null, state: State<number>) => {
      if (!state.isTimingOut()) {
        state.update(value ?? 0);
        return key;
      }
      const refused = [() => state.update(1), () => state.remove()].map(call => {
        try {
          call();
          return "";
        } catch (error) {
          return (error as Error).message;
        }
      });
      return [key, value, state.get(), ...refused].join("; ");
    });
    const seen = await run([[["a", 7]]], pairs => pairs.mapWithState(spec.timeout(2)), 12);
    assert.deepEqual(seen.flat(), [
      "a",
      "a; ; 7; requirement failed: Cannot update the state that is timing out; requirement failed: Cannot remove the state that is timing out",
    ]);
  });

  test("snapshots are all states, known to be placed", async () => {
    const seen = await run(
      [
        [
          ["a", 1],
          ["b", 2],
        ],
        [["a", 5]],
        [],
      ],
      pairs => {
        const snapshots = pairs.mapWithState(StateSpec.function(count).numPartitions(3)).stateSnapshots();
        snapshots.foreachRDD(async rdd => assert.deepEqual(await rdd.partitioner(), { kind: "hash", n: 3 }));
        return snapshots;
      },
    );
    assert.deepEqual(seen, [
      [
        ["a", 1],
        ["b", 2],
      ],
      [
        ["a", 6],
        ["b", 2],
      ],
      [
        ["a", 6],
        ["b", 2],
      ],
    ]);
  });

  test("wrong arguments are refused in a sentence", async () => {
    await using context = newContext();
    const pairs = context.ssc.queueStream<[string, number]>([]);
    const spec = StateSpec.function(count);
    assert.match(
      await messageOf(() => pairs.mapWithState(count as never)),
      /mapWithState takes a StateSpec: StateSpec\.function\(/,
    );
    assert.match(
      await messageOf(() => StateSpec.function(5 as never)),
      /StateSpec\.function takes a function, but was given 5/,
    );
    assert.match(await messageOf(() => spec.timeout(0)), /The timeout must be longer than 0 ms/);
    assert.match(await messageOf(() => spec.numPartitions(0)), /numPartitions must be a positive whole number/);
    assert.match(await messageOf(() => pairs.mapWithState(spec.initialState(5 as never))), /initialState takes an RDD/);
    assert.match(await messageOf(() => pairs.updateStateByKey(5 as never)), /updateStateByKey takes a function/);
    for (const call of [
      () => pairs.updateStateByKey((async () => 1) as never),
      () => StateSpec.function(async () => 1),
    ]) {
      assert.match(
        await messageOf(call),
        /takes a function that returns its result; an async one returns a promise of it/,
      );
    }
    assert.match(await messageOf(() => pairs.updateStateByKey(total, -1)), /numPartitions must be a positive/);
    assert.match(await messageOf(() => pairs.updateStateByKey(total, 1, 5 as never)), /updateStateByKey takes an RDD/);
  });
});

/** A source that has an RDD in every second batch only. */
class EverySecond extends InputDStream<[string, number]> {
  constructor(ssc: StreamingContext) {
    super(ssc, "everySecond", "EverySecondDStream");
  }

  async compute(time: Time): Promise<RDD<[string, number]> | undefined> {
    if (time.milliseconds % 2000 !== 0) return undefined;
    return this.context.sparkContext.parallelize([["a", 1]]);
  }
}

test("a batch for which the parent has no RDD is one without data; before the first there is no state", async () => {
  await using context = newContext();
  const { ssc, clock } = context;
  ssc.checkpoint(context.checkpoints);
  const updated: unknown[] = [];
  const mapped: unknown[] = [];
  const source = new EverySecond(ssc);
  source
    .updateStateByKey((values, state: string | null) => `${state ?? ""}${values.length}`)
    .foreachRDD(async (rdd, time) => updated.push([time.milliseconds, await rdd.collect()]));
  source
    .mapWithState(StateSpec.function((key: string) => key))
    .foreachRDD(async (rdd, time) => mapped.push([time.milliseconds, await rdd.collect()]));
  await ssc.start();
  await clock.advance(4000);
  assert.deepEqual(updated, [
    [2000, [["a", "1"]]],
    [3000, [["a", "10"]]],
    [4000, [["a", "101"]]],
  ]);
  assert.deepEqual(mapped, [
    [1000, []],
    [2000, ["a"]],
    [3000, []],
    [4000, ["a"]],
  ]);
});

describe("checkpoints are required", () => {
  const noDirectory =
    "DSTREAMS_ILLEGAL_ARGUMENT: requirement failed: The checkpoint directory has not been set. Please set it by " +
    "StreamingContext.checkpoint().";
  const streams: Record<string, (pairs: DStream<[string, number]>) => DStream<unknown>> = {
    StateDStream: pairs => pairs.updateStateByKey(total),
    InternalMapWithStateDStream: pairs => pairs.mapWithState(StateSpec.function((key: string) => key)),
  };
  const start = async (directory: string | null, interval: number | undefined, name: string): Promise<string> => {
    await using context = newContext();
    context.ssc.checkpoint(directory === null ? null : context.checkpoints);
    const stream = streams[name]?.(context.ssc.queueStream<[string, number]>([]));
    if (interval !== undefined) stream?.checkpoint(interval);
    stream?.foreachRDD(() => undefined);
    return messageOf(() => context.ssc.start());
  };
  for (const name of Object.keys(streams)) {
    test(name, async () => {
      const set = `DSTREAMS_ILLEGAL_ARGUMENT: requirement failed: The checkpoint interval for ${name} has been set to`;
      assert.equal(await start(null, undefined, name), noDirectory);
      assert.equal(
        await start("set", 0.5, name),
        `${set} 500 ms which is lower than its slide time (1000 ms). Please set it to at least 1000 ms.`,
      );
      assert.equal(
        await start("set", 2.5, name),
        `${set} 2500 ms which not a multiple of its slide time (1000 ms). Please set it to a multiple of 1000 ms.`,
      );
    });
  }

  test("the default intervals are 10 s and ten batches; twice that is remembered", async () => {
    await using context = newContext({ batchMs: 4000 });
    const { ssc } = context;
    ssc.checkpoint(context.checkpoints);
    const pairs = ssc.queueStream<[string, number]>([]);
    const [updated, mapped] = Object.values(streams).map(make => make(pairs)) as [DStream<unknown>, DStream<unknown>];
    for (const stream of [updated, mapped]) stream.foreachRDD(() => undefined);
    await ssc.start();
    const beneath = [updated, mapped].map(stream => stream.parents[0]);
    assert.deepEqual(
      beneath.map(stream => stream?.checkpointDuration?.milliseconds),
      [12_000, 40_000],
    );
    assert.deepEqual(
      beneath.map(stream => stream?.rememberDuration?.milliseconds),
      [24_000, 80_000],
    );
    assert.equal(pairs.rememberDuration?.milliseconds, 80_000);
  });
});
