/**
 * What one key has in the panes of a window, so that a slide costs the panes that come and go and not all that stay.
 *
 *              head      mid                   end
 *     times  ·  t₂   t₃   t₄   t₅   t₆
 *     values ·  f(v₂,v₃) v₃    v₄   v₅   v₆        value of the window = f(values[head], back)
 *               └ suffixes ┘  └── as they came ─┘
 *                              back = f(v₄, v₅, v₆)
 *
 * Two stacks, as one would make a queue of them. New values join `back`; old ones leave the front, where every value is already
 * reduced with all those behind it up to `mid`. When the front is used up, everything behind it becomes the new front, in one
 * pass from the end: each value is reduced into a suffix once in its life, so a slide costs a constant number of calls for each
 * value that comes or goes, however long the window. The order of values is kept: `f` need be associative only.
 *
 * Plain data, so that it can be written out. `f` may change its first argument and return it, as in Spark; what is still needed
 * is therefore copied before it is handed in.
 */
import { copyOf } from "../../rdd/kernels/fresh.ts";

export type Reduce = (a: unknown, b: unknown) => unknown;

export interface PaneValues {
  times: number[];
  values: unknown[];
  head: number;
  mid: number;
  back: unknown;
}

export function noPanes(): PaneValues {
  return { times: [], values: [], head: 0, mid: 0, back: undefined };
}

/** Adds the value of a pane that is later than all others. Without `reduce` values are only kept. */
export function push(panes: PaneValues, time: number, value: unknown, reduce: Reduce | undefined): void {
  if (reduce !== undefined) {
    panes.back = panes.values.length > panes.mid ? reduce(copyOf(panes.back), value) : value;
  }
  panes.times.push(time);
  panes.values.push(value);
}

/** Drops the oldest pane; false when none is left. */
export function shift(panes: PaneValues, reduce: Reduce | undefined): boolean {
  panes.head++;
  const left = panes.values.length - panes.head;
  if (reduce === undefined) {
    if (panes.head > left) cut(panes);
  } else if (panes.head >= panes.mid) {
    cut(panes);
    const { values } = panes;
    for (let i = left - 2; i >= 0; i--) values[i] = reduce(values[i], values[i + 1]);
    panes.mid = left;
    panes.back = undefined;
  }
  return left > 0;
}

/** All values of the window, reduced; the caller's own. */
export function reduced({ values, head, mid, back }: PaneValues, reduce: Reduce): unknown {
  if (head >= mid) return copyOf(back);
  return values.length > mid ? copyOf(reduce(copyOf(values[head]), back)) : copyOf(values[head]);
}

/** What has been kept of the window's panes, pane by pane. */
export function kept({ values, head }: PaneValues): unknown[] {
  return values.slice(head).map(copyOf);
}

/** The times of its panes. */
export function timesOf({ times, head }: PaneValues): number[] {
  return times.slice(head);
}

function cut(panes: PaneValues): void {
  panes.times.splice(0, panes.head);
  panes.values.splice(0, panes.head);
  panes.head = 0;
}
