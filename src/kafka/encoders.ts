/** What is written of a key or a value. They run in the workers. */
import { describe } from "../rdd/checks.ts";
import { DStreamsError } from "../base/errors.ts";

/** Bytes or text of a key or a value. Null and undefined are written as null and not handed to it. */
export type Encoder<T> = (value: T) => Uint8Array | string;

/** JSON. @throws DSTREAMS_RECORD for what JSON has no form for, such as a function */
export function jsonEncoder(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new DStreamsError("DSTREAMS_RECORD", `JSON has no form for ${describe(value)}.`);
  return text;
}

/** Text and bytes as they are, numbers and the like as text; for anything else somebody must say how. */
export function encode(value: unknown, encoder: Encoder<never> | undefined): Buffer | undefined {
  if (value === null || value === undefined) return undefined;
  const encoded: unknown = encoder === undefined ? value : encoder(value as never);
  if (typeof encoded === "string") return Buffer.from(encoded);
  if (encoded instanceof Uint8Array) return Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  if (
    encoder === undefined &&
    (typeof encoded === "number" || typeof encoded === "bigint" || typeof encoded === "boolean")
  ) {
    return Buffer.from(String(encoded));
  }
  throw new DStreamsError(
    "DSTREAMS_RECORD",
    `Kafka takes text and bytes, but was given ${describe(encoded)}. Say keyEncoder or valueEncoder, for example jsonEncoder.`,
  );
}
