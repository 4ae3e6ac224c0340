/**
 * Windows that are put together by key and slide: what a batch costs follows the panes that come and go, not those that stay.
 *
 *     pairs ─▶ panes: each batch reduced (or grouped) by key ─▶ versions: for each key its panes' values ─▶ window
 *                 │  t₁ t₂ t₃ [ t₄ t₅ t₆ ]                         │  t₆ pushed, t₃ shifted: pane-values.ts
 *                 └─ kept as bytes for the window's length         └─ changed in place, in the worker that holds them
 *
 * The lineage of a window would go back to the first. So every few slides, when a version has been computed, it is written over:
 * from then on it is what its panes come to, all of them; nothing need be saved for it. A version is made from the one before only
 * where one that was written over is not far back, so that panes are needed for that much longer than the window and no more: else it
 * is made of its panes, as when nobody has read the windows, and always when two windows have no pane in common. With an inverse function
 * that would not be the same (a key stays when nothing of it is left), and files are the cut, as for other states.
 */
import { captureSite } from "../../base/site.ts";
import type { Fn } from "../../plan/plan.ts";
import type { Partitioner } from "../../plan/partitioner.ts";
import { linkSpec } from "../../rdd/chaining.ts";
import type { RDD } from "../../rdd/rdd.ts";
import type { DStream } from "../dstream.ts";
import type { StreamNode } from "../stream-node.ts";
import { statesOf } from "../state/kernels/update-state.ts";
import { StateCheckpoints } from "../state/state-checkpoints.ts";
import { seenOf, versionStream } from "../state/versions.ts";
import type { Time } from "../time.ts";
import { inverseReduced } from "./kernels/inverse.ts";
import { slidPanes, windowValues } from "./kernels/panes.ts";
import type { PanesGiven } from "./kernels/panes.ts";
import type { Reduce } from "./pane-values.ts";
import { firstPane, panesLevel } from "./window.ts";
import type { WindowShape } from "./window.ts";

const seeStates = statesOf();

/** Slides that a window's lineage goes back at most, to one that is made of its panes. */
const longestChain = 10;

/** A pane and its end. */
interface Pane {
  readonly time: Time;
  readonly rdd: RDD<unknown>;
}

/** @param panes pairs, at most one of a key in each batch, placed by key
 * @param reduce puts two values of a key together; without it the values, which are arrays, are joined */
export function slidingWindow<T>(
  operator: string,
  panes: StreamNode<unknown>,
  shape: WindowShape,
  numPartitions: number,
  reduce?: Fn,
): DStream<T> {
  const site = captureSite(operator);
  const kernel = slidPanes(reduce as Reduce | undefined);
  const placement = { numPartitions };
  panes.keepAtLeast(panesLevel);
  const chain = slidesBack(shape);
  /** End of the last window that is what its panes come to, and no more what came before it. */
  let base: Time | undefined;
  const given = (end: Time, those: readonly Pane[]): PanesGiven => ({
    time: end.milliseconds,
    from: firstPane(end, shape, panes).milliseconds,
    paneTimes: those.map(({ time }) => time.milliseconds),
  });
  const versions = versionStream(panes, {
    name: "ReducedWindowedDStream",
    site,
    parents: [panes],
    slide: shape.slide,
    parentRemember: own => own.plus(shape.window).plus(shape.slide.times(chain)),
    kernel,
    placement,
    async link(time, before) {
      base ??= panes.zeroTime ?? time;
      const slides = time.minus(base).dividedBy(shape.slide);
      const last = slides > 0 && slides <= chain ? await before() : undefined;
      if (last === undefined) base = base.max(time);
      const first = firstPane(time, shape, panes);
      const entering = last === undefined ? first : first.max(firstEntering(time, shape, panes));
      const those = await panesBetween(panes, entering, time);
      if (those.length === 0) those.push({ time, rdd: panes.context.sparkContext.emptyRDD() });
      return { rdds: those.map(({ rdd }) => rdd), before: last, given: given(time, those) };
    },
    async made(rdd, time) {
      const slides = time.minus(panes.zeroTime ?? time).dividedBy(shape.slide);
      if (chain === 0 || slides % Math.ceil(chain / 2) !== 0) return;
      const those = await panesBetween(panes, firstPane(time, shape, panes), time);
      rdd.cutLineage(async node => {
        const nodes = await Promise.all(those.map(pane => pane.rdd.plan()));
        base = time.max(base ?? time);
        return { spec: linkSpec(site, nodes, given(time, those), kernel, node.partitioner as Partitioner) };
      });
    },
  });
  return seenOf(versions, site, windowValues(reduce as Reduce | undefined), { keyed: true, saved: false });
}

/** @param inverse takes off what `reduce` has put on
 * @param filter drops a key for which it is false; without it a key stays for ever */
export function inverseWindow<T>(
  panes: StreamNode<unknown>,
  shape: WindowShape,
  numPartitions: number,
  functions: { readonly reduce: Fn; readonly inverse: Fn; readonly filter: Fn | undefined },
): DStream<T> {
  const { reduce, inverse, filter } = functions;
  const site = captureSite("reduceByKeyAndWindow");
  const checkpoints = new StateCheckpoints(panes.context.newOperatorId("reduceByKeyAndWindow"));
  panes.keepAtLeast(panesLevel);
  const versions = versionStream(panes, {
    name: "ReducedWindowedDStream",
    site,
    parents: [panes],
    slide: shape.slide,
    functions: filter === undefined ? [inverse] : [inverse, filter],
    mustCheckpoint: true,
    checkpoints,
    parentRemember: own => own.plus(shape.window),
    kernel: inverseReduced(reduce as Reduce, inverse as Reduce, filter as ((pair: unknown) => unknown) | undefined),
    placement: { numPartitions },
    async link(time, before) {
      const lastLeaving = time.minus(shape.window);
      const leaving = await panesBetween(panes, lastLeaving.minus(shape.slide).plus(panes.slideDuration), lastLeaving);
      const entering = await panesBetween(panes, firstEntering(time, shape, panes), time);
      if (entering.length === 0) entering.push({ time, rdd: panes.context.sparkContext.emptyRDD() });
      return {
        rdds: [...leaving, ...entering].map(({ rdd }) => rdd),
        before: await before(),
        given: {
          time: time.milliseconds,
          savedAt: checkpoints.savedAt,
          leaving: leaving.length,
          entering: entering.length,
        },
      };
    },
  });
  return seenOf(versions, site, seeStates, { keyed: true, saved: true });
}

/** Slides that lineage may go back: not more than the window is long, so that no more is kept for them than for the window. */
function slidesBack({ window, slide }: WindowShape): number {
  return slide.greaterEq(window) ? 0 : Math.min(longestChain, Math.floor(window.dividedBy(slide)));
}

/** The first pane after the window before. */
function firstEntering(end: Time, { slide }: WindowShape, panes: StreamNode<unknown>): Time {
  return end.minus(slide).plus(panes.slideDuration);
}

/** The panes from `first` to `last`, both included, as far as there are any. */
async function panesBetween(panes: StreamNode<unknown>, first: Time, last: Time): Promise<Pane[]> {
  const found: Pane[] = [];
  const zero = panes.zeroTime ?? first;
  const pane = panes.slideDuration;
  for (let time = first.max(zero.plus(pane)); time.lessEq(last); time = time.plus(pane)) {
    const rdd = await panes.getOrCompute(time);
    if (rdd !== undefined) found.push({ time, rdd });
  }
  return found;
}
