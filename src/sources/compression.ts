/** Compressed input, recognised by the file's name as Hadoop does. None of these can be split: one file is one partition. */
import { type Transform, Readable, pipeline } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { DStreamsError } from "../base/errors.ts";

type Bytes = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

const chunkSize = 64 * 1024;

const decompressors: Readonly<Record<string, () => Transform>> = {
  gz: () => createGunzip({ chunkSize }),
  deflate: () => createInflate({ chunkSize }),
  br: () => createBrotliDecompress({ chunkSize }),
  zst: () => createZstdDecompress({ chunkSize }),
};

/** Formats that Hadoop reads and nothing here does: reading them as text would be silent nonsense. */
const unreadable = new Set(["bz2", "lz4", "snappy", "lzo"]);

/** True when the name says that the file is compressed, so that it cannot be split. */
export function isCompressed(path: string): boolean {
  const extension = extensionOf(path);
  return Object.hasOwn(decompressors, extension) || unreadable.has(extension);
}

/** The bytes within a compressed file. DSTREAMS_DATA when they are corrupt or cut short. */
export async function* decompress(path: string, bytes: Bytes): AsyncGenerator<Uint8Array> {
  const extension = extensionOf(path);
  const make = decompressors[extension];
  if (!make) throw unreadableFormat(path, extension);
  const packed = Readable.from(copies(bytes));
  const unpacked = make();
  pipeline(packed, unpacked, () => undefined); // both end together, with an error where `unpacked` is iterated
  try {
    yield* unpacked as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if (cause instanceof DStreamsError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DStreamsError(
      "DSTREAMS_DATA",
      `Cannot decompress ${path}: ${reason}; the file is corrupt, cut short or not .${extension}`,
      { cause },
    );
  } finally {
    if (!packed.closed) await new Promise(closed => packed.once("close", closed)); // by then the file is closed
  }
}

/** A storage may reuse the memory of a chunk, a stream may not have done with it by then. */
async function* copies(bytes: Bytes): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) yield Uint8Array.from(chunk);
}

function unreadableFormat(path: string, extension: string): DStreamsError {
  const known = Object.keys(decompressors).map(name => `.${name}`);
  const message = `Cannot read ${path}: .${extension} is not supported; compressed files may be ${known.join(", ")}`;
  return new DStreamsError("DSTREAMS_UNSUPPORTED", message);
}

function extensionOf(path: string): string {
  return /\.([a-z0-9]+)$/.exec(path)?.[1] ?? "";
}
