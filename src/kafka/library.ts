/** Kafka's client library, loaded when the first client is made: programs without Kafka need not install it. */
import type * as library from "@platformatic/kafka";
import { optional } from "../base/optional.ts";

export type Library = typeof library;

/** What the brokers answer, in the library's types. */
export type FetchResponse = Awaited<ReturnType<Library["fetchV17"]["api"]["async"]>>;
export type ListOffsetsResponse = Awaited<ReturnType<Library["listOffsetsV9"]["api"]["async"]>>;
export type MetadataResponse = Awaited<ReturnType<Library["metadataV12"]["api"]["async"]>>;

/** @throws DSTREAMS_DEPENDENCY when it is not installed */
export function loadLibrary(): Library {
  return optional<Library>("@platformatic/kafka", "dstreams/kafka needs it");
}
