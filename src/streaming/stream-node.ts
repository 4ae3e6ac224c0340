import { inspect } from "node:util";
import { DStreamsError, require } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { atSite, captureSite, describeSite } from "../base/site.ts";
import type { CallSite } from "../base/site.ts";
import { refusesTravel } from "../closure/travel.ts";
import { StorageLevel } from "../engine/storage-level.ts";
import type { Fn } from "../plan/plan.ts";
import { requireFunction } from "../rdd/checks.ts";
import type { RDD } from "../rdd/rdd.ts";
import { RDDCheckpoints } from "./checkpoint-data.ts";
import type { StreamCheckpoints } from "./checkpoint-data.ts";
import type { DStream } from "./dstream.ts";
import { Seconds, toDuration } from "./duration.ts";
import type { Duration, DurationLike } from "./duration.ts";
import type { StreamingContext } from "./streaming-context.ts";
import type { Time } from "./time.ts";

const log = logger("DStream");

/**
 * How a stream gets its RDD of a batch. A new kind of stream (a window, a state) is a new recipe; nothing here changes.
 */
export interface Recipe<T> {
  /** What kind of stream it is, in messages: `MappedDStream`. */
  readonly name: string;
  readonly site: CallSite;
  /** Streams whose RDDs it uses. */
  readonly parents: readonly StreamNode<unknown>[];
  /** Time between two of its RDDs; default that of the first parent. */
  readonly slide?: Duration;
  /** Functions that will travel to the workers; looked at when the context starts, so that mistakes show at once. */
  readonly functions?: readonly Fn[];
  /** How its RDDs are kept unless `persist` says otherwise; default not at all. */
  readonly storageLevel?: StorageLevel;
  /** Whose RDDs `persist` is about, where these are not its own (a window keeps the RDDs it is made of). */
  readonly persistsIn?: StreamNode<unknown>;
  /** Whose RDDs `checkpoint` is about, where these are not its own. */
  readonly checkpointsIn?: StreamNode<unknown>;
  /** True when its RDDs would grow an endless lineage without checkpoints (states). */
  readonly mustCheckpoint?: boolean;
  /** How often one that must is saved when nobody has said; default the least multiple of the slide that is 10 s or more. */
  readonly checkpointInterval?: Duration;
  /** How its RDDs are saved; default each by itself, in files. */
  readonly checkpoints?: StreamCheckpoints;
  /** How long parents must keep theirs for it, given how long it keeps its own; default the same. */
  parentRemember?(own: Duration): Duration;
  /** The RDD of the batch, or undefined when there is none. Called once per batch at most. */
  compute(time: Time): Promise<RDD<T> | undefined>;
}

const nothing = Promise.resolve(undefined);

/**
 * A node of the DStream graph: a recipe, and the RDDs it has yielded.
 *
 *     zeroTime      +slide        +2·slide       …            now
 *        │             │              │                        │
 *        (no RDD)    RDD ──────────  RDD ───────  …  ───────  RDD
 *                    └─ dropped after ─┘  └── kept for rememberDuration ──┘
 *
 * A time is *valid* when it is zeroTime + k · slide, k > 0; only then there is an RDD, and all who ask get the same.
 */
export class StreamNode<T> {
  /** The context it was made in. */
  readonly context: StreamingContext;
  /** Where in the program it was made. @internal */
  readonly site: CallSite;
  /** The time between two of its RDDs: the batch duration, or a multiple of it. */
  readonly slideDuration: Duration;
  readonly #recipe: Recipe<T>;
  /** By ms; nearly always in order of time, since batches are. */
  readonly #generated = new Map<number, Promise<RDD<T> | undefined>>();
  #zeroTime: Time | undefined;
  #rememberDuration: Duration | undefined;
  #parentsRemember: Duration | undefined;
  readonly #checkpoints: StreamCheckpoints;
  #checkpointDuration: Duration | undefined;
  #storageLevel: StorageLevel;

  /** Streams are made by a StreamingContext or from other streams. @internal */
  constructor(context: StreamingContext, recipe: Recipe<T>) {
    context.requireNotStarted();
    this.context = context;
    this.site = recipe.site;
    this.#recipe = recipe;
    this.slideDuration = recipe.slide ?? recipe.parents[0]?.slideDuration ?? context.graph.batchDuration;
    this.#storageLevel = recipe.storageLevel ?? StorageLevel.NONE;
    this.#checkpoints = recipe.checkpoints ?? new RDDCheckpoints();
  }

  /** @internal */
  get [refusesTravel](): string {
    return (
      `Object of ${this.kind} is being serialized possibly as a part of closure of an RDD operation. This is because the ` +
      "DStream object is being referred to from within the closure. Please rewrite the RDD operation inside this DStream to avoid this."
    );
  }

