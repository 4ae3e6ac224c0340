/** Operations that span batches: each as a program, and what it has to come to. `w` and `s` are window and slide, in batches. */
import { type DStream, type State, StateSpec } from "../../src/index.ts";
import { type Model, type Output, type Pair, grouped, sum } from "./model.ts";

export interface Operation {
  readonly program: (pairs: DStream<Pair>, w: number, s: number) => DStream<unknown>;
  readonly expected: (model: Model, w: number, s: number) => Output;
}

const add = (a: number, b: number): number => a + b;
const subtract = (a: number, b: number): number => a - b;

/** Associative and not commutative, and it changes its first argument: the order shows, and so does every value that is used twice. */
const join = (a: number[], b: number[]): number[] => {
  a.push(...b);
  return a;
};
const listed = (pairs: DStream<Pair>): DStream<[string | number, number[]]> => pairs.mapValues(value => [value]);

const totals = (values: number[], state: number | null): number => values.reduce(add, state ?? 0);

/** Counts batches without data, and leaves after two. Changes its state in place, which is an object. */
interface Ageing {
  sum: number;
  idle: number;
}
const ageing = (values: number[], state: Ageing | null): Ageing | null => {
  const next = state ?? { sum: 0, idle: 0 };
  next.sum += values.reduce(add, 0);
  next.idle = values.length > 0 ? 0 : next.idle + 1;
  return next.idle > 2 ? null : next;
};

/** Puts out running totals; removes a key at a multiple of 7. */
const running = (key: string | number, value: number | null, state: State<number>): [string | number, number] => {
  const total = (state.getOption() ?? 0) + (value ?? 0);
  if (state.isTimingOut()) return [key, -total];
  if (total % 7 === 0) {
    if (state.exists()) state.remove();
  } else state.update(total);
  return [key, total];
};

interface Kept {
  readonly totals: Map<string | number, { total: number; stamp: number }>;
}

/** `running`, by hand; `timeout` in batches. */
function runningModel(model: Model, timeout: number | undefined, see: "outputs" | "states"): Output {
  return model.states<Kept>({ totals: new Map() }, ({ totals: held }, pairs, time) => {
    const outputs: unknown[] = [];
    for (const [key, value] of pairs) {
      const total = (held.get(key)?.total ?? 0) + value;
      if (total % 7 === 0) held.delete(key);
      else held.set(key, { total, stamp: time });
      outputs.push([key, total]);
    }
    if (timeout !== undefined && time % 10 === 0) {
      for (const [key, { total, stamp }] of [...held]) {
        if (stamp >= time - timeout) continue;
        held.delete(key);
        outputs.push([key, -total]);
      }
    }
    return see === "outputs" ? outputs : [...held].map(([key, { total }]) => [key, total]);
  });
}

function ageingModel(model: Model): Output {
  return model.states(new Map<string | number, Ageing>(), (held, pairs) => {
    const came = grouped(pairs);
    for (const key of new Set([...held.keys(), ...came.keys()])) {
      const next = ageing(came.get(key) ?? [], held.get(key) ?? null);
      if (next === null) held.delete(key);
      else held.set(key, next);
    }
    return [...held].map(([key, state]) => [key, { ...state }]);
  });
}

const totalsModel = (model: Model): Output =>
  model.states([] as Pair[], (all, pairs) => {
    all.push(...pairs);
    return [...grouped(all)].map(([key, values]) => [key, sum(values)]);
  });

/** Sums of the window, and 0 for keys that were in an earlier one. */
const carried = (model: Model, w: number, s: number): Output =>
  model.windows(w, s, (pairs, end) => {
    const now = grouped(pairs);
    return [...grouped(model.between(1, end)).keys()].map(key => [key, sum(now.get(key) ?? [])]);
  });

/** The windows of an output: what was put out at the ends that are in it. */
const windowsOf = (output: Output, batches: number, w: number, s: number): Output =>
  Array.from({ length: Math.floor(batches / s) }, (_, i) => (i + 1) * s).map(end => [
    end,
    output.flatMap(([time, records]) => (time > end - w && time <= end ? records : [])),
  ]);

