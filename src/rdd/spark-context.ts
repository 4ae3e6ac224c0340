import { inspect } from "node:util";
import { DStreamsError } from "../base/errors.ts";
import { logger, setLogLevel } from "../base/log.ts";
import { captureSite, describeSite } from "../base/site.ts";
import type { CallSite } from "../base/site.ts";
import { refusesTravel } from "../closure/travel.ts";
import { runsOnSpark } from "../conf/master.ts";
import { localResources } from "../conf/resources.ts";
import { SparkConf } from "../conf/spark-conf.ts";
import { createEngine } from "../engine/create.ts";
import type { Engine } from "../engine/engine.ts";
import { sparkOptions } from "../engine/spark/options.ts";
import type { PartitionRecords } from "../plan/plan.ts";
import { setHadoopConf } from "../storage/hadoop-conf.ts";
import { Accumulator, numberParam } from "./accumulator.ts";
import type { AccumulatorParam } from "./accumulator.ts";
import { Broadcast } from "./broadcast.ts";
import { illegal, requireFunction, requirePath } from "./checks.ts";
import { union } from "./concatenating.ts";
import {
  binaryFiles,
  binaryRecords,
  emptyRDD,
  fromAsync,
  parallelize,
  range,
  textFile,
  wholeTextFiles,
} from "./creating.ts";
import { Driver } from "./driver.ts";
import { resultsOf } from "./kernels/records.ts";
import type { RDD } from "./rdd.ts";
import { AddedFiles } from "./spark-files.ts";
import { StatusTracker } from "./status-tracker.ts";
import type { Yielded } from "./transformations.ts";
import type { Shaped } from "./types.ts";
import { version } from "./version.ts";

const log = logger("SparkContext");

/** Numbers of this process, so that nothing of one context is taken for something of another. */
let contexts = 0;
let broadcasts = 0;
let accumulators = 0;

/**
 * The way into the engine: makes RDDs of data, broadcasts values, counts with accumulators. One per process; `stop()` it when done,
 * or declare it with `await using`.
 *
 * @example
 * ```ts
 * import { SparkConf, SparkContext } from "dstreams";
 * const sc = new SparkContext(new SparkConf().setMaster("local[2]").setAppName("Sum"));
 * console.log(await sc.parallelize([1, 2, 3]).sum());
 * await sc.stop();
 * ```
 * ```text
 * 6
 * ```
 */
export class SparkContext {
  /** The one that is not stopped, if any: there is one at a time in a process, as in Spark. */
  static #active: SparkContext | undefined;

  /** When it was made, ms since the Unix epoch. */
  readonly startTime: number;
  /** What is behind this face. @internal */
  readonly driver: Driver;
  readonly #conf: SparkConf;
  readonly #files: AddedFiles;
  readonly #created: CallSite;
  readonly #ownId: string;
  readonly #accumulators = new Map<number, WeakRef<Accumulator<unknown>>>();

