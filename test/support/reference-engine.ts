/**
 * The plan, executed as plainly as can be: every partition an array, one after the other, in this thread, functions called where
 * they are. No threads, no closures, no blocks: what it answers is what every engine has to answer.
 */
import { DStreamsError } from "../../src/base/errors.ts";
import { describeSite } from "../../src/base/site.ts";
import { hashKey } from "../../src/codec/hash.ts";
import { KeyMap } from "../../src/codec/key-map.ts";
import { compare } from "../../src/codec/order.ts";
import type { Action, Engine, EngineStatus, Job } from "../../src/engine/engine.ts";
import type { StorageLevel } from "../../src/engine/storage-level.ts";
import type { Partitioner } from "../../src/plan/partitioner.ts";
import { Resident } from "../../src/plan/resident.ts";
import type { Combine, Fn, PartitionRecords, PlanNode, ShuffleSpec, StepSpec } from "../../src/plan/plan.ts";

type Records = readonly unknown[];
type Pair = readonly [unknown, unknown];

export class ReferenceEngine implements Engine {
  readonly name = "reference";
  readonly parallelism: number;
  /** How many jobs were run. */
  jobs = 0;
  readonly #kept = new Map<number, Map<number, Records>>();
  readonly #shuffles = new WeakMap<PlanNode, Promise<unknown[][]>>();
  readonly #running = new Map<AbortController, string | undefined>();

  constructor(parallelism = 2) {
    this.parallelism = parallelism;
  }

  async run(job: Job): Promise<unknown[]> {
    this.jobs++;
    const cancel = new AbortController();
    this.#running.set(cancel, job.properties?.group);
    const signal = job.signal ? AbortSignal.any([job.signal, cancel.signal]) : cancel.signal;
    try {
      const results: unknown[] = [];
      for (const partition of job.partitions) {
        // A turn of the event loop, in which the job can be cancelled.
        await new Promise(resolve => setImmediate(resolve));
        if (signal.aborted) throw new DStreamsError("DSTREAMS_CANCELLED", "The job was cancelled.");
        const records = await this.#compute(job.plan, partition);
        const result = await guarded(describeSite(job.site), () => act(job.action, partition, records));
        job.onResult?.(results.length, result);
        results.push(result);
      }
      return results;
    } finally {
      this.#running.delete(cancel);
    }
  }