export const operations: Record<string, Operation> = {
  window: {
    program: (pairs, w, s) => pairs.window(w, s),
    expected: (model, w, s) => model.windows(w, s, pairs => pairs),
  },
  reduceByKeyAndWindow: {
    program: (pairs, w, s) => listed(pairs).reduceByKeyAndWindow(join, null, w, s, 3),
    expected: (model, w, s) => model.windows(w, s, pairs => [...grouped(pairs)]),
  },
  "reduceByKeyAndWindow with inverse": {
    program: (pairs, w, s) => pairs.reduceByKeyAndWindow(add, subtract, Math.max(w, s), s),
    expected: (model, w, s) => carried(model, Math.max(w, s), s),
  },
  "reduceByKeyAndWindow with inverse and filter": {
    program: (pairs, w, s) => pairs.reduceByKeyAndWindow(add, subtract, w, s, 2, ([, n]) => n !== 0),
    expected: (model, w, s) =>
      model.windows(w, s, pairs => [...grouped(pairs)].map(([key, values]) => [key, sum(values)])),
  },
  groupByKeyAndWindow: {
    program: (pairs, w, s) => pairs.groupByKeyAndWindow(w, s),
    expected: (model, w, s) => model.windows(w, s, pairs => [...grouped(pairs)]),
  },
  reduceByWindow: {
    program: (pairs, w, s) => pairs.map(([, n]) => n).reduceByWindow(Math.max, null, w, s),
    expected: (model, w, s) =>
      model.windows(w, s, pairs => (pairs.length === 0 ? [] : [Math.max(...pairs.map(([, n]) => n))])),
  },
  countByWindow: {
    program: (pairs, w, s) => pairs.countByWindow(Math.max(w, s), s),
    expected: (model, w, s) =>
      model.windows(Math.max(w, s), s, (pairs, end) => (model.between(1, end).length === 0 ? [] : [pairs.length])),
  },
  countByValueAndWindow: {
    program: (pairs, w, s) => pairs.map(([key]) => key).countByValueAndWindow(Math.max(w, s), s),
    expected: (model, w, s) =>
      model.windows(Math.max(w, s), s, pairs => [...grouped(pairs)].map(([key, values]) => [key, values.length])),
  },
  updateStateByKey: {
    program: pairs => pairs.updateStateByKey(totals),
    expected: totalsModel,
  },
  "updateStateByKey, keys leave": {
    program: pairs => pairs.updateStateByKey(ageing, 3).mapValues(state => ({ ...state })),
    expected: ageingModel,
  },
  "updateStateByKey, a partition at once": {
    program: pairs =>
      pairs.updateStateByKey(
        function* (records: Iterable<[string | number, number[], number | null]>) {
          for (const [key, values, state] of records) yield [key, totals(values, state)] as const;
        },
        2,
        null,
        { perPartition: true },
      ),
    expected: totalsModel,
  },
  mapWithState: {
    program: pairs => pairs.mapWithState(StateSpec.function(running)),
    expected: model => runningModel(model, undefined, "outputs"),
  },
  "mapWithState, states": {
    program: pairs => pairs.mapWithState(StateSpec.function(running).numPartitions(3)).stateSnapshots(),
    expected: model => runningModel(model, undefined, "states"),
  },
  "mapWithState with timeout": {
    program: (pairs, w) => pairs.mapWithState(StateSpec.function(running).timeout(w)),
    expected: (model, w) => runningModel(model, w, "outputs"),
  },
  "mapWithState with timeout, states": {
    program: (pairs, w) => pairs.mapWithState(StateSpec.function(running).timeout(w)).stateSnapshots(),
    expected: (model, w) => runningModel(model, w, "states"),
  },
  "window of updateStateByKey": {
    program: (pairs, w, s) => pairs.updateStateByKey(totals).window(w, s),
    expected: (model, w, s) => windowsOf(totalsModel(model), model.length, w, s),
  },
  "window of reduceByKeyAndWindow": {
    program: (pairs, w, s) => pairs.reduceByKeyAndWindow(add, null, 3).window(w, s),
    expected: (model, w, s) =>
      windowsOf(
        model.windows(3, 1, pairs => [...grouped(pairs)].map(([key, values]) => [key, sum(values)])),
        model.length,
        w,
        s,
      ),
  },
  "a window joined with a state": {
    program: pairs => pairs.reduceByKeyAndWindow(add, null, 2).join(pairs.updateStateByKey(totals)),
    expected: model =>
      model.windows(2, 1, (pairs, end) => {
        const all = grouped(model.between(1, end));
        return [...grouped(pairs)].map(([key, values]) => [key, [sum(values), sum(all.get(key) ?? [])]]);
      }),
  },
};
