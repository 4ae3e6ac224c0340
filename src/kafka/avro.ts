/** Avro with a schema registry: each message begins with the number of its schema, which the registry knows. Runs in the workers. */
import type Avsc from "avsc";
import { DStreamsError } from "../base/errors.ts";
import { optional } from "../base/optional.ts";
import { portable } from "../closure/portable.ts";
import type { Decoder } from "./decoders.ts";

/** Where the schemas are. */
export interface AvroOptions {
  /** The registry's address: `http://registry:8081`. */
  readonly registry: string;
  readonly username?: string;
  readonly password?: string;
}

/**
 * Decodes messages that Confluent's serializers (and those that are like them) have written: a zero, the schema's id in four bytes, and the value in
 * Avro's binary form. Schemas are asked for once in each worker. Records become plain objects, bytes Uint8Arrays; a long that a
 * number cannot hold is an error.
 *
 * @throws DSTREAMS_DATA, as the cause of the batch's error, for other messages and for schemas that are not Avro or refer to others
 *
 * @example
 * ```ts no-run
 * import { StreamingContext } from "dstreams";
 * import { avroDecoder, KafkaUtils } from "dstreams/kafka";
 * declare const ssc: StreamingContext;
 * const orders = KafkaUtils.createDirectStream(ssc, {
 *   topics: ["orders"],
 *   kafkaParams: { "bootstrap.servers": "localhost:9092" },
 *   valueDecoder: avroDecoder<{ id: string; amount: number }>({ registry: "http://localhost:8081" }),
 * });
 * orders.map(({ value }) => value.amount).pprint();
 * ```
 */
export function avroDecoder<T = unknown>(options: AvroOptions): Decoder<T> {
  return registryDecoder(options) as Decoder<T>;
}

/** @internal */
export const registryDecoder = portable(
  import.meta.url,
  "registryDecoder",
  (options: AvroOptions): Decoder<unknown> => {
    const types = new Map<number, Avsc.Type>();
    return bytes => {
      const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (message.length < 5 || message[0] !== 0) {
        throw new DStreamsError("DSTREAMS_DATA", "the message does not begin with the id of a schema");
      }
      const id = message.readUInt32BE(1);
      const type = types.get(id);
      if (type !== undefined) return decode(type, message);
      return typeOf(options, id).then(found => {
        types.set(id, found);
        return decode(found, message);
      });
    };
  },
);

function decode(type: Avsc.Type, message: Buffer): unknown {
  return plain(type.fromBuffer(message.subarray(5)));
}

async function typeOf(options: AvroOptions, id: number): Promise<Avsc.Type> {
  const avsc = optional<typeof Avsc>("avsc", "avroDecoder needs it");
  const { registry, username, password } = options;
  const credentials = Buffer.from(`${username ?? ""}:${password ?? ""}`).toString("base64");
  const headers = username === undefined ? {} : { authorization: `Basic ${credentials}` };
  const response = await fetch(`${registry.replace(/\/$/, "")}/schemas/ids/${id}`, { headers });
  if (!response.ok) {
    throw new DStreamsError(
      "DSTREAMS_DATA",
      `the registry at ${registry} gave no schema ${id} (HTTP ${response.status})`,
    );
  }
  const answer = (await response.json()) as { schema: string; schemaType?: string; references?: readonly unknown[] };
  if ((answer.schemaType ?? "AVRO") !== "AVRO" || (answer.references ?? []).length > 0) {
    throw new DStreamsError(
      "DSTREAMS_DATA",
      `schema ${id} is not Avro, or refers to other schemas, which is not in this version`,
    );
  }
  return avsc.Type.forSchema(JSON.parse(answer.schema) as Parameters<typeof avsc.Type.forSchema>[0]);
}

/** The library makes records objects of classes that it generates, and lets bytes lie in the message. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}
