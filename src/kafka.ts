/** The door for Kafka: `import { KafkaUtils } from "dstreams/kafka"`. It needs the package `@platformatic/kafka` when it is used. */
export { avroDecoder } from "./kafka/avro.ts";
export type { AvroOptions } from "./kafka/avro.ts";
export type { ConsumerRecord } from "./kafka/consumer-record.ts";
export { bytesDecoder, jsonDecoder, utf8Decoder } from "./kafka/decoders.ts";
export type { Decoder } from "./kafka/decoders.ts";
export { jsonEncoder } from "./kafka/encoders.ts";
export type { Encoder } from "./kafka/encoders.ts";
export type { KafkaInputDStream } from "./kafka/kafka-input-dstream.ts";
export { offsetRangesOf } from "./kafka/kafka-rdd.ts";
export { KafkaUtils } from "./kafka/kafka-utils.ts";
export type { DecodingOptions, DirectStreamOptions, ReadOptions } from "./kafka/kafka-utils.ts";
export type { OffsetRange, TopicPartition, TopicPartitionOffset } from "./kafka/offset-range.ts";
export type { KafkaParams, TokenProvider } from "./kafka/param-values.ts";
export { saveToKafka } from "./kafka/save-to-kafka.ts";
export type { SaveToKafkaOptions } from "./kafka/save-to-kafka.ts";
export type { Subscription } from "./kafka/subscription.ts";
