/**
 * What a SparkContext keeps behind its public face: the engine, how jobs are started, and what is known about RDDs by id.
 * RDDs reach it as `rdd.context.driver`; programs have no business with it.
 */
import { DStreamsError } from "../base/errors.ts";
import { describeSite } from "../base/site.ts";
import type { CallSite } from "../base/site.ts";
import type { Action, Engine, JobProperties } from "../engine/engine.ts";
import { jobScope } from "../engine/job-scope.ts";
import type { StorageLevel } from "../engine/storage-level.ts";
import type { PlanNode } from "../plan/plan.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { Lineage } from "./lineage.ts";

export interface RunOptions {
  /** Default: all. */
  readonly partitions?: readonly number[];
  readonly signal?: AbortSignal;
  readonly onResult?: (index: number, value: unknown) => void;
  /** Default: what is set when it begins. */
  readonly properties?: JobProperties;
}

/** A job that the engine has not heard of yet. */
interface Planning {
  readonly group: string | undefined;
  cancelled?: DStreamsError;
}

export class Driver {
  readonly engine: Engine;
  /** `spark.default.parallelism`, if it is set. */
  readonly configuredParallelism: number | undefined;
  /** Names given by `setName`, for `toDebugString`. */
  readonly names = new WeakMap<PlanNode, string>();
  /** Levels of the RDDs that are persisted, by id. */
  readonly persisted = new Map<number, StorageLevel>();
  /** What `setJobGroup` and `setLocalProperty` said. */
  readonly properties = new Map<string, string>();
  readonly checkpoints: Checkpoints;
  /** Frees what the engine keeps for objects that the program has let go of. */
  readonly #cleaner = new FinalizationRegistry<() => unknown>(clean => this.stopped || clean());
  readonly #created: CallSite;
  /** Jobs whose plans are being made. */
  readonly #planning = new Set<Planning>();
  #stopping: Promise<void> | undefined;

  constructor(engine: Engine, configuredParallelism: number | undefined, created: CallSite) {
    this.engine = engine;
    this.configuredParallelism = configuredParallelism;
    this.checkpoints = new Checkpoints(this);
    this.#created = created;
  }

  /** Throws after `stop`, with where the context was created, as Spark does. */
  requireRunning(): void {
    if (!this.stopped) return;
    throw new DStreamsError(
      "DSTREAMS_CONTEXT_STOPPED",
      `Cannot call methods on a stopped SparkContext.\nThis stopped SparkContext was created at:\n${describeSite(this.#created)}`,
    );
  }

  /** One value per partition of the RDD, in order. Afterwards RDDs of its lineage that were marked are checkpointed. */
  async run(rdd: Lineage, action: Action, site: CallSite, options?: RunOptions): Promise<unknown[]> {
    this.requireRunning();
    // As they are now: others may be set, or the group be cancelled, while the plan is made.
    const properties = jobScope.getStore()?.properties ?? this.#localProperties();
    const plan = await this.#planned(rdd, properties?.group);
    const results = await this.runNode(plan, action, site, { ...options, properties });
    if (this.checkpoints.any) await this.checkpoints.write(plan);
    return results;
  }

  /** Cancels all jobs, or those of a group: also those that the engine has not heard of yet. */
  cancel(group?: string): void {
    this.requireRunning();
    for (const each of this.#planning) {
      if (group !== undefined && each.group !== group) continue;
      const why = group === undefined ? "" : ` part of cancelled job group ${group}`;
      each.cancelled = new DStreamsError("DSTREAMS_CANCELLED", `Job cancelled${why} before it began.`);
    }
    this.engine.cancel(group);
  }

  async #planned(rdd: Lineage, group: string | undefined): Promise<PlanNode> {
    const planning: Planning = { group };
    this.#planning.add(planning);
    try {
      const plan = await rdd.plan();
      if (planning.cancelled !== undefined) throw planning.cancelled;
      return plan;
    } finally {
      this.#planning.delete(planning);
    }
  }

  /** One value per partition of the node, and nothing else. */
  async runNode(plan: PlanNode, action: Action, site: CallSite, options: RunOptions = {}): Promise<unknown[]> {
    this.requireRunning();
    const scope = jobScope.getStore();
    const signal = signalOf(scope?.signal, options.signal);
    return this.engine.run({
      plan,
      partitions: options.partitions ?? Array.from({ length: plan.numPartitions }, (_, p) => p),
      action,
      site,
      properties: options.properties ?? scope?.properties ?? this.#localProperties(),
      ...(signal && { signal }),
      ...(options.onResult && { onResult: options.onResult }),
    });
  }

  /**
   * Runs `clean` some time after nothing refers to `target` any more: a broadcast that no function uses, a plan node that nothing
   * is derived from. `clean` itself must not refer to it.
   */
  onceUnreachable(target: object, clean: () => unknown): void {
    this.#cleaner.register(target, clean);
  }

  persist(id: number, level: StorageLevel): void {
    this.requireRunning();
    this.persisted.set(id, level);
    this.engine.persist(id, level);
  }

  async unpersist(id: number): Promise<void> {
    this.requireRunning();
    if (this.persisted.delete(id)) await this.engine.unpersist(id);
  }

  get stopped(): boolean {
    return this.#stopping !== undefined;
  }

  /** Whoever calls again waits for the same end. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    try {
      await this.engine.stop();
    } finally {
      await this.checkpoints.clear();
    }
  }

  #localProperties(): JobProperties {
    const group = this.properties.get("spark.jobGroup.id");
    const description = this.properties.get("spark.job.description");
    return { ...(group !== undefined && { group }), ...(description !== undefined && { description }) };
  }
}

function signalOf(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a && b ? AbortSignal.any([a, b]) : (a ?? b);
}
