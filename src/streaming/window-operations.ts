/**
 * Operations on the last batches together. `windowDuration` says how many (how long the window is), `slideDuration` how often
 * (how far it moves; default with every batch). Numbers are seconds; both must be multiples of the stream's own slide.
 */
import { atSite, captureSite } from "../base/site.ts";
import type { Fn } from "../plan/plan.ts";
import { describe, illegal, requireCount, requireFunction } from "../rdd/checks.ts";
import { plus } from "../rdd/kernels/combining.ts";
import { valueOfPair } from "../rdd/kernels/records.ts";
import type { KeyOf, OnlyPairs, ValueOf, Widened } from "../rdd/types.ts";
import type { DStream } from "./dstream.ts";
import type { DurationLike } from "./duration.ts";
import { minus, notZero, one, underNull, withOne } from "./kernels.ts";
import { StateOperations } from "./state-operations.ts";
import type { StreamNode } from "./stream-node.ts";
import { inverseWindow, slidingWindow } from "./windows/sliding.ts";
import { windowed, windowShape } from "./windows/window.ts";

const add = plus();
const subtract = minus();
const isNotZero = notZero();
const toOne = one();
const counted = withOne();
const keyed = underNull();
const valueOf = valueOfPair();

/** A stream of pairs with nothing known of keys and values: how operations that are made of others call these. */
type AnyPairs = DStream<[unknown, never]>;

export abstract class WindowOperations<T> extends StateOperations<T> {
  /**
   * The records of the last batches: those within `windowDuration`, the oldest batch first. The batches themselves are kept as bytes
   * (MEMORY_ONLY_SER) for that long, unless `persist` said how. `persist` on the window is about these too; `checkpoint` saves what is in
   * the window.
   *
   * @param slideDuration how often there is a window; in batches in between there is no RDD and no output
   * @throws DSTREAMS_ILLEGAL_ARGUMENT when a duration is not a multiple of this stream's slide
   */
  window(windowDuration: DurationLike, slideDuration?: DurationLike | null): DStream<T> {
    return windowed(this, windowShape(this as StreamNode<unknown>, windowDuration, slideDuration));
  }

  /**
   * The records of the window reduced two by two to one; of an empty window nothing. `reduceFunc` must be associative.
   *
   * @param invReduceFunc null; or a function that takes off what `reduceFunc` put on: `invReduceFunc(reduceFunc(a, b), a)` is `b`.
   *   It needs a checkpoint directory, and once there was a record there is always a result. With a slide longer than the window it is not
   *   called, and the result is the same as without it.
   */
  reduceByWindow(
    reduceFunc: (a: T, b: T) => T,
    invReduceFunc: ((a: T, b: T) => T) | null,
    windowDuration: DurationLike,
    slideDuration?: DurationLike | null,
  ): DStream<T>;
  reduceByWindow(
    reduceFunc: (a: T, b: T) => Widened<T>,
    invReduceFunc: ((a: Widened<T>, b: Widened<T>) => Widened<T>) | null,
    windowDuration: DurationLike,
    slideDuration?: DurationLike | null,
  ): DStream<Widened<T>>;
  reduceByWindow(
    reduceFunc: Fn,
    invReduceFunc: Fn | null,
    windowDuration: DurationLike,
    slideDuration?: DurationLike | null,
  ): DStream<never> {
    requireFunction("reduceByWindow", reduceFunc);
    optionalFunction("reduceByWindow", "invReduceFunc", invReduceFunc);
    return atSite(captureSite("reduceByWindow"), () => {
      const pairs = this.map(keyed as (record: T) => [unknown, never]) as AnyPairs;
      const reduced = pairs.reduceByKeyAndWindow(
        reduceFunc as never,
        invReduceFunc as never,
        windowDuration,
        slideDuration,
        1,
      );
      return reduced.map(valueOf as () => never);
    });
  }

  /**
   * How many records the window has. Counts are carried on (what leaves is subtracted), which needs a checkpoint directory;
   * before the first record there is no count, after it there is one in every window. With a slide longer than the window nothing is carried
   * on, and an empty window has no count.
   */
  countByWindow(windowDuration: DurationLike, slideDuration?: DurationLike | null): DStream<number> {
    return atSite(captureSite("countByWindow"), () =>
      this.map<number>(toOne).reduceByWindow(add, subtract, windowDuration, slideDuration),
    );
  }

  /** How often each record occurs in the window: pairs `[record, count]`. Carried on like `countByWindow`; counts of 0 are dropped. */
  countByValueAndWindow(
    windowDuration: DurationLike,
    slideDuration?: DurationLike | null,
    numPartitions?: number | null,
  ): DStream<[T, number]> {
    return atSite(captureSite("countByValueAndWindow"), () => {
      const pairs = this.map(counted as (record: T) => [T, number]);
      return pairs.reduceByKeyAndWindow(add, subtract, windowDuration, slideDuration, numPartitions, isNotZero);
    }) as DStream<[T, number]>;
  }

