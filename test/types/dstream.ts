/** What must compile on streams, with which types, and what must not. Checked by `npm run types`; nothing here is run. */
import type { DStream, RDD, Time } from "../../src/index.ts";
import { SparkConf, SparkContext, type State, StateSpec, StreamingContext } from "../../src/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Of<S> = S extends DStream<infer T> ? T : never;
declare function has<Expected>(): <S>(stream: S, same: Same<Of<S>, Expected>) => void;

// The program of the readme, as it stands.
async function wordCount(): Promise<void> {
  const sc = new SparkContext(new SparkConf().setAppName("Reading files from a directory"));
  const ssc = new StreamingContext(sc, 2);

  const lines = ssc.textFileStream("./books");
  const words = lines.flatMap(line => line.split(" "));
  const pairs = words.map(word => [word, 1]);
  const counts = pairs.reduceByKey((a, b) => a + b);
  counts.pprint();

  await ssc.start();
  await ssc.awaitTermination();

  has<string>()(words, true);
  has<[string, number]>()(pairs, true);
  has<[string, number]>()(counts, true);
}
void wordCount;

declare const ssc: StreamingContext;
declare const lines: DStream<string>;
declare const pairs: DStream<[string, number]>;
declare const flags: DStream<[string, boolean]>;

// Inference through every operation.
has<number>()(lines.count(), true);
has<[string, number]>()(lines.countByValue(), true);
has<string[]>()(lines.glom(), true);
has<string>()(
  lines.reduce((a, b) => a + b),
  true,
);
has<[string, number[]]>()(pairs.groupByKey(), true);
has<[string, string]>()(pairs.mapValues(String), true);
has<[string, [number, number]]>()(
  pairs.combineByKey(
    (n): [number, number] => [n, 1],
    ([sum, n], value) => [sum + value, n + 1],
    ([a, m], [b, n]) => [a + b, m + n],
  ),
  true,
);
has<[string, number[]]>()(
  pairs.combineByKey(
    n => [n],
    (list, n) => [...list, n],
    (a, b) => [...a, ...b],
  ),
  true,
);
has<[string, [number[], boolean[]]]>()(pairs.cogroup(flags), true);
has<[string, [number, boolean]]>()(pairs.join(flags), true);
has<[string, [number, boolean | null]]>()(pairs.leftOuterJoin(flags), true);
has<[string, [number | null, boolean]]>()(pairs.rightOuterJoin(flags), true);
has<[string, [number | null, boolean | null]]>()(pairs.fullOuterJoin(flags), true);
has<string | [string, number]>()(lines.union(pairs), true);
has<number>()(
  lines.transform((rdd, time) => rdd.map(line => line.length + time.milliseconds)),
  true,
);
has<boolean>()(
  lines.transformWith((a, b, time: Time) => a.map(line => line.length > time.milliseconds).union(b.values()), flags),
  true,
);
has<string>()(
  ssc.transform([lines, pairs], ([a, b]) => a.union(b.keys())),
  true,
);
has<"a">()(
  lines.filter((line): line is "a" => line === "a"),
  true,
);

// Sources.
has<[string, number]>()(ssc.queueStream([[["a", 1]]]), true);
has<string>()(ssc.fileStream("x"), true);
has<[string, string]>()(ssc.fileStream("x", { format: "wholeText" }), true);
has<[string, Uint8Array]>()(ssc.fileStream("x", { format: "binary", newFilesOnly: false }), true);
has<number>()(
  ssc.receiverStream(async function* () {
    yield 1;
  }),
  true,
);

// Output operations take the RDD and the time, and may be async.
pairs.foreachRDD(async (rdd: RDD<[string, number]>, time: Time) => {
  await rdd.collectAsMap();
  time.toDate();
});
ssc.addStreamingListener({ onBatchCompleted: async ({ batchInfo }) => void batchInfo.totalDelay });

// The sum of what is 0 or 1 is a number.
const bits = lines.map(line => (line === "" ? 0 : 1));
has<number>()(
  bits.reduce((a, b) => a + b),
  true,
);
has<[string, number]>()(
  bits.map(bit => [String(bit), bit]).reduceByKey((a, b) => a + b),
  true,
);

// What must not compile.
// @ts-expect-error no pairs
lines.reduceByKey(a => a);
// @ts-expect-error no pairs
lines.join(pairs);
// @ts-expect-error keys of another type
pairs.join(ssc.queueStream([[[1, "x"]]]));
// @ts-expect-error no RDD
lines.transform(rdd => rdd.count());
// @ts-expect-error nothing iterable
lines.flatMap(line => line.length);

// Windows and states.
has<string>()(lines.window(30, 10), true);
has<number>()(lines.countByWindow(30), true);
has<[string, number]>()(lines.countByValueAndWindow(30), true);
has<[string, number[]]>()(pairs.groupByKeyAndWindow(30), true);
has<[string, number]>()(
  pairs.reduceByKeyAndWindow((a, b) => a + b, null, 30),
  true,
);
has<[string, number]>()(
  lines
    .map(word => [word, 1])
    .reduceByKeyAndWindow(
      (a, b) => a + b,
      (a, b) => a - b,
      30,
      10,
      2,
      ([word, n]) => word !== "" && n > 0,
    ),
  true,
);
has<number>()(
  lines.map(() => 1).reduceByWindow((a, b) => a + b, null, 30),
  true,
);
has<[string, number]>()(
  pairs.updateStateByKey((values, state: number | null) => values.length + (state ?? 0)),
  true,
);
has<[string, { seen: number }]>()(
  pairs.updateStateByKey((values, state: { seen: number } | null, key, time) =>
    key === "" ? null : { seen: (state?.seen ?? time.milliseconds) + values.length },
  ),
  true,
);
const running = StateSpec.function((key: string, value: number | null, state: State<string>) => {
  state.update(`${state.getOption() ?? ""}${value ?? ""}`);
  return [key, state.get().length] as [string, number];
});
has<[string, number]>()(pairs.mapWithState(running.timeout(60).numPartitions(2)), true);
has<[string, string]>()(pairs.mapWithState(running).stateSnapshots(), true);
// With four parameters what is null or undefined is not put out.
has<number>()(
  pairs.mapWithState(
    StateSpec.function((time: Time, _: string, value: number | null, state: State<number>) =>
      state.exists() ? time.milliseconds + (value ?? 0) : undefined,
    ),
  ),
  true,
);
// @ts-expect-error -- the stream is not of pairs
lines.updateStateByKey(() => 1);
// @ts-expect-error -- the stream is not of pairs
lines.groupByKeyAndWindow(30);
// @ts-expect-error -- the keys of the states are not those of the stream
pairs.mapWithState(running.initialState([[1, "a"]]));
// @ts-expect-error -- the function is for other values
flags.mapWithState(running);
