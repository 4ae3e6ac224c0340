import { atSite } from "../../base/site.ts";
import { RDD } from "../../rdd/rdd.ts";
import { InputDStream } from "../input-dstream.ts";
import type { StreamingContext } from "../streaming-context.ts";
import type { Time } from "../time.ts";

/** What a batch of a queue stream may be given as: an RDD, or an array of records. */
export type QueuedBatch<T> = RDD<T> | readonly T[];

/** Batches from a queue in the program's own memory: for tests and first steps. */
export class QueueInputDStream<T> extends InputDStream<T> {
  readonly #queue: QueuedBatch<T>[];
  readonly #oneAtATime: boolean;
  readonly #default: QueuedBatch<T> | null | undefined;

  constructor(
    context: StreamingContext,
    queue: QueuedBatch<T>[],
    oneAtATime: boolean,
    defaultBatch: QueuedBatch<T> | null | undefined,
  ) {
    super(context, "queueStream", "QueueInputDStream");
    this.#queue = queue;
    this.#oneAtATime = oneAtATime;
    this.#default = defaultBatch;
  }

  override async compute(_time: Time): Promise<RDD<T>> {
    return atSite(this.site, () => this.#next());
  }

  #next(): RDD<T> {
    const sc = this.context.sparkContext;
    const batches = this.#queue.splice(0, this.#oneAtATime ? 1 : this.#queue.length).map(batch => this.#toRDD(batch));
    const [first] = batches;
    if (first !== undefined) return batches.length === 1 ? first : sc.union(batches);
    if (this.#default === null) return sc.emptyRDD<T>();
    return this.#default === undefined ? sc.parallelize<T>([], 1) : this.#toRDD(this.#default);
  }

  #toRDD(batch: QueuedBatch<T>): RDD<T> {
    return batch instanceof RDD ? batch : this.context.sparkContext.parallelize(batch as readonly T[]);
  }
}
