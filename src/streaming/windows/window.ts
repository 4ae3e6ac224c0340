/** A window as it is: the RDDs of the parent's last batches, put together. */
import { atSite, captureSite } from "../../base/site.ts";
import type { CallSite } from "../../base/site.ts";
import { require } from "../../base/errors.ts";
import { StorageLevel } from "../../engine/storage-level.ts";
import type { DStream } from "../dstream.ts";
import { toDuration } from "../duration.ts";
import type { Duration, DurationLike } from "../duration.ts";
import type { StreamNode } from "../stream-node.ts";
import type { Time } from "../time.ts";

/** How what windows read again and again is kept, unless the program has said how. */
export const panesLevel = StorageLevel.MEMORY_ONLY_SER;

/** How long a window is and how far it moves, both multiples of the parent's slide. */
export interface WindowShape {
  readonly window: Duration;
  readonly slide: Duration;
}

/** @throws DSTREAMS_ILLEGAL_ARGUMENT when the durations do not fit the parent's batches */
export function windowShape(
  parent: StreamNode<unknown>,
  windowDuration: DurationLike,
  slideDuration: DurationLike | null | undefined,
): WindowShape {
  const window = toDuration(windowDuration, "windowDuration");
  const pane = parent.slideDuration;
  const slide =
    slideDuration === null || slideDuration === undefined ? pane : toDuration(slideDuration, "slideDuration");
  for (const [what, duration] of [
    ["window", window],
    ["slide", slide],
  ] as const) {
    require(duration.milliseconds >
      0, `The ${what} duration of windowed DStream must be longer than 0 ms, not ${duration}`);
    require(duration.isMultipleOf(
      pane,
    ), `The ${what} duration of windowed DStream (${duration}) must be a multiple of the slide duration of parent DStream (${pane})`);
  }
  return { window, slide };
}

/** The first pane of the window that ends at a time. */
export function firstPane(end: Time, { window }: WindowShape, parent: StreamNode<unknown>): Time {
  return end.minus(window).plus(parent.slideDuration);
}

export function windowed<T>(parent: StreamNode<T>, shape: WindowShape): DStream<T> {
  const { context } = parent;
  const site: CallSite = captureSite("window");
  parent.keepAtLeast(panesLevel);
  return context.newStream<T>({
    name: "WindowedDStream",
    site,
    parents: [parent as StreamNode<unknown>],
    slide: shape.slide,
    persistsIn: parent as StreamNode<unknown>,
    parentRemember: own => own.plus(shape.window),
    compute: async time => {
      const panes = await parent.rddsBetween(firstPane(time, shape, parent as StreamNode<unknown>), time);
      return atSite(site, () => context.sparkContext.union(panes));
    },
  });
}
