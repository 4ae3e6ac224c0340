import { require } from "../../base/errors.ts";
import { illegal, requireCount, requireFunction, requireSynchronous } from "../../rdd/checks.ts";
import type { RDD } from "../../rdd/rdd.ts";
import { toDuration } from "../duration.ts";
import type { Duration, DurationLike } from "../duration.ts";
import type { Time } from "../time.ts";
import type { State } from "./state.ts";

/** What a StateSpec has been told. @internal */
export interface StateSettings {
  readonly fn: (...args: never[]) => unknown;
  readonly takesTime: boolean;
  readonly initial?: RDD<unknown> | readonly unknown[];
  readonly numPartitions?: number;
  readonly partitionFunc?: (key: never) => number;
  readonly timeout?: Duration;
}

/**
 * What `mapWithState` does with each record, and with which state it begins. Immutable: every method returns a new one.
 *
 * @example
 * ```ts no-run
 * import { StateSpec } from "dstreams";
 * import type { DStream, State } from "dstreams";
 * declare const words: DStream<[string, number]>;
 * const count = (word: string, one: number | null, state: State<number>) => {
 *   const total = (state.getOption() ?? 0) + (one ?? 0);
 *   if (!state.isTimingOut()) state.update(total);
 *   return [word, total] as [string, number];
 * };
 * words.mapWithState(StateSpec.function(count).timeout(60)).pprint();
 * ```
 */
export class StateSpec<K, V, S, M> {
  /** @internal */
  readonly settings: StateSettings;
  /** For the compiler only. */
  declare private readonly types: (key: K, value: V, state: S) => M;

  private constructor(settings: StateSettings) {
    this.settings = settings;
  }

  /**
   * The function, called for every record in a worker: `(key, value, state) => output` puts out one record a call.
   * With the batch time before these, `(time, key, value, state) => output`, it puts out nothing when it returns null or undefined.
   * Which of the two is told by the number of its parameters.
   *
   * It is called once more for a key that has timed out, with null for the value.
   */
  static function<K, V, S, M>(f: (key: K, value: V | null, state: State<S>) => M): StateSpec<K, V, S, M>;
  static function<K, V, S, M>(
    f: (time: Time, key: K, value: V | null, state: State<S>) => M,
  ): StateSpec<K, V, S, NonNullable<M>>;
  static function(f: (...args: never[]) => unknown): StateSpec<unknown, unknown, unknown, unknown> {
    requireSynchronous("StateSpec.function", f);
    return new StateSpec({ fn: f, takesTime: f.length === 4 });
  }

  /** The states to begin with: an RDD, or an array, of `[key, state]`. Their clock starts with the first batch. */
  initialState(states: RDD<[K, S]> | readonly (readonly [K, S])[]): StateSpec<K, V, S, M> {
    return new StateSpec({ ...this.settings, initial: states as RDD<unknown> | readonly unknown[] });
  }

  /** In how many partitions the state is kept; default `sc.defaultParallelism`. */
  numPartitions(numPartitions: number): StateSpec<K, V, S, M> {
    requireCount("numPartitions", "numPartitions", numPartitions);
    return new StateSpec({ ...this.settings, numPartitions });
  }

  /** Which partition a key is in: an integer, taken modulo their number. Default by hash. */
  partitioner(partitionFunc: (key: K) => number): StateSpec<K, V, S, M> {
    requireFunction("partitioner", partitionFunc);
    return new StateSpec({ ...this.settings, partitionFunc });
  }

  /**
   * Removes a key that has had no data for longer than this (a number is in seconds), after a last call. Keys are looked through when
   * the state is checkpointed, every ten batches by default: that much later it may be. `checkpoint()` on the stream changes it.
   */
  timeout(idleDuration: DurationLike): StateSpec<K, V, S, M> {
    const timeout = toDuration(idleDuration, "The timeout");
    require(timeout.milliseconds > 0, `The timeout must be longer than 0 ms, not ${timeout}`);
    return new StateSpec({ ...this.settings, timeout });
  }
}

/** What `mapWithState` is given must be one. */
export function requireSpec(spec: unknown): asserts spec is StateSpec<unknown, unknown, unknown, unknown> {
  if (spec instanceof StateSpec) return;
  throw illegal("mapWithState takes a StateSpec: StateSpec.function((key, value, state) => …).");
}
