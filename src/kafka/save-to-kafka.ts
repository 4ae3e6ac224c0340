import { atSite, captureSite } from "../base/site.ts";
import type { CallSite } from "../base/site.ts";
import { describe, illegal, requireFunction } from "../rdd/checks.ts";
import { RDD } from "../rdd/rdd.ts";
import type { DStream } from "../streaming/dstream.ts";
import type { Encoder } from "./encoders.ts";
import type { KafkaParams } from "./param-values.ts";
import { readParams } from "./params.ts";
import type { KafkaSettings } from "./params.ts";
import { checkSubscription } from "./subscription.ts";
import { kafkaWriter } from "./writer.ts";

/** Where pairs are written, and as what. */
export interface SaveToKafkaOptions<K, V> {
  /** Must exist. */
  readonly topic: string;
  /** Kafka's settings by Kafka's names; `bootstrap.servers` must be among them, `compression.type` and `batch.size` may be. */
  readonly kafkaParams: KafkaParams;
  /** What is written of a key; default text and bytes as they are, numbers and booleans as text. Travels to the workers. */
  readonly keyEncoder?: Encoder<K>;
  /** What is written of a value; default as for keys. */
  readonly valueEncoder?: Encoder<V>;
  /** Names the output in the header of each record; default its position among the program's outputs, from 0. */
  readonly name?: string;
}

/**
 * Writes every pair as a record, from the workers. The partition follows from the key as in Java's clients; records without a key go round.
 *
 * Writing is idempotent: a record that has to be sent again, to a broker that restarts or another one, is in the topic once. What can come twice is
 * what a task writes that fails and is tried again, or a batch that is run again. So each record of a stream has a header `dstreams-id`,
 * `<batch time in ms>/<output>/<partition>/<index>`, which is the same then: a reader that has seen it has the record already.
 *
 * @param pairs a stream (an output operation, for every batch), or an RDD (an action, with a promise)
 * @throws DSTREAMS_KAFKA when the topic does not exist, a record is too large, or the brokers do not answer within `delivery.timeout.ms`
 *
 * @example
 * ```ts no-run
 * import { saveToKafka } from "dstreams/kafka";
 * import type { DStream } from "dstreams";
 * declare const counts: DStream<[string, number]>;
 * saveToKafka(counts, { topic: "counts", kafkaParams: { "bootstrap.servers": "localhost:9092" } });
 * ```
 */
export function saveToKafka<K, V>(pairs: DStream<[K, V]>, options: SaveToKafkaOptions<K, V>): void;
export function saveToKafka<K, V>(pairs: RDD<[K, V]>, options: SaveToKafkaOptions<K, V>): Promise<void>;
export function saveToKafka<K, V>(
  pairs: DStream<[K, V]> | RDD<[K, V]>,
  options: SaveToKafkaOptions<K, V>,
): void | Promise<void> {
  const site = captureSite("saveToKafka");
  const settings = check(options);
  if (pairs instanceof RDD) return save(pairs, options, settings, site);
  const { outputs } = pairs.context.graph;
  const name = options.name ?? String(outputs.length);
  atSite(site, () =>
    pairs.foreachRDD((rdd, time) => save(rdd, options, settings, site, `${time.milliseconds}/${name}`)),
  );
}

async function save<K, V>(
  rdd: RDD<[K, V]>,
  options: SaveToKafkaOptions<K, V>,
  settings: KafkaSettings,
  site: CallSite,
  id?: string,
): Promise<void> {
  const { topic, keyEncoder, valueEncoder } = options;
  const fn = kafkaWriter({ settings, topic, keyEncoder, valueEncoder, id });
  await rdd.context.driver.run(rdd, { kind: "partition", fn }, site);
}

function check(options: SaveToKafkaOptions<never, never>): KafkaSettings {
  if (typeof options !== "object" || options === null)
    throw illegal(`saveToKafka takes options, but was given ${describe(options)}.`);
  checkSubscription("saveToKafka", { topics: [options.topic] });
  for (const encoder of [options.keyEncoder, options.valueEncoder])
    if (encoder !== undefined) requireFunction("saveToKafka", encoder);
  return readParams(options.kafkaParams);
}