  /**
   * @param conf the configuration, of which a copy is taken; without one, what the command line, the properties file and the
   *   environment say, and `local[*]`
   * @throws DSTREAMS_CONTEXT_EXISTS when another context of this process is not stopped; DSTREAMS_MASTER, DSTREAMS_CONFIGURATION
   */
  constructor(conf?: SparkConf);
  constructor(master?: string, appName?: string, conf?: SparkConf);
  constructor(masterOrConf?: string | SparkConf, appName?: string, conf?: SparkConf) {
    this.#created = captureSite("SparkContext");
    const taken = masterOrConf instanceof SparkConf ? masterOrConf : conf;
    this.#conf = taken === undefined ? new SparkConf() : taken.clone();
    if (typeof masterOrConf === "string") this.#conf.setMaster(masterOrConf);
    if (appName !== undefined) this.#conf.setAppName(appName);
    requireComplete(this.#conf);
    requireAlone(SparkContext.#active, this.#created);
    setHadoopConf(this.#conf.getAll());
    this.#files = new AddedFiles(this.#conf.get("spark.files"));
    const parallelism = this.#conf.getInt("spark.default.parallelism");
    this.driver = new Driver((nextEngine ?? engineOf)(this.#conf), parallelism, this.#created);
    this.driver.engine.onAccumulate((id, term) => this.#accumulators.get(id)?.deref()?.add(term));
    this.startTime = Date.now();
    this.#ownId = `local-${this.startTime}${contexts === 0 ? "" : `-${contexts}`}`;
    contexts++;
    SparkContext.#active = this;
    log.info(() => `Running dstreams version ${version}; submitted application: ${this.appName}`);
  }

  /** Unique among applications: `local-1700000000000`; on Apache Spark what its cluster says, `app-…` or `application_…`, from the first job on. */
  get applicationId(): string {
    return this.driver.engine.applicationId ?? this.#ownId;
  }

  /** The context that is not stopped, or else a new one of `conf`. */
  static getOrCreate(conf?: SparkConf): SparkContext {
    const active = SparkContext.#active;
    if (active === undefined) return new SparkContext(conf);
    if (conf !== undefined) log.warn("Using an existing SparkContext; some configuration may not take effect.");
    return active;
  }

  /** @internal */
  get [refusesTravel](): string {
    return (
      "It appears that you are attempting to reference SparkContext from a broadcast variable, action, or transformation. " +
      "SparkContext can only be used on the driver, not in code that it run on workers. For more information, see SPARK-5063."
    );
  }

  /** The number of partitions where nobody says one: `spark.default.parallelism`, or the number of threads. */
  get defaultParallelism(): number {
    this.driver.requireRunning();
    return this.driver.configuredParallelism ?? this.driver.engine.parallelism;
  }

  /** The least number of partitions of files where nobody says one: 2, or 1 on one thread. */
  get defaultMinPartitions(): number {
    return Math.min(this.defaultParallelism, 2);
  }

  /** `spark.app.name`. */
  get appName(): string {
    return this.#conf.get("spark.app.name", "");
  }

  /** `spark.master`. */
  get master(): string {
    return this.#conf.get("spark.master", "");
  }

  /** The version of this library. */
  get version(): string {
    return version;
  }

  /** There is no web UI in this version. */
  get uiWebUrl(): string | undefined {
    return undefined;
  }

  /** A copy of the configuration. */
  getConf(): SparkConf {
    return this.#conf.clone();
  }

  /** An RDD of an array or another iterable, cut into `numSlices` equal parts (default: `defaultParallelism`). */
  parallelize<T extends Shaped>(records: Iterable<T>, numSlices?: number): RDD<T> {
    return parallelize(this, records, numSlices);
  }

  /** An RDD of an async iterable, which is read to its end, once, when the RDD is first computed. */
  fromAsync<T extends Shaped>(records: AsyncIterable<T> | Iterable<T>, numSlices?: number): RDD<T> {
    return fromAsync(this, records, numSlices);
  }

  /** The whole numbers from `start` (0, when only `end` is given) to before `end`, by `step`; made in the workers. */
  range(end: number): RDD<number>;
  range(start: number, end: number, step?: number, numSlices?: number): RDD<number>;
  range(start: number, end?: number, step = 1, numSlices?: number): RDD<number> {
    return end === undefined ? range(this, 0, start, step, numSlices) : range(this, start, end, step, numSlices);
  }

  /** An RDD without records or partitions. */
  emptyRDD<T = never>(): RDD<T> {
    return emptyRDD(this);
  }

  /**
   * The lines of text files: a file, a directory, a pattern (`* ? [ab] {x,y}`), or several of these with commas between. What is
   * compressed is read as one partition a file.
   */
  textFile(path: string, minPartitions?: number): RDD<string> {
    return textFile(this, path, minPartitions);
  }

  /** `[uri, content]` of every file of a directory. */
  wholeTextFiles(path: string, minPartitions?: number): RDD<[string, string]> {
    return wholeTextFiles(this, path, minPartitions);
  }

  /** `[uri, bytes]` of every file of a directory. */
  binaryFiles(path: string, minPartitions?: number): RDD<[string, Uint8Array]> {
    return binaryFiles(this, path, minPartitions);
  }

  /** Files of records that are all `recordLength` bytes long. */
  binaryRecords(path: string, recordLength: number): RDD<Uint8Array> {
    return binaryRecords(this, path, recordLength);
  }

  /** All records of the RDDs, in order; of none, an empty RDD. */
  union<T>(rdds: readonly RDD<T>[]): RDD<T> {
    const [first, ...rest] = rdds;
    if (first === undefined) return this.emptyRDD();
    return rest.length === 0 ? first : union([first, ...rest]);
  }

  /** Gives a value to all workers, once each. Not to be changed afterwards. */
  broadcast<T>(value: T): Broadcast<T> {
    this.driver.requireRunning();
    return new Broadcast(this.driver, broadcasts++, value);
  }

  /** A value that tasks add to. Numbers are summed; anything else needs a param that says how. */
  accumulator(value: number): Accumulator<number>;
  accumulator<T>(value: T, param: AccumulatorParam<T>): Accumulator<T>;
  accumulator<T>(value: T, param?: AccumulatorParam<T>): Accumulator<T> {
    this.driver.requireRunning();
    if (param === undefined && typeof value !== "number") {
      throw illegal(
        "No default accumulator param for this type of value: only numbers have one. Give an AccumulatorParam.",
      );
    }
    const made = new Accumulator(accumulators++, value, param ?? (numberParam as unknown as AccumulatorParam<T>));
    const { id } = made;
    this.#accumulators.set(id, new WeakRef(made as Accumulator<unknown>));
    this.driver.onceUnreachable(made, () => this.#accumulators.delete(id));
    return made;
  }

  /** Makes a file known to tasks, which find it by `SparkFiles.get(name)`. */
  async addFile(path: string): Promise<void> {
    requirePath("addFile", path);
    this.driver.requireRunning();
    await this.driver.engine.addFile(await this.#files.add(path));
  }

  /** The paths of the files that were added. */
  get listFiles(): string[] {
    return this.#files.list();
  }

  /** How much is logged: ALL, DEBUG, ERROR, FATAL, INFO, OFF, TRACE or WARN. */
  setLogLevel(logLevel: string): void {
    setLogLevel(logLevel);
  }

  /** Where `rdd.checkpoint()` writes: a directory of this run's own is made below. */
  setCheckpointDir(dirName: string): void {
    requirePath("setCheckpointDir", dirName);
    this.driver.requireRunning();
    this.driver.checkpoints.directory = dirName;
  }

  /** The directory of this run below that given to `setCheckpointDir`. */
  getCheckpointDir(): string | undefined {
    return this.driver.checkpoints.directory;
  }

  /** Runs a function over some partitions (default: all); what it yields, in order. */
  async runJob<T, U extends Shaped>(
    rdd: RDD<T>,
    partitionFunc: (records: PartitionRecords<T>) => Yielded<U>,
    partitions?: readonly number[],
  ): Promise<U[]> {
    requireFunction("runJob", partitionFunc);
    const action = { kind: "partition", fn: resultsOf(partitionFunc) } as const;
    return (await this.driver.run(rdd, action, captureSite("runJob"), partitions && { partitions })).flat(1) as U[];
  }

  /** A name for the jobs that are started from now on, to cancel them by and to see them under. */
  setJobGroup(groupId: string, description: string): void {
    this.setLocalProperty("spark.jobGroup.id", groupId);
    this.setLocalProperty("spark.job.description", description);
  }

  /** What the jobs that are started from now on are for. */
  setJobDescription(description: string | undefined): void {
    this.setLocalProperty("spark.job.description", description);
  }

  /** A property of the jobs that are started from now on; undefined removes it. */
  setLocalProperty(key: string, value: string | undefined): void {
    if (value === undefined) this.driver.properties.delete(key);
    else this.driver.properties.set(key, value);
  }

  /** What `setLocalProperty` said; undefined when it said nothing. */
  getLocalProperty(key: string): string | undefined {
    return this.driver.properties.get(key);
  }

  /** Cancels the running jobs of a group; their actions fail with DSTREAMS_CANCELLED. */
  cancelJobGroup(groupId: string): void {
    this.driver.cancel(groupId);
  }

  /** Cancels all running jobs. */
  cancelAllJobs(): void {
    this.driver.cancel();
  }

  /** Shows which jobs and stages run, and how far they are. */
  statusTracker(): StatusTracker {
    return new StatusTracker(this.driver.engine.status);
  }

  /** True after `stop`. */
  get isStopped(): boolean {
    return this.driver.stopped;
  }

  /** Ends the workers and frees all they hold. May be called again. */
  async stop(): Promise<void> {
    if (SparkContext.#active === this) SparkContext.#active = undefined;
    await this.driver.stop();
    await this.#files.clear();
  }

  /** `stop()`, at the end of `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** `SparkContext(master=local[2], appName=Word count)`. */
  toString(): string {
    return `SparkContext(master=${this.master}, appName=${this.appName})`;
  }

  /** What console.log shows. */
  [inspect.custom](): string {
    return String(this);
  }

  /** Where it was made, for messages. @internal */
  get created(): CallSite {
    return this.#created;
  }
}

/** Makes the context's engine from its configuration; a test may put another one in its place. */
export type MakeEngine = (conf: SparkConf) => Engine;

let nextEngine: MakeEngine | undefined;

/** Runs `body`, in which contexts are made with another engine. For tests of what is above the engine. @internal */
export function withEngine<R>(make: MakeEngine, body: () => R): R {
  nextEngine = make;
  try {
    return body();
  } finally {
    nextEngine = undefined;
  }
}

function engineOf(conf: SparkConf): Engine {
  if (runsOnSpark(conf)) return createEngine(sparkOptions(conf));
  const { threads, maxFailures, memoryBytes, workerHeapMegabytes, localDirectory } = localResources(conf);
  return createEngine({
    kind: "local",
    threads,
    maxFailures,
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(workerHeapMegabytes !== undefined && { workerHeapMb: workerHeapMegabytes }),
    ...(localDirectory !== undefined && { spillDirectory: localDirectory }),
    localityWait: conf.getTimeAsMs("spark.locality.wait", 3000),
  });
}

function requireComplete(conf: SparkConf): void {
  if (!conf.contains("spark.master")) throw illegal("A master URL must be set in your configuration");
  if (!conf.contains("spark.app.name")) throw illegal("An application name must be set in your configuration");
}

function requireAlone(active: SparkContext | undefined, created: CallSite): void {
  if (active === undefined) return;
  throw new DStreamsError(
    "DSTREAMS_CONTEXT_EXISTS",
    `Cannot run multiple SparkContexts at once; existing SparkContext(app=${active.appName}, master=${active.master}) ` +
      `created by ${describeSite(active.created)}. Only one SparkContext should be running in this process (see SPARK-2243). ` +
      `Stop it first, or use SparkContext.getOrCreate() (${describeSite(created)}).`,
  );
}
