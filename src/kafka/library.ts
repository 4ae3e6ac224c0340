/** Kafka's client library, loaded when the first client is made: programs without Kafka need not install it. */
import type * as library from "@platformatic/kafka";
import { importOptional } from "./optional.ts";

export type Library = typeof library;

/** What the brokers answer, in the library's types. */
export type FetchResponse = Awaited<ReturnType<Library["fetchV17"]["api"]["async"]>>;
export type ListOffsetsResponse = Awaited<ReturnType<Library["listOffsetsV9"]["api"]["async"]>>;
export type MetadataResponse = Awaited<ReturnType<Library["metadataV12"]["api"]["async"]>>;

let loading: Promise<Library> | undefined;

/** Rejects with DSTREAMS_DEPENDENCY when it is not installed. */
export function loadLibrary(): Promise<Library> {
  loading ??= importOptional("@platformatic/kafka", () => import("@platformatic/kafka"));
  return loading;
}