  /** All values of each key of the window in one array, the oldest batch's first. */
  groupByKeyAndWindow(
    this: OnlyPairs<T, this>,
    windowDuration: DurationLike,
    slideDuration?: DurationLike | null,
    numPartitions?: number | null,
  ): DStream<[KeyOf<T>, ValueOf<T>[]]> {
    const self = this as unknown as DStream<[KeyOf<T>, ValueOf<T>]>;
    const shape = windowShape(self as StreamNode<unknown>, windowDuration, slideDuration);
    const n = partitions("groupByKeyAndWindow", self, numPartitions);
    return atSite(captureSite("groupByKeyAndWindow"), () => {
      const panes = self.groupByKey(n) as StreamNode<unknown>;
      return slidingWindow("groupByKeyAndWindow", panes, shape, n);
    });
  }

  /**
   * The values of each key of the window reduced two by two. Every batch is reduced once; a slide costs what comes and what goes,
   * with or without an inverse function. `func` must be associative.
   *
   * With `invFunc` (`invFunc(func(a, b), a)` must be `b`) a key keeps one value instead of one a batch: less memory. In return
   * it needs a checkpoint directory, and a key stays for ever (a count at 0), unless `filterFunc` drops it. With a slide longer than the
   * window it is not called, and none of this holds.
   *
   * @param invFunc null, or the inverse of `func`
   * @param numPartitions of the result; default `sc.defaultParallelism`
   * @param filterFunc pairs `[key, value]` for which it is false are dropped. With `invFunc` it may be false only for keys of which nothing is
   *   left in the window: counts of 0, not sums that happen to be 0
   * @example
   * ```ts no-run
   * import type { DStream } from "dstreams";
   * declare const words: DStream<[string, number]>;
   * const lastMinute = words.reduceByKeyAndWindow((a, b) => a + b, null, 60, 2); // every 2 seconds
   * ```
   */
  reduceByKeyAndWindow(
    this: OnlyPairs<T, this>,
    func: (a: ValueOf<T>, b: ValueOf<T>) => ValueOf<T>,
    invFunc: ((a: ValueOf<T>, b: ValueOf<T>) => ValueOf<T>) | null,
    windowDuration: DurationLike,
    slideDuration?: DurationLike | null,
    numPartitions?: number | null,
    filterFunc?: ((pair: [KeyOf<T>, ValueOf<T>]) => unknown) | null,
  ): DStream<[KeyOf<T>, ValueOf<T>]>;
  reduceByKeyAndWindow(
    this: OnlyPairs<T, this>,
    func: (a: ValueOf<T>, b: ValueOf<T>) => Widened<ValueOf<T>>,
    invFunc: ((a: Widened<ValueOf<T>>, b: Widened<ValueOf<T>>) => Widened<ValueOf<T>>) | null,
    windowDuration: DurationLike,
    slideDuration?: DurationLike | null,
    numPartitions?: number | null,
    filterFunc?: ((pair: [KeyOf<T>, Widened<ValueOf<T>>]) => unknown) | null,
  ): DStream<[KeyOf<T>, Widened<ValueOf<T>>]>;
  reduceByKeyAndWindow(
    this: OnlyPairs<T, this>,
    func: Fn,
    invFunc: Fn | null,
    windowDuration: DurationLike,
    slideDuration?: DurationLike | null,
    numPartitions?: number | null,
    filterFunc?: Fn | null,
  ): DStream<never> {
    const operator = "reduceByKeyAndWindow";
    const self = this as unknown as AnyPairs;
    requireFunction(operator, func);
    const inverse = optionalFunction(operator, "invFunc", invFunc);
    const filter = optionalFunction(operator, "filterFunc", filterFunc);
    const shape = windowShape(self as StreamNode<unknown>, windowDuration, slideDuration);
    const n = partitions(operator, self, numPartitions);
    return atSite(captureSite(operator), () => {
      const panes = self.reduceByKey(func as never, n) as StreamNode<unknown>;
      // Windows that have no batch in common have nothing to carry on.
      if (inverse !== undefined && shape.slide.lessEq(shape.window)) {
        return inverseWindow(panes, shape, n, { reduce: func, inverse, filter });
      }
      const windows = slidingWindow<never>(operator, panes, shape, n, func);
      return filter === undefined ? windows : windows.filter(filter);
    });
  }
}

/** A function, or nothing: undefined then. The two are told apart where they are given, as Scala has other arguments here. */
function optionalFunction(operator: string, name: string, fn: Fn | null | undefined): Fn | undefined {
  if (fn === null || fn === undefined) return undefined;
  if (typeof fn === "function") return fn;
  throw illegal(`${operator}: ${name} must be a function, or null where there is none, but was given ${describe(fn)}.`);
}

function partitions(
  operator: string,
  stream: { readonly context: StreamNode<unknown>["context"] },
  asked: number | null | undefined,
): number {
  if (typeof asked === "number") requireCount(operator, "numPartitions", asked);
  return asked ?? stream.context.sparkContext.defaultParallelism;
}
