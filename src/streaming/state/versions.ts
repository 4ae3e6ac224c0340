/**
 * The stream beneath every operation that spans batches: one RDD of `Version`s a batch, each made from the one before.
 *
 *     pairs ── RDD of T ──(placed by key)──┐
 *                                          ├─▶ kernel ─▶ versions at T ─▶ what users see: states, outputs, windows
 *     versions at T - slide ───────────────┘        │
 *                                                   └─ kept where they were made, in the worker's heap (beyond the
 *                                                      budget on disk): the next batch's tasks go there
 *
 * A partition's table is changed in place and handed on (plan/resident.ts). When it is lost, with its worker, it is computed again
 * from the lineage, which is cut at every checkpoint: by files (state-checkpoints.ts), or as the recipe knows to (windows/).
 */
import { atSite } from "../../base/site.ts";
import type { CallSite } from "../../base/site.ts";
import { StorageLevel } from "../../engine/storage-level.ts";
import type { PartitionFn } from "../../plan/plan.ts";
import { chained } from "../../rdd/chaining.ts";
import type { ChainKernel, Link } from "../../rdd/chaining.ts";
import type { Placement } from "../../rdd/partitioning.ts";
import type { RDD } from "../../rdd/rdd.ts";
import type { DStream } from "../dstream.ts";
import type { Recipe, StreamNode } from "../stream-node.ts";
import type { Time } from "../time.ts";
import type { Version } from "./version.ts";

export interface VersionsRecipe extends Omit<Recipe<Version>, "compute" | "storageLevel"> {
  readonly kernel: ChainKernel;
  readonly placement: Placement;
  /** What the batch's kernel is given; without it there is no RDD. `before` yields the version to go on from, if there is one. */
  link(time: Time, before: () => Promise<RDD<Version> | undefined>): Promise<Link | undefined>;
  /** Called with each new RDD. */
  made?(rdd: RDD<Version>, time: Time): void | Promise<void>;
}

export function versionStream(parent: StreamNode<unknown>, recipe: VersionsRecipe): DStream<Version> {
  const { kernel, placement, link, made, ...rest } = recipe;
  const stream: DStream<Version> = parent.context.newStream<Version>({
    ...rest,
    storageLevel: StorageLevel.MEMORY_AND_DISK,
    compute: async time => {
      const next = await link(time, () => stream.getOrCompute(time.minus(stream.slideDuration)));
      if (next === undefined) return undefined;
      const rdd = chained<Version>(rest.site, next, kernel, placement);
      await made?.(rdd, time);
      return rdd;
    },
  });
  return stream;
}

/** What is told of what users see of versions. */
export interface Seen {
  /** True when it is pairs, which are placed as the versions' keys are. */
  readonly keyed: boolean;
  /** True when versions are saved in files: then `checkpoint` is about these. */
  readonly saved: boolean;
}

/** What users see of versions. */
export function seenOf<T>(
  versions: DStream<Version>,
  site: CallSite,
  kernel: SeeingKernel,
  { keyed, saved }: Seen,
): DStream<T> {
  return versions.context.newStream<T>({
    name: versions.kind,
    site,
    parents: [versions as StreamNode<unknown>],
    ...(saved && { checkpointsIn: versions as StreamNode<unknown> }),
    compute: async time => {
      const rdd = await versions.getOrCompute(time);
      const step = { op: "partitions", fn: kernel as PartitionFn, emptyOnEmpty: true } as const;
      return rdd && atSite(site, () => rdd.step<T>(site.operator, step, keyed));
    },
  });
}

/** Makes records of the version that a partition holds. */
export type SeeingKernel = (index: number, records: Iterable<unknown>) => Iterable<unknown>;
