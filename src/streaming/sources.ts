import { describe, illegal, requireFunction, requirePath } from "../rdd/checks.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { Shaped } from "../rdd/types.ts";
import { StorageLevel } from "../engine/storage-level.ts";
import { captureSite } from "../base/site.ts";
import type { DStream } from "./dstream.ts";
import { binaryRecords, lines, wholeBinary, wholeText } from "./inputs/file-formats.ts";
import type { FileFormat } from "./inputs/file-formats.ts";
import { FileInputDStream } from "./inputs/file-input-dstream.ts";
import type { FileInputOptions } from "./inputs/file-input-dstream.ts";
import { QueueInputDStream } from "./inputs/queue-input-dstream.ts";
import type { QueuedBatch } from "./inputs/queue-input-dstream.ts";
import { IterableReceiver } from "./receivers/iterable-receiver.ts";
import type { RecordSource } from "./receivers/iterable-receiver.ts";
import { LineConverter } from "./receivers/line-converter.ts";
import { Receiver } from "./receivers/receiver.ts";
import { ReceiverInputDStream } from "./receivers/receiver-input-dstream.ts";
import { SocketReceiver } from "./receivers/socket-receiver.ts";
import type { SocketConverter } from "./receivers/socket-receiver.ts";
import type { StreamNode } from "./stream-node.ts";
import type { StreamingContext } from "./streaming-context.ts";
import type { Time } from "./time.ts";
import { transformed, unionOf } from "./transformations.ts";

/** Which files `fileStream` takes, and what it makes of them. */
export interface FileStreamOptions<Format extends "lines" | "wholeText" | "binary" = "lines"> extends FileInputOptions {
  /** Lines (default), `[path, text]` of each file, or `[path, bytes]` of each file. */
  readonly format?: Format;
}

const formats: Readonly<Record<"lines" | "wholeText" | "binary", FileFormat>> = {
  lines,
  wholeText,
  binary: wholeBinary,
};

/** Where streams come from: the part of StreamingContext that makes them. */
export abstract class Sources {
  /**
   * The lines of new text files in a directory (or in all that a pattern matches). A file belongs to the batch in whose interval it was
   * modified; move complete files in, with a fresh modification time. Files that are there before the stream is created are not
   * read, nor are names that begin with a dot.
   */
  textFileStream(directory: string): DStream<string> {
    requirePath("textFileStream", directory);
    return new FileInputDStream<string>(context(this), "textFileStream", directory, lines, {});
  }

  /** `textFileStream` with a say in which files are taken and in what records they become. */
  fileStream(directory: string, options?: FileStreamOptions<"lines">): DStream<string>;
  fileStream(directory: string, options: FileStreamOptions<"wholeText">): DStream<[string, string]>;
  fileStream(directory: string, options: FileStreamOptions<"binary">): DStream<[string, Uint8Array]>;
  fileStream(directory: string, options: FileStreamOptions<"lines" | "wholeText" | "binary"> = {}): DStream<never> {
    requirePath("fileStream", directory);
    if (options.filter !== undefined) requireFunction("fileStream", options.filter);
    const format = formats[options.format ?? "lines"];
    return new FileInputDStream<never>(context(this), "fileStream", directory, format, options);
  }

  /** New files of records that are all `recordLength` bytes long. */
  binaryRecordsStream(directory: string, recordLength: number): DStream<Uint8Array> {
    requirePath("binaryRecordsStream", directory);
    const format = binaryRecords(recordLength);
    return new FileInputDStream<Uint8Array>(context(this), "binaryRecordsStream", directory, format, {});
  }

  /**
   * Batches from an array, first to last; what you push later comes later. An element is an RDD, or an array of records.
   *
   * @param oneAtATime false: each batch takes all there are (default true)
   * @param defaultBatch what comes when the queue is empty; default an RDD with one empty partition, null for one without partitions
   */
  queueStream<T extends Shaped>(
    queue: QueuedBatch<T>[],
    oneAtATime = true,
    defaultBatch?: QueuedBatch<T> | null,
  ): DStream<T> {
    if (!Array.isArray(queue))
      throw illegal(`queueStream takes an array of batches, but was given ${describe(queue)}.`);
    return new QueueInputDStream<T>(context(this), queue, oneAtATime, defaultBatch);
  }

  /** Lines of UTF-8 text from a TCP server. When the connection ends, or there is none, it is tried again every 2 seconds. */
  socketTextStream(
    hostname: string,
    port: number,
    storageLevel: StorageLevel = StorageLevel.MEMORY_AND_DISK_2,
  ): DStream<string> {
    const receiver = new SocketReceiver(hostname, port, () => new LineConverter(), storageLevel);
    return new ReceiverInputDStream<string>(context(this), "socketTextStream", receiver);
  }

  /** `socketTextStream` with a converter of yours from bytes to records, made anew for each connection. */
  socketStream<T extends Shaped>(
    hostname: string,
    port: number,
    converter: () => SocketConverter<T>,
    storageLevel: StorageLevel = StorageLevel.MEMORY_AND_DISK_2,
  ): DStream<T> {
    requireFunction("socketStream", converter);
    const receiver = new SocketReceiver(hostname, port, converter, storageLevel);
    return new ReceiverInputDStream<T>(context(this), "socketStream", receiver);
  }

  /** What a receiver of yours stores, or what an iterable yields (async ones above all). */
  receiverStream<T>(source: Receiver<T> | RecordSource<T>): DStream<T> {
    const receiver = source instanceof Receiver ? source : new IterableReceiver(source);
    return new ReceiverInputDStream<T>(context(this), "receiverStream", receiver);
  }

  /** The records of all streams, batch by batch; they must have the same slide duration. One stream is returned as it is. */
  union<T>(...streams: readonly DStream<T>[]): DStream<T> {
    return streams.length === 1 ? (streams[0] as DStream<T>) : unionOf(streams);
  }

  /** What `func` makes of the RDDs that several streams have in the same batch. It runs on the driver, each batch. */
  transform<const S extends readonly StreamNode<unknown>[], U>(
    streams: S,
    func: (
      rdds: { -readonly [I in keyof S]: S[I] extends StreamNode<infer T> ? RDD<T> : never },
      time: Time,
    ) => RDD<U> | Promise<RDD<U>>,
  ): DStream<U> {
    requireFunction("transform", func);
    return transformed<U>(streams, captureSite("transform"), (rdds, time) =>
      func(rdds as unknown as Parameters<typeof func>[0], time),
    );
  }
}

/** Only StreamingContext extends it. */
function context(sources: Sources): StreamingContext {
  return sources as StreamingContext;
}