  async #compute(node: PlanNode, partition: number): Promise<Records> {
    const kept = this.#kept.get(node.id);
    const before = kept?.get(partition);
    if (before !== undefined && !isLost(before)) return before;
    const records = await this.#computeAnew(node, partition);
    kept?.set(partition, records);
    return records;
  }

  async #computeAnew(node: PlanNode, partition: number): Promise<Records> {
    const { spec } = node;
    const site = describeSite(node.site);
    switch (spec.kind) {
      case "source":
        return (await Array.fromAsync(spec.reader(spec.splits[partition]))).flat(1);
      case "step": {
        const records = await this.#compute(spec.parent, partition);
        return guarded(site, () => applyStep(spec, partition, records));
      }
      case "concat": {
        const all: unknown[] = [];
        for (const [parent, p] of spec.parts[partition] ?? [])
          all.push(...(await this.#compute(at(spec.parents, parent), p)));
        return all;
      }
      case "zip": {
        const inputs: PartitionRecords<never>[] = [];
        for (const [i, p] of (spec.parts[partition] ?? []).entries())
          inputs.push(iterable(await this.#compute(at(spec.parents, i), p)));
        return guarded(site, () => Array.fromAsync(spec.fn(partition, inputs)));
      }
      case "shuffle": {
        let outputs = this.#shuffles.get(node);
        if (outputs === undefined) this.#shuffles.set(node, (outputs = this.#shuffle(spec)));
        return at(await outputs, partition);
      }
    }
  }

  async #shuffle(spec: ShuffleSpec): Promise<unknown[][]> {
    const { partitioner, parent, combine, sort } = spec;
    const outputs: unknown[][] = Array.from({ length: partitioner.n }, () => []);
    for (let p = 0; p < parent.numPartitions; p++) {
      const records = await this.#compute(parent, p);
      for (const [i, record] of records.entries()) {
        const to =
          partitioner.kind === "roundRobin" ? (p + i) % partitioner.n : placeOf(partitioner, (record as Pair)[0]);
        at(outputs, to as number).push(record);
      }
    }
    const combined = combine === undefined ? outputs : outputs.map(pairs => combineAll(pairs as Pair[], combine));
    if (sort === undefined) return combined;
    const key = (sort.key ?? ((k: unknown) => k)) as (k: unknown) => unknown;
    const sign = sort.ascending ? 1 : -1;
    return combined.map(pairs => (pairs as Pair[]).toSorted((a, b) => sign * compare(key(a[0]), key(b[0]))));
  }

  persist(nodeId: number, _level: StorageLevel): void {
    this.#kept.set(nodeId, new Map());
  }

  async unpersist(nodeId: number): Promise<void> {
    this.#kept.delete(nodeId);
  }

  cancel(group?: string): void {
    for (const [controller, of] of this.#running) if (group === undefined || of === group) controller.abort();
  }

  // The thread is the driver's: broadcasts and accumulators are the driver's own.
  release(): void {}
  async addFile(): Promise<void> {}
  broadcast(): void {}
  async unbroadcast(): Promise<void> {}
  onAccumulate(): void {}
  async stop(): Promise<void> {
    this.cancel();
  }

  readonly status: EngineStatus = {
    activeJobs: () => [],
    job: () => undefined,
    stage: () => undefined,
    jobsOfGroup: () => [],
  };
}

async function applyStep({ step }: StepSpec, partition: number, records: Records): Promise<Records> {
  const fn = step.fn as Fn;
  switch (step.op) {
    case "map":
      return records.map(record => fn(record) as unknown);
    case "filter":
      return records.filter(record => fn(record) as unknown);
    case "flatMap":
      return records.flatMap(record => [...(fn(record) as Iterable<unknown>)]);
    case "mapValues":
      return (records as Pair[]).map(([key, value]) => [key, fn(value) as unknown]);
    case "flatMapValues":
      return (records as Pair[]).flatMap(([key, value]) =>
        Array.from(fn(value) as Iterable<unknown>, each => [key, each]),
      );
    case "keyBy":
      return records.map(record => [fn(record) as unknown, record]);
    case "partitions":
      return Array.fromAsync((await fn(partition, iterable(records))) as Iterable<unknown>);
    case "mapAsync":
      return Promise.all(records.map(record => fn(record) as Promise<unknown>));
  }
}

async function act(action: Action, partition: number, records: Records): Promise<unknown> {
  const fn = ("fn" in action ? action.fn : undefined) as Fn;
  switch (action.kind) {
    case "collect":
      return records.slice();
    case "take":
      return records.slice(0, action.n);
    case "count":
      return records.length;
    case "reduce":
      return records.length === 0 ? [] : [records.reduce((a, b) => fn(a, b) as unknown)];
    case "fold":
      return records.reduce((a, b) => fn(a, b) as unknown, structuredClone(action.zero));
    case "foreach":
      for (const record of records) await fn(record);
      return undefined;
    case "partition":
      return await fn(partition, iterable(records));
  }
}

function combineAll(pairs: readonly Pair[], combine: Combine): Pair[] {
  const all = new KeyMap<unknown, unknown>();
  for (const [key, value] of pairs) {
    const [first, before] = [!all.has(key), all.get(key)];
    if (combine.kind === "group") all.set(key, first ? [value] : [...(before as unknown[]), value]);
    else if (combine.kind === "reduce") all.set(key, first ? value : (combine.fn as Fn)(before, value));
    else all.set(key, first ? (combine.create as Fn)(value) : (combine.mergeValue as Fn)(before, value));
  }
  return [...all.entries()];
}

/** A state that a later batch has taken over: to be computed again. */
function isLost([record]: Records): boolean {
  return record instanceof Resident && !record.isValid;
}

function iterable(records: Records): PartitionRecords<never> {
  return {
    [Symbol.iterator]: () => records.values(),
    async *[Symbol.asyncIterator]() {
      yield* records;
    },
  } as PartitionRecords<never>;
}

/** An error of a user's function, as engines report it. */
async function guarded<R>(site: string, body: () => R | Promise<R>): Promise<R> {
  try {
    return await body();
  } catch (cause) {
    if (cause instanceof DStreamsError && cause.code !== "DSTREAMS_KEY") throw cause;
    throw new DStreamsError("DSTREAMS_USER_FUNCTION", `${site} failed: ${(cause as Error).message}`, { cause });
  }
}

function at<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}

/** Where a key is, found by trying: the engines' own search must come to the same. */
function placeOf(partitioner: Exclude<Partitioner, { kind: "roundRobin" }>, key: unknown): number {
  const { n } = partitioner;
  const modulo = (value: number): number => ((value % n) + n) % n;
  if (partitioner.kind === "hash") return modulo(hashKey(key));
  if (partitioner.kind === "custom") return modulo(partitioner.fn(key as never));
  const sortKey = partitioner.key === undefined ? key : partitioner.key(key as never);
  const found = partitioner.bounds.findIndex(bound => compare(sortKey, bound) <= 0);
  const ascending = found < 0 ? n - 1 : found;
  return partitioner.ascending ? ascending : n - 1 - ascending;
}
