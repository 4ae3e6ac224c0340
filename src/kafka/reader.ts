/** Runs in the workers: the records of one range. */
import { DStreamsError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { portable } from "../closure/portable.ts";
import type { Reader } from "../plan/plan.ts";
import { earliest } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import type { ConsumerRecord } from "./consumer-record.ts";
import type { Decoder } from "./decoders.ts";
import { nameOf } from "./offset-range.ts";
import type { OffsetRange } from "./offset-range.ts";
import type { KafkaSettings } from "./params.ts";
import type { Fetched } from "./record-batches.ts";
import { useCluster } from "./worker-clients.ts";

const log = logger("Kafka");

/** How a range is read. */
export interface Reading {
  readonly settings: KafkaSettings;
  /** `[key, value]`, or ConsumerRecords. */
  readonly form: "pairs" | "records";
  /** Undefined: text in UTF-8. */
  readonly keyDecoder: Decoder<unknown> | undefined;
  readonly valueDecoder: Decoder<unknown> | undefined;
  /** False: what is no longer there is left out, with a warning. */
  readonly failOnDataLoss: boolean;
  /** False: an offset without a record is an error, so that a range's length is the number of its records. */
  readonly gaps: boolean;
}

/** Yields the records of an `OffsetRange`, a chunk a fetch. */
export const kafkaReader = portable(
  import.meta.url,
  "kafkaReader",
  (reading: Reading): Reader =>
    split =>
      read(split as OffsetRange, reading),
);

/** The next fetch is under way while the records of the last one are worked on. */
async function* read(range: OffsetRange, reading: Reading): AsyncGenerator<readonly unknown[]> {
  const { client, done } = useCluster(reading.settings);
  try {
    let next: Promise<Fetched> | undefined = fetchFrom(client, range, range.fromOffset, reading);
    for (let at = range.fromOffset; next !== undefined; ) {
      const fetched: Fetched = await next;
      next = fetched.next < range.untilOffset ? fetchFrom(client, range, fetched.next, reading) : undefined;
      next?.catch(() => undefined); // told when its turn has come, if it still has
      const rest = { ...range, fromOffset: at };
      if (!reading.gaps) requireWhole(fetched, rest);
      const chunk = toChunk(fetched, rest, reading);
      at = fetched.next;
      yield chunk instanceof Promise ? await chunk : chunk;
    }
  } finally {
    done();
  }
}

async function fetchFrom(client: Cluster, range: OffsetRange, at: number, reading: Reading): Promise<Fetched> {
  const rest = { ...range, fromOffset: at };
  try {
    return await client.fetch(rest);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (reading.failOnDataLoss || code !== "DSTREAMS_DATA_LOSS") throw error;
    return { batches: [], next: await skip(client, rest), end: 0 };
  }
}

/** Where there are records again. */
async function skip(client: Cluster, rest: OffsetRange): Promise<number> {
  const topic = (await client.topics([rest.topic])).get(rest.topic);
  const first = topic === undefined ? undefined : (await client.offsets([rest], earliest)).get(nameOf(rest));
  const next = Math.min(rest.untilOffset, Math.max(rest.fromOffset + 1, first ?? rest.untilOffset));
  log.warn(
    `Offsets ${rest.fromOffset} to ${next} of ${nameOf(rest)} are lost: they are not there any more (failOnDataLoss is false).`,
  );
  return next;
}

function toChunk(fetched: Fetched, range: OffsetRange, reading: Reading): unknown[] | Promise<unknown[]> {
  const { topic, partition, fromOffset, untilOffset } = range;
  const pairs = reading.form === "pairs";
  const decodeKey = decoding("key", reading.keyDecoder, range);
  const decodeValue = decoding("value", reading.valueDecoder, range);
  const chunk: unknown[] = [];
  let promised = false;
  for (const batch of fetched.batches) {
    const firstOffset = Number(batch.firstOffset);
    const firstTimestamp = Number(batch.firstTimestamp);
    const appendTime = (batch.attributes & logAppendTime) === 0 ? undefined : Number(batch.maxTimestamp);
    for (const { offsetDelta, timestampDelta, key, value, headers } of batch.records) {
      const offset = firstOffset + offsetDelta;
      if (offset < fromOffset || offset >= untilOffset) continue;
      const k = key === null ? null : decodeKey(key, offset);
      const v = value === null ? null : decodeValue(value, offset);
      promised ||= k instanceof Promise || v instanceof Promise;
      if (pairs) chunk.push([k, v]);
      else {
        const timestamp = appendTime ?? firstTimestamp + Number(timestampDelta);
        chunk.push({ topic, partition, offset, timestamp, key: k, value: v, headers: headersOf(headers) });
      }
    }
  }
  return promised ? settled(chunk, pairs) : chunk;
}

const logAppendTime = 1 << 3;
const noHeaders: ConsumerRecord["headers"] = [];

function headersOf(headers: readonly (readonly [Buffer | null, Buffer | null])[]): ConsumerRecord["headers"] {
  if (headers.length === 0) return noHeaders;
  return headers.map(([name, value]) => [name?.toString("utf8") ?? "", value && new Uint8Array(value)] as const);
}

/** Errors of a decoder say which record it was. */
function decoding(
  what: string,
  decoder: Decoder<unknown> | undefined,
  range: OffsetRange,
): (bytes: Buffer, offset: number) => unknown {
  if (decoder === undefined) return bytes => bytes.toString("utf8");
  const failed = (offset: number, cause: unknown): never => {
    const said = cause instanceof Error ? cause.message : String(cause);
    const message = `${nameOf(range)}, offset ${offset}: the ${what} could not be decoded: ${said}`;
    throw cause instanceof DStreamsError && cause.code === "DSTREAMS_DEPENDENCY"
      ? cause
      : new DStreamsError("DSTREAMS_DATA", message, { cause });
  };
  return (bytes, offset) => {
    try {
      const decoded = decoder(bytes);
      if (!(decoded instanceof Promise)) return decoded;
      const checked = decoded.catch((error: unknown) => failed(offset, error));
      checked.catch(() => undefined); // awaited in the order of the records, but it may fail before
      return checked;
    } catch (error) {
      return failed(offset, error);
    }
  };
}

async function settled(chunk: unknown[], pairs: boolean): Promise<unknown[]> {
  const [key, value] = pairs ? (["0", "1"] as const) : (["key", "value"] as const);
  for (const record of chunk as Record<string, unknown>[]) {
    record[key] = await record[key];
    record[value] = await record[value];
  }
  return chunk;
}

/** Every offset must hold a record that may be seen. */
function requireWhole(fetched: Fetched, range: OffsetRange): void {
  const until = Math.min(fetched.next, range.untilOffset);
  let expected = range.fromOffset;
  for (const batch of fetched.batches) {
    for (const { offsetDelta } of batch.records) {
      const offset = Number(batch.firstOffset) + offsetDelta;
      if (offset < expected) continue;
      if (offset >= until) break;
      if (offset > expected) throw gap(range, expected, offset);
      expected++;
    }
  }
  if (expected < until) throw gap(range, expected, until);
}

function gap(range: OffsetRange, from: number, until: number): DStreamsError {
  return new DStreamsError(
    "DSTREAMS_DATA",
    `${nameOf(range)} has no records from offset ${from} to ${until}. If this is a compacted topic, or one that is written in transactions, ` +
      "set spark.streaming.kafka.allowNonConsecutiveOffsets to true, or leave it out.",
  );
}
