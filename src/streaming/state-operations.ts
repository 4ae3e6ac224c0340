/** Operations that keep a state for each key from batch to batch. They need a checkpoint directory: `ssc.checkpoint(dir)`. */
import type { Fn } from "../plan/plan.ts";
import { requireCount, requireFunction, requireSynchronous } from "../rdd/checks.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { KeyOf, OnlyPairs, ValueOf, Widened } from "../rdd/types.ts";
import type { DStream } from "./dstream.ts";
import { PairOperations } from "./pair-operations.ts";
import { mapWithStateStream } from "./state/map-with-state.ts";
import type { MapWithStateDStream } from "./state/map-with-state.ts";
import { requireSpec } from "./state/state-spec.ts";
import type { StateSpec } from "./state/state-spec.ts";
import { givenStates, updatedStateStream } from "./state/update-state.ts";
import type { StreamNode } from "./stream-node.ts";
import type { Time } from "./time.ts";

/** What `updateStateByKey` may be told besides its function, its partitions and its first states. */
export interface UpdateStateOptions<K> {
  /** Which partition a key is in: an integer, taken modulo their number. Default by hash. */
  readonly partitionFunc?: (key: K) => number;
}

/** The states that `updateStateByKey` begins with. */
export type InitialStates<K, S> = RDD<[K, S]> | readonly (readonly [K, S])[];

export abstract class StateOperations<T> extends PairOperations<T> {
  /**
   * A state for each key, updated in every batch: `updateFunc(values, state)` is called for every key that has a state or new
   * values, also where there are none (`values` is empty then), and returns the new state; null or undefined removes the key.
   * `state` is null at first. The key and the batch time follow as third and fourth argument. The result is all states, in
   * every batch.
   *
   * Every key is visited in every batch: where few of many keys have data, `mapWithState` is far cheaper.
   *
   * @param numPartitions of the state; default `sc.defaultParallelism`
   * @param initialRDD states to begin with, as an RDD or an array of `[key, state]`; of several of one key the first
   * @example
   * ```ts no-run
   * import type { DStream } from "dstreams";
   * declare const words: DStream<[string, number]>;
   * const totals = words.updateStateByKey((counts, total: number | null) => counts.reduce((a, b) => a + b, total ?? 0));
   * ```
   */
  updateStateByKey<S>(
    this: OnlyPairs<T, this>,
    updateFunc: (values: ValueOf<T>[], state: S | null, key: KeyOf<T>, time: Time) => S | null | undefined,
    numPartitions?: number | null,
    initialRDD?: InitialStates<KeyOf<T>, NoInfer<S>> | null,
    options?: UpdateStateOptions<KeyOf<T>> & { readonly perPartition?: false },
  ): DStream<[KeyOf<T>, Widened<S>]>;
  /**
   * The same for a whole partition at once, with `perPartition: true`: `updateFunc` is given `[key, values, state]` of each
   * key and yields `[key, state]` of those that stay.
   */
  updateStateByKey<S>(
    this: OnlyPairs<T, this>,
    updateFunc: (
      records: Iterable<[key: KeyOf<T>, values: ValueOf<T>[], state: S | null]>,
    ) => Iterable<readonly [KeyOf<T>, S]>,
    numPartitions: number | null | undefined,
    initialRDD: InitialStates<KeyOf<T>, NoInfer<S>> | null | undefined,
    options: UpdateStateOptions<KeyOf<T>> & { readonly perPartition: true },
  ): DStream<[KeyOf<T>, S]>;
  updateStateByKey(
    this: OnlyPairs<T, this>,
    updateFunc: Fn,
    numPartitions?: number | null,
    initialRDD?: InitialStates<never, never> | null,
    options: UpdateStateOptions<never> & { readonly perPartition?: boolean } = {},
  ): DStream<never> {
    const self = this as unknown as StreamNode<unknown>;
    const { sparkContext } = self.context;
    requireSynchronous("updateStateByKey", updateFunc);
    if (typeof numPartitions === "number") requireCount("updateStateByKey", "numPartitions", numPartitions);
    const { partitionFunc, perPartition = false } = options;
    if (partitionFunc !== undefined) requireFunction("updateStateByKey: partitionFunc", partitionFunc);
    return updatedStateStream<never>(self, updateFunc, {
      placement: { numPartitions: numPartitions ?? sparkContext.defaultParallelism, partitionFunc },
      initialRDD: givenStates("updateStateByKey", self, initialRDD),
      perPartition,
    });
  }

  /**
   * A state for each key, read and updated by a function that is called for every record: see `StateSpec`. The result is
   * what the function returns; `stateSnapshots()` of it is all states. A batch costs what its records do, however many keys
   * are held.
   */
  mapWithState<S, M>(
    this: OnlyPairs<T, this>,
    spec: StateSpec<KeyOf<T>, ValueOf<T>, S, M>,
  ): MapWithStateDStream<KeyOf<T>, S, M> {
    requireSpec(spec);
    return mapWithStateStream(this as unknown as StreamNode<unknown>, spec.settings);
  }
}
