/**
 * The engine that runs on Apache Spark: this process plans, Spark's JVM driver schedules, Node workers on the executors compute.
 *
 *     run(job) ─▶ HeldNodes  which stages there are             plan → stages
 *              ─▶ StageRdds  a stage as an RDD of Spark's       stages → RDDs
 *              ─▶ SparkJvm   the driver behind the gateway      RDDs → jobs, tasks, shuffles: Spark's business
 *                              └─▶ executors ─▶ worker/         tasks → the same loops as on worker threads
 *
 * Nothing of a partition's records passes through this process but the values of actions.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { DStreamsError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { describeSite } from "../../base/site.ts";
import { classTable } from "../../closure/classes.ts";
import { mainScript } from "../../closure/main-script.ts";
import { decodeValue, setClassTable } from "../../codec/block.ts";
import type { PlanNode } from "../../plan/plan.ts";
import { hadoopSettings } from "../../storage/hadoop-conf.ts";
import type { AccumulatorSink, Engine, EngineStatus, Job } from "../engine.ts";
import { Functions } from "../stages/functions.ts";
import { LineageShuffles } from "../stages/lineage-shuffles.ts";
import { Programs } from "../stages/programs.ts";
import { emptyValue, valueOf } from "../stages/results.ts";
import { type JobRecord, Status } from "../stages/status.ts";
import type { StorageLevel } from "../storage-level.ts";
import { Broadcasts } from "./broadcasts.ts";
import { Commands } from "./commands.ts";
import { jobFailure } from "./failures.ts";
import type { Connection } from "./gateway/connection.ts";
import { type JavaObject, asObject } from "./gateway/parts.ts";
import { servedInFull, readServing } from "./gateway/serving-socket.ts";
import { HeldNodes } from "./held-nodes.ts";
import type { SparkEngineOptions } from "./options.ts";
import { type SparkJvm, python } from "./spark-jvm.ts";
import { StageRdds } from "./stage-rdds.ts";
import { startSpark } from "./start-spark.ts";

const log = logger("SparkEngine");

/** When Spark is asked once more to cancel a job, ms. */
const againAfter = 100;

interface Running {
  readonly record: JobRecord;
  readonly job: Job;
  /** Spark's name for the group that it is alone in. */
  readonly group: string;
  cancelled: DStreamsError | undefined;
  /** Rejects what the caller waits for. */
  readonly onCancel: (error: DStreamsError) => void;
  /** Tells Spark, as long as the job is there. */
  interrupt?: () => void;
}

export class SparkEngine implements Engine {
  readonly name: string;
  readonly parallelism: number;
  applicationId: string | undefined;
  readonly #options: SparkEngineOptions;
  readonly #jvm: Promise<SparkJvm>;
  readonly #rdds: Promise<StageRdds>;
  readonly #held = new HeldNodes();
  readonly #status = new Status();
  readonly #broadcasts: Broadcasts;
  readonly #running = new Set<Running>();
  readonly #lineages = new LineageShuffles();
  readonly #giveUp = new AbortController();
  #accumulate: AccumulatorSink = () => {};
  /** What the JVM has printed. */
  #said: () => string | undefined = () => "";
  #lastJob = -1;
  #stopping: Promise<void> | undefined;