  /**
   * A stream of what `build` makes of each RDD. All RDDs made in it belong to the line where `operator` was called.
   * `functions` are those of the user that it hands on to the workers. @internal
   */
  derive<U>(operator: string, kind: string, functions: readonly Fn[], build: (rdd: RDD<T>) => RDD<U>): DStream<U> {
    const site = captureSite(operator);
    for (const fn of functions) requireFunction(operator, fn);
    return this.context.newStream<U>({
      name: kind,
      site,
      parents: [this as StreamNode<unknown>],
      functions,
      compute: async time => {
        const rdd = await this.getOrCompute(time);
        return rdd && atSite(site, () => build(rdd));
      },
    });
  }

  /** What kind of stream it is: `MappedDStream`. @internal */
  get kind(): string {
    return this.#recipe.name;
  }

  /** `MappedDStream at map at wordcount.ts:8`. */
  toString(): string {
    return `${this.kind} at ${describeSite(this.site)}`;
  }

  /** What console.log shows. */
  [inspect.custom](): string {
    return String(this);
  }

  /** @internal */
  get parents(): readonly StreamNode<unknown>[] {
    return this.#recipe.parents;
  }

  /** @internal */
  get functions(): readonly Fn[] {
    return this.#recipe.functions ?? [];
  }

  /** @internal */
  get zeroTime(): Time | undefined {
    return this.#zeroTime;
  }

  /** @internal */
  get rememberDuration(): Duration | undefined {
    return this.#rememberDuration;
  }

  /** @internal */
  get checkpointDuration(): Duration | undefined {
    return this.#checkpointDuration;
  }

  /** How its RDDs are kept, as `persist` said; NONE without. */
  get storageLevel(): StorageLevel {
    return this.#storageLevel;
  }

