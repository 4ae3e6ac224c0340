/** The streams of `mapWithState`: what the function puts out, and all states of each batch. */
import { captureSite } from "../../base/site.ts";
import type { RDD } from "../../rdd/rdd.ts";
import type { DStream } from "../dstream.ts";
import type { StreamNode } from "../stream-node.ts";
import { mappedWithState, outputsOf } from "./kernels/map-with-state.ts";
import { initialStates, statesOf } from "./kernels/update-state.ts";
import { StateCheckpoints } from "./state-checkpoints.ts";
import type { StateSettings } from "./state-spec.ts";
import { givenStates, initialVersion } from "./update-state.ts";
import { seenOf, versionStream } from "./versions.ts";

const seeOutputs = outputsOf();
const seeStates = statesOf();
/** Where a key has several states to begin with, Spark puts them into its map one after the other. */
const initial = initialStates("last");

/** Batches between two checkpoints, unless `checkpoint` says otherwise. */
const checkpointEvery = 10;

/** What `mapWithState` returns: the stream of what the function puts out. */
export type MapWithStateDStream<K, S, M> = DStream<M> & {
  /** All keys with their states, in every batch. */
  stateSnapshots(): DStream<[K, S]>;
};

export function mapWithStateStream<K, S, M>(
  parent: StreamNode<unknown>,
  settings: StateSettings,
): MapWithStateDStream<K, S, M> {
  const { fn, takesTime, timeout, partitionFunc } = settings;
  const site = captureSite("mapWithState");
  const { context } = parent;
  const sc = context.sparkContext;
  const placement = { numPartitions: settings.numPartitions ?? sc.defaultParallelism, partitionFunc };
  const checkpoints = new StateCheckpoints(context.newOperatorId("mapWithState"));
  const initialRDD = givenStates("initialState", parent, settings.initial);
  const versions = versionStream(parent, {
    name: "InternalMapWithStateDStream",
    site,
    parents: [parent],
    functions: [fn],
    mustCheckpoint: true,
    checkpointInterval: parent.slideDuration.times(checkpointEvery),
    checkpoints,
    placement,
    kernel: mappedWithState(fn, takesTime, timeout !== undefined),
    async link(time, before) {
      const last = await before();
      const data: RDD<unknown> = (await parent.getOrCompute(time)) ?? sc.emptyRDD();
      const looks = timeout !== undefined && versions.isCheckpointTime(time);
      return {
        rdds: [data],
        before: last ?? initialVersion(site, initialRDD, time, placement, initial),
        given: {
          time: time.milliseconds,
          savedAt: checkpoints.savedAt,
          idleSince: looks ? time.minus(timeout).milliseconds : undefined,
        },
      };
    },
  });
  return Object.assign(seenOf<M>(versions, site, seeOutputs, { keyed: false, saved: true }), {
    stateSnapshots: () =>
      seenOf<[K, S]>(versions, captureSite("stateSnapshots"), seeStates, { keyed: true, saved: true }),
  });
}
