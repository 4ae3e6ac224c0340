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
    const plan = await rdd.plan();
    const results = await this.runNode(plan, action, site, options);
    if (this.checkpoints.any) await this.checkpoints.write(plan);
    return results;
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
      properties: scope?.properties ?? this.#localProperties(),
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
