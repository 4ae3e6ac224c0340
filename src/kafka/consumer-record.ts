/** A record as it was read from Kafka. A plain object: it can be kept, sent and windowed like any other. */
export interface ConsumerRecord<K = string, V = string> {
  readonly topic: string;
  readonly partition: number;
  /** Its place in the partition. */
  readonly offset: number;
  /** Milliseconds since the epoch: when it was made, or when the broker got it (`message.timestamp.type` of the topic). */
  readonly timestamp: number;
  /** Null when the record has none. */
  readonly key: K | null;
  /** Null at run time for the tombstones of compacted topics, which the type leaves out since most topics have none. */
  readonly value: V;
  /** Names and values in the order they were written; a name may come twice. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
}