  /** The RDD of a batch: the one there is, or a new one. Undefined at a time that is not valid, or when the recipe yields none. @internal */
  getOrCompute(time: Time): Promise<RDD<T> | undefined> {
    const known = this.#generated.get(time.milliseconds);
    if (known !== undefined) return known;
    if (!this.isTimeValid(time)) return nothing;
    const rdd = this.#generate(time);
    this.#generated.set(time.milliseconds, rdd);
    // A batch that failed here may be asked for again, e.g. by slice().
    rdd.catch(() => this.#generated.delete(time.milliseconds));
    return rdd;
  }

  /** True when the stream has an RDD at this time. @internal */
  isTimeValid(time: Time): boolean {
    const zero = this.#zeroTime;
    if (zero === undefined) throw new DStreamsError("DSTREAMS_STREAM", `${this.kind} has not been initialized`);
    const elapsed = time.milliseconds - zero.milliseconds;
    return elapsed > 0 && elapsed % this.slideDuration.milliseconds === 0;
  }

  /** True when the RDD of this time is one that is checkpointed. @internal */
  isCheckpointTime(time: Time): boolean {
    const interval = this.#checkpointDuration;
    const zero = this.#zeroTime;
    return interval !== undefined && zero !== undefined && time.minus(zero).isMultipleOf(interval);
  }

  /** Fixes the time everything is counted from, here and above; sets the durations that nobody has set. @internal */
  initialize(zeroTime: Time): void {
    if (this.#zeroTime !== undefined) {
      if (this.#zeroTime.equals(zeroTime)) return;
      throw new DStreamsError(
        "DSTREAMS_ILLEGAL_STATE",
        `ZeroTime is already initialized to ${this.#zeroTime}, cannot initialize it again to ${zeroTime}`,
      );
    }
    this.#zeroTime = zeroTime;
    const slide = this.slideDuration;
    if (this.#recipe.mustCheckpoint && this.#checkpointDuration === undefined) {
      this.#checkpointDuration =
        this.#recipe.checkpointInterval ?? slide.times(Math.ceil(Seconds(10).dividedBy(slide)));
    }
    const checkpoint = this.#checkpointDuration;
    const least = checkpoint !== undefined && slide.lessEq(checkpoint) ? checkpoint.times(2) : slide;
    this.#rememberDuration = least.max(this.#rememberDuration ?? least);
    for (const parent of this.parents) parent.initialize(zeroTime);
  }

  /** Keep RDDs at least this long; the parents keep theirs as long as that needs. @internal */
  remember(duration: Duration | undefined): void {
    if (duration !== undefined) this.#rememberDuration = duration.max(this.#rememberDuration ?? duration);
    const own = this.#rememberDuration;
    if (own === undefined) return;
    const above = this.#recipe.parentRemember?.(own) ?? own;
    if (this.#parentsRemember?.greaterEq(above)) return;
    this.#parentsRemember = above;
    for (const parent of this.parents) parent.remember(above);
  }

  /** @internal */
  setStorageLevel(level: StorageLevel): void {
    if (!this.context.isInitialized) {
      throw new DStreamsError(
        "DSTREAMS_UNSUPPORTED",
        "Cannot change storage level of an DStream after streaming context has started",
      );
    }
    const { persistsIn } = this.#recipe;
    if (persistsIn === undefined) this.#storageLevel = level;
    else persistsIn.setStorageLevel(level);
  }

  /** The same, unless the program has said how. @internal */
  keepAtLeast(level: StorageLevel): void {
    if (!this.#isKept) this.setStorageLevel(level);
  }

  /** True when its RDDs are kept, or those that they are made of. */
  get #isKept(): boolean {
    const { persistsIn } = this.#recipe;
    return persistsIn === undefined ? this.#storageLevel.isKept : persistsIn.#isKept;
  }

  /** @internal */
  setCheckpointInterval(interval: DurationLike): void {
    const { checkpointsIn } = this.#recipe;
    if (checkpointsIn !== undefined) return checkpointsIn.setCheckpointInterval(interval);
    if (!this.context.isInitialized) {
      throw new DStreamsError(
        "DSTREAMS_UNSUPPORTED",
        "Cannot change checkpoint interval of an DStream after streaming context has started",
      );
    }
    this.keepAtLeast(StorageLevel.MEMORY_ONLY_SER);
    this.#checkpointDuration = toDuration(interval, "The checkpoint interval");
  }

  /** What must hold before the first batch; each has Spark's wording. @internal */
  validateAtStart(): void {
    const slide = this.slideDuration;
    const interval = this.#checkpointDuration;
    const remember = this.#rememberDuration;
    require(remember !== undefined, "Remember duration is set to null");
    require(!this.#recipe.mustCheckpoint ||
      interval !==
        undefined, `The checkpoint interval for ${this.kind} has not been set. Please use DStream.checkpoint() to set the interval.`);
    if (interval === undefined) return;
    require(this.context.checkpointDirectory !==
      undefined, "The checkpoint directory has not been set. Please set it by StreamingContext.checkpoint().");
    const set = `The checkpoint interval for ${this.kind} has been set to ${interval}`;
    require(interval.greaterEq(
      slide,
    ), `${set} which is lower than its slide time (${slide}). Please set it to at least ${slide}.`);
    require(interval.isMultipleOf(
      slide,
    ), `${set} which not a multiple of its slide time (${slide}). Please set it to a multiple of ${slide}.`);
    require(this
      .#isKept, `${this.kind} has been marked for checkpointing but the storage level has not been set to enable persisting. ` +
      "Please use DStream.persist() to set the storage level to use memory for better checkpointing performance.");
    require(remember.greater(
      interval,
    ), `The remember duration for ${this.kind} has been set to ${remember} which is not more than the checkpoint interval ` +
      `(${interval}). Please set it to higher than ${interval}.`);
  }

  /** Called when the batch is done: forgets, and hands back, the RDDs that nobody will ask for again. @internal */
  clearMetadata(time: Time): Promise<RDD<T> | undefined>[] {
    const newestOld = time.milliseconds - (this.#rememberDuration ?? this.slideDuration).milliseconds;
    const old: Promise<RDD<T> | undefined>[] = [];
    // The map is in order of time, so this ends at the first that stays. One that was computed late leaves a little later.
    for (const [at, rdd] of this.#generated) {
      if (at > newestOld) break;
      this.#generated.delete(at);
      old.push(rdd);
    }
    if (old.length > 0) this.#checkpoints.forget(newestOld);
    return old;
  }

  /** The RDDs of all batches from `begin` to `end`, both included. @internal */
  async rddsBetween(begin: Time, end: Time): Promise<RDD<T>[]> {
    const zero = this.#zeroTime;
    if (zero === undefined) throw new DStreamsError("DSTREAMS_STREAM", `${this.kind} has not been initialized`);
    const from = this.#onGrid("fromTime", begin, zero);
    const to = this.#onGrid("toTime", end, zero);
    const rdds: RDD<T>[] = [];
    for (const time of from.to(to, this.slideDuration)) {
      const rdd = time.greater(zero) ? await this.getOrCompute(time) : undefined;
      if (rdd !== undefined) rdds.push(rdd);
    }
    return rdds;
  }

  #onGrid(what: string, time: Time, zero: Time): Time {
    const floored = time.floor(this.slideDuration, zero);
    if (!floored.equals(time)) {
      log.warn(`${what} (${time}) is not a multiple of slideDuration (${this.slideDuration}); ${floored} is taken`);
    }
    return floored;
  }

  async #generate(time: Time): Promise<RDD<T> | undefined> {
    const rdd = await this.#recipe.compute(time);
    if (rdd === undefined) return undefined;
    if (this.#storageLevel.isKept) rdd.persist(this.#storageLevel);
    if (this.isCheckpointTime(time)) this.#checkpoints.mark(rdd, time);
    return rdd;
  }
}
