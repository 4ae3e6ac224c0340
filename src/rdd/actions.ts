/** Operations that compute something now and answer with a promise. Each runs one job or more. */
import { DStreamsError } from "../base/errors.ts";
import { atSite, captureSite } from "../base/site.ts";
import { KeyMap } from "../codec/key-map.ts";
import type { Action } from "../engine/engine.ts";
import type { PartitionRecords } from "../plan/plan.ts";
import { countApprox } from "./approximation.ts";
import { illegal, requireFunction } from "./checks.ts";
import {
  aggregated,
  firstInOrder,
  greater,
  keepFirst,
  lesser,
  reducedInto,
  reducedMaybe,
} from "./kernels/aggregation.ts";
import { countedRecords, itself } from "./kernels/combining.ts";
import { copies } from "./kernels/fresh.ts";
import { runForEffect } from "./kernels/records.ts";
import { PairOperations } from "./pair-operations.ts";
import { takeSample } from "./sampling.ts";
import type { RDD } from "./rdd.ts";
import { localIterator, take } from "./taking.ts";
import { treeAggregate } from "./tree-aggregation.ts";
import type { Initial, Widened } from "./types.ts";

const identity = itself();
const countRecords = countedRecords();

export abstract class Actions<T> extends PairOperations<T> {
  /** All records, in the order of the partitions. They must fit into this thread's memory. */
  async collect(): Promise<T[]> {
    return joined((await this.#run("collect", { kind: "collect" })) as T[][]);
  }

  /** How many records there are. */
  async count(): Promise<number> {
    return ((await this.#run("count", { kind: "count" })) as number[]).reduce((a, b) => a + b, 0);
  }

  /**
   * How many records there are, as far as it is known after `timeout` milliseconds: the counts of the partitions that are
   * done, projected on all. Exact when the job ends in time.
   */
  countApprox(timeout: number, _confidence = 0.95): Promise<number> {
    return countApprox(this, timeout, captureSite("countApprox"));
  }

  /** How often each record occurs. Records are counted by value; equal arrays or objects are one key of the map. */
  async countByValue(): Promise<Map<T, number>> {
    return mergedCounts(await this.#run("countByValue", { kind: "partition", fn: countRecords }));
  }

  /** @throws DSTREAMS_EMPTY when there is no record */
  async first(): Promise<T> {
    const records = await take<T>(this, 1, captureSite("first"));
    if (records.length === 0) throw new DStreamsError("DSTREAMS_EMPTY", "RDD is empty");
    return records[0] as T;
  }

  /** The first `n` records; computes as few partitions as it can, in one job or more. */
  take(n: number): Promise<T[]> {
    return take(this, n, captureSite("take"));
  }

  /** The first `n` records in the order of themselves or of `key(record)`. */
  async takeOrdered(n: number, key?: (record: T) => unknown): Promise<T[]> {
    return this.#ordered("takeOrdered", n, key, false);
  }

  /** The last `n` records in the order of themselves or of `key(record)`, greatest first. */
  async top(n: number, key?: (record: T) => unknown): Promise<T[]> {
    return this.#ordered("top", n, key, true);
  }

  /** `num` records drawn at random, in random order. The same seed draws the same. */
  takeSample(withReplacement: boolean, num: number, seed?: number): Promise<T[]> {
    return takeSample(this as unknown as RDD<T>, withReplacement, num, seed);
  }

  /** True when there is no record. */
  async isEmpty(): Promise<boolean> {
    return (await take(this, 1, captureSite("isEmpty"))).length === 0;
  }

  /**
   * The records reduced two by two, in each partition and then over the partitions in order.
   *
   * @throws DSTREAMS_EMPTY when there is no record
   */
  reduce(f: (a: T, b: T) => T): Promise<T>;
  reduce(f: (a: T, b: T) => Widened<T>): Promise<Widened<T>>;
  async reduce(f: (a: T, b: T) => unknown): Promise<unknown> {
    requireFunction("reduce", f);
    return this.#reduced("reduce", f);
  }

  /** `reduce`, whose last steps are done in the workers too: for results that are large. */
  treeReduce(f: (a: T, b: T) => T, depth?: number): Promise<T>;
  treeReduce(f: (a: T, b: T) => Widened<T>, depth?: number): Promise<Widened<T>>;
  async treeReduce(f: (a: T, b: T) => unknown, depth = 2): Promise<unknown> {
    requireFunction("treeReduce", f);
    const site = captureSite("treeReduce");
    const [reduced] = await atSite(site, () =>
      treeAggregate<readonly T[]>(this, [], reducedInto(f) as never, reducedMaybe(f) as never, depth, site),
    );
    if (reduced === undefined) throw empty();
    return reduced;
  }

  /** Each partition folded onto a copy of `zeroValue`, and so the results: zero counts once more than there are partitions. */
  fold(zeroValue: T, op: (a: T, b: T) => T): Promise<T>;
  fold(zeroValue: Widened<T>, op: (a: T, b: T) => Widened<T>): Promise<Widened<T>>;
  async fold(zeroValue: unknown, op: (a: T, b: T) => unknown): Promise<unknown> {
    requireFunction("fold", op);
    const parts = (await this.#run("fold", { kind: "fold", zero: zeroValue, fn: op })) as T[];
    return parts.reduce((a, b) => op(a, b) as T, copies(zeroValue as T)());
  }

  /** Each partition put into a copy of `zeroValue` by `seqOp`; the results merged by `combOp`, beginning with another copy. */
  async aggregate<U>(
    zeroValue: Initial<U>,
    seqOp: (accumulated: U, record: T) => Initial<U>,
    combOp: (a: U, b: U) => Initial<U>,
  ): Promise<U> {
    requireFunction("aggregate", seqOp);
    requireFunction("aggregate", combOp);
    const parts = (await this.#run("aggregate", { kind: "partition", fn: aggregated(zeroValue, seqOp) })) as U[];
    return parts.reduce((a, b) => combOp(a, b), copies<U>(zeroValue)());
  }

  /** `aggregate`, merged in `depth` levels, all but the last of them in the workers. */
  async treeAggregate<U>(
    zeroValue: Initial<U>,
    seqOp: (accumulated: U, record: T) => Initial<U>,
    combOp: (a: U, b: U) => Initial<U>,
    depth = 2,
  ): Promise<U> {
    requireFunction("treeAggregate", seqOp);
    requireFunction("treeAggregate", combOp);
    return treeAggregate<U>(this, zeroValue, seqOp, combOp, depth, captureSite("treeAggregate"));
  }

  /** The greatest record, or that with the greatest `key(record)`. @throws DSTREAMS_EMPTY when there is none */
  async max(key?: (record: T) => unknown): Promise<T> {
    return this.#reduced("max", greater(key ?? identity));
  }

  /** The least record, or that with the least `key(record)`. @throws DSTREAMS_EMPTY when there is none */
  async min(key?: (record: T) => unknown): Promise<T> {
    return this.#reduced("min", lesser(key ?? identity));
  }

  /** Calls `f` for every record, in the workers; a promise is awaited before the next record. */
  async foreach(f: (record: T) => unknown): Promise<void> {
    requireFunction("foreach", f);
    await this.#run("foreach", { kind: "foreach", fn: f });
  }

  /** Calls `f` once for each partition, in the workers: the place to open a connection. May be async. */
  async foreachPartition(f: (records: PartitionRecords<T>) => unknown): Promise<void> {
    requireFunction("foreachPartition", f);
    await this.#run("foreachPartition", { kind: "partition", fn: runForEffect(f) });
  }

  /**
   * The records one after the other, a partition at a time: only one has to fit into memory.
   *
   * @example
   * ```ts
   * import { SparkContext } from "dstreams";
   * await using sc = new SparkContext("local[2]", "Iterator");
   * for await (const n of sc.range(3).toLocalIterator()) console.log(n);
   * ```
   * ```text
   * 0
   * 1
   * 2
   * ```
   */
  toLocalIterator(options: { readonly prefetchPartitions?: boolean } = {}): AsyncGenerator<T> {
    return localIterator(this, options.prefetchPartitions ?? false, captureSite("toLocalIterator"));
  }

  #run(operator: string, action: Action): Promise<unknown[]> {
    return this.context.driver.run(this, action, captureSite(operator));
  }

  async #reduced(operator: string, f: (a: T, b: T) => unknown): Promise<T> {
    const parts = (await this.#run(operator, { kind: "reduce", fn: f })) as T[][];
    const found = parts.flat(1) as T[];
    if (found.length === 0) throw empty();
    return found.reduce((a, b) => f(a, b) as T);
  }

  async #ordered(
    operator: string,
    n: number,
    key: ((record: T) => unknown) | undefined,
    descending: boolean,
  ): Promise<T[]> {
    if (!Number.isInteger(n) || n < 0)
      throw illegal(`requirement failed: ${operator}: the number of records must be a whole number >= 0, not ${n}`);
    const parts = (await this.#run(operator, {
      kind: "partition",
      fn: firstInOrder(n, key ?? identity, descending),
    })) as T[][];
    return keepFirst(parts.flat(1) as T[], n, key ?? identity, descending);
  }
}

/** Counts of equal keys added up: by value, into a native map. */
export function mergedCounts<K>(parts: readonly unknown[]): Map<K, number> {
  const counts = new KeyMap<K, number>();
  for (const [key, count] of parts.flat(1) as [K, number][]) counts.set(key, (counts.get(key) ?? 0) + count);
  return new Map(counts.entries());
}

/** All parts in one array. `flat` does the same, but many times slower. */
function joined<T>(parts: readonly T[][]): T[] {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const all: T[] = [];
  for (const part of parts) for (const record of part) all.push(record);
  return all;
}

function empty(): DStreamsError {
  return new DStreamsError("DSTREAMS_EMPTY", "Can not reduce() empty RDD");
}