  /** Spark starts at once; what goes wrong with that is told by the first job. */
  constructor(options: SparkEngineOptions) {
    this.#options = options;
    this.name = `Spark at ${options.master}`;
    this.parallelism = options.parallelism;
    setClassTable(classTable);
    this.#jvm = startSpark(options, update => this.#addUp(update), this.#giveUp.signal);
    this.#broadcasts = new Broadcasts(this.#jvm);
    this.#rdds = this.#jvm.then(jvm => this.#makeRdds(jvm));
    void this.#jvm.then(jvm => this.#started(jvm)).catch(() => undefined);
    for (const starting of [this.#jvm, this.#rdds]) starting.catch(() => undefined);
  }

  #started({ gateway, applicationId }: SparkJvm): void {
    this.#said = () => gateway.said();
    this.applicationId = applicationId;
    log.info(() => `Spark calls the application ${applicationId}`);
  }

  get status(): EngineStatus {
    return this.#status;
  }

  async run(job: Job): Promise<unknown[]> {
    if (this.#stopping !== undefined)
      throw new DStreamsError("DSTREAMS_CONTEXT_STOPPED", "Cannot call methods on a stopped SparkContext.");
    if (job.signal?.aborted === true) throw new DStreamsError("DSTREAMS_CANCELLED", "Job cancelled before it began.");
    if (job.partitions.length === 0) return [];
    const { promise: cancelled, reject } = Promise.withResolvers<never>();
    cancelled.catch(() => undefined);
    const running = this.#begin(job, reject);
    const onAbort = (): void => this.#cancel(running, "");
    job.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const results = await Promise.race([this.#compute(running), cancelled]);
      running.record.status = "SUCCEEDED";
      return results;
    } catch (error) {
      running.record.status = "FAILED";
      const { maxFailures } = this.#options;
      const { properties, site } = job;
      throw running.cancelled ?? jobFailure(error, { properties, site, maxFailures, said: this.#said() });
    } finally {
      job.signal?.removeEventListener("abort", onAbort);
      this.#running.delete(running);
    }
  }

  #begin(job: Job, onCancel: Running["onCancel"]): Running {
    const jobId = ++this.#lastJob;
    const record: JobRecord = { jobId, group: job.properties?.group, status: "RUNNING", stageIds: [] };
    const running: Running = { record, job, group: `dstreams job ${jobId}`, cancelled: undefined, onCancel };
    this.#status.addJob(record);
    this.#running.add(running);
    return running;
  }

  /** Partitions that nothing can be in have known values; the others make the job. */
  async #compute(running: Running): Promise<unknown[]> {
    const { job } = running;
    const layout = this.#held.layOut(job.plan);
    const known = emptyValue(job.action);
    const results: unknown[] = [];
    const asked: number[] = [];
    for (const [index, partition] of job.partitions.entries()) {
      if (known === undefined || !layout.root.isEmpty(partition)) asked.push(index);
      else deliver(job, results, index, known());
    }
    if (asked.length === 0) return results;
    const [jvm, rdds] = await Promise.all([this.#jvm, this.#rdds]);
    const purpose = { kind: "action", action: job.action, site: job.site } as const;
    const rdd = await rdds.result(
      layout,
      purpose,
      asked.map(index => job.partitions[index] as number),
    );
    const frames = await jvm.gateway
      .exclusively(connection => this.#submit(running, jvm, connection, rdd, asked.length))
      .finally(() => void jvm.gateway.release([rdd]));
    for (const [i, index] of asked.entries()) {
      const bytes = frames[i] as Buffer;
      // A copy begins where columns of numbers can be read in place.
      const value = await valueOf(job.action, bytes.length === 0 ? undefined : new Uint8Array(bytes));
      deliver(job, results, index, value);
    }
    return results;
  }

  async #submit(
    running: Running,
    jvm: SparkJvm,
    connection: Connection,
    rdd: JavaObject,
    expected: number,
  ): Promise<Buffer[]> {
    const { properties, site } = running.job;
    const description = properties?.description ?? describeSite(site);
    void connection.call(jvm.javaContext, "setCallSite", describeSite(site)).catch(() => undefined);
    await connection.call(jvm.javaContext, "setJobGroup", running.group, description, true);
    if (running.cancelled !== undefined) throw running.cancelled;
    const answered = new AbortController();
    running.interrupt = () => void this.#interrupt(running, jvm, answered.signal);
    try {
      const answer = await connection.callStatic(`${python}.PythonRDD`, "collectAndServe", rdd);
      answered.abort();
      return await servedInFull(connection, await readServing(connection, asObject(answer)), expected);
    } finally {
      answered.abort();
      await connection.call(jvm.javaContext, "clearJobGroup").catch(() => undefined);
    }
  }

  /** Spark does nothing for a group that it has not heard of yet, so it is asked until it has given up the job. */
  async #interrupt({ group }: Running, { gateway, context }: SparkJvm, answered: AbortSignal): Promise<void> {
    try {
      while (!answered.aborted) {
        await gateway.control.call(context, "cancelJobGroup", group);
        await sleep(againAfter, undefined, { signal: answered });
      }
    } catch (error) {
      if (!answered.aborted) log.debug("a job could not be cancelled", error);
    }
  }

  persist(nodeId: number, level: StorageLevel): void {
    if (level.isKept) this.#held.persist(nodeId, level);
  }

  async unpersist(nodeId: number): Promise<void> {
    if (this.#held.levelOf(nodeId) === undefined) return;
    this.#held.unpersist(nodeId);
    await (await this.#rdds).unpersist(nodeId);
  }

  release(node: PlanNode): void {
    const shuffles = this.#lineages.below(node);
    if (shuffles.length > 0) void this.#rdds.then(rdds => shuffles.forEach(id => rdds.drop(id))).catch(() => undefined);
  }

  broadcast(id: number, value: unknown): void {
    this.#broadcasts.set(id, value);
  }

  async unbroadcast(id: number, destroy: boolean): Promise<void> {
    await this.#broadcasts.drop(id, destroy);
  }

  onAccumulate(sink: AccumulatorSink): void {
    this.#accumulate = sink;
  }

  async addFile(path: string): Promise<void> {
    const jvm = await this.#jvm;
    await jvm.gateway.control.call(jvm.context, "addFile", path);
  }

  cancel(group?: string): void {
    for (const running of [...this.#running]) {
      if (group === undefined) this.#cancel(running, "");
      else if (running.job.properties?.group === group) this.#cancel(running, ` part of cancelled job group ${group}`);
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    for (const running of [...this.#running]) this.#cancel(running, " because SparkContext was shut down");
    this.#giveUp.abort(); // unless it has started
    const jvm = await this.#jvm.catch(() => undefined);
    await jvm?.stop();
  }

  /** The caller knows at once; Spark is told where it has been given the job. */
  #cancel(running: Running, why: string): void {
    if (running.cancelled !== undefined) return;
    running.cancelled = new DStreamsError("DSTREAMS_CANCELLED", `Job ${running.record.jobId} cancelled${why}`);
    running.onCancel(running.cancelled);
    running.interrupt?.();
  }

  #makeRdds(jvm: SparkJvm): StageRdds {
    const surroundings = { mainScript: mainScript(), argv: process.argv.slice(2), settings: hadoopSettings() };
    const commands = new Commands(jvm, this.#broadcasts, surroundings);
    const programs = new Programs(new Functions(), gone => commands.forget(gone.programs));
    return new StageRdds(jvm, this.#held, programs, commands);
  }

  #addUp(update: Buffer): void {
    const [id, term] = decodeValue(new Uint8Array(update)) as [number, Uint8Array];
    this.#accumulate(id, decodeValue(term));
  }
}

function deliver(job: Job, results: unknown[], index: number, value: unknown): void {
  results[index] = value;
  job.onResult?.(index, value);
}

/** For `create.ts`, which loads this file only when it is needed. */
export function makeEngine(options: SparkEngineOptions): Engine {
  return new SparkEngine(options);
}
