/** The stream of `updateStateByKey`. */
import { captureSite } from "../../base/site.ts";
import type { CallSite } from "../../base/site.ts";
import type { Fn } from "../../plan/plan.ts";
import { chained } from "../../rdd/chaining.ts";
import type { ChainKernel } from "../../rdd/chaining.ts";
import type { Placement } from "../../rdd/partitioning.ts";
import { requireRDD } from "../../rdd/lineage.ts";
import type { RDD } from "../../rdd/rdd.ts";
import type { DStream } from "../dstream.ts";
import type { StreamNode } from "../stream-node.ts";
import type { Time } from "../time.ts";
import { initialStates, statesOf, updatedPartitions, updatedStates } from "./kernels/update-state.ts";
import { StateCheckpoints } from "./state-checkpoints.ts";
import type { Version } from "./version.ts";
import { seenOf, versionStream } from "./versions.ts";

const seeStates = statesOf();
/** Where a key has several states to begin with: what a cogroup with them yields in Spark, which takes the first. */
const initial = initialStates("first");

export interface UpdateStateOptions {
  readonly placement: Placement;
  /** The states to begin with. */
  readonly initialRDD?: RDD<unknown> | undefined;
  /** True when `update` takes a whole partition. */
  readonly perPartition: boolean;
}

export function updatedStateStream<T>(
  parent: StreamNode<unknown>,
  update: Fn,
  options: UpdateStateOptions,
): DStream<T> {
  const { placement, initialRDD, perPartition } = options;
  const site = captureSite("updateStateByKey");
  const checkpoints = new StateCheckpoints(parent.context.newOperatorId("updateStateByKey"));
  const versions = versionStream(parent, {
    name: "StateDStream",
    site,
    parents: [parent],
    functions: [update],
    mustCheckpoint: true,
    checkpoints,
    placement,
    kernel: (perPartition ? updatedPartitions : updatedStates)(update),
    async link(time, before) {
      const last = await before();
      const data = await parent.getOrCompute(time);
      if (data === undefined && last === undefined) return undefined;
      return {
        rdds: [data ?? parent.context.sparkContext.emptyRDD()],
        before: last ?? initialVersion(site, initialRDD, time, placement, initial),
        given: { time: time.milliseconds, savedAt: checkpoints.savedAt },
      };
    },
  });
  return seenOf(versions, site, seeStates, { keyed: true, saved: true });
}

/** The states to begin with, as the user gave them. */
export function givenStates(
  operator: string,
  stream: StreamNode<unknown>,
  states: RDD<unknown> | readonly unknown[] | null | undefined,
): RDD<unknown> | undefined {
  if (states === null || states === undefined) return undefined;
  if (Array.isArray(states)) return stream.context.sparkContext.parallelize(states as never[]);
  requireRDD(operator, states);
  return states as RDD<unknown>;
}

/** Given states as a version, last touched at the first batch. */
export function initialVersion(
  site: CallSite,
  rdd: RDD<unknown> | undefined,
  time: Time,
  placement: Placement,
  kernel: ChainKernel,
): RDD<Version> | undefined {
  if (rdd === undefined) return undefined;
  return chained<Version>(site, { rdds: [rdd], given: { time: time.milliseconds } }, kernel, placement);
}
