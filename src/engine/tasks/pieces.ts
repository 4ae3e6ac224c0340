/**
 * What is inside a block: pieces, one after the other. Nobody but workers looks inside.
 *
 *     ┌──────┬────────┬──────┬───────┬─────────────────┬──────┬───
 *     │ bits │ bucket │ rows │ bytes │ codec's block … │ bits │ …
 *     └──────┴────────┴──────┴───────┴─────────────────┴──────┴───
 *       4 × u32                        padded to 8
 *
 * The payload is an encoded block of records, or of the columns [keys, values, hashes]. A piece with `bits` > 0 holds only keys whose
 * mixed hash begins with these bits (`bucket`): so a reduce task can merge bucket after bucket, each in a table that fits the cache.
 */
import { DStreamsError } from "../../base/errors.ts";
import type { BlockReader } from "./block-store.ts";

export interface Piece {
  readonly bits: number;
  readonly bucket: number;
  readonly rows: number;
  readonly payload: Uint8Array;
}

const headBytes = 16;

/** A piece as bytes: a multiple of 8 of them. */
export function writePiece({
  bits,
  bucket,
  rows,
  payload,
}: Piece): [head: Uint8Array, payload: Uint8Array, padding: Uint8Array] {
  const head = new Uint8Array(new Uint32Array([bits, bucket, rows, payload.length]).buffer);
  return [head, payload, new Uint8Array(-payload.length & 7)];
}

/** A piece whose payload is read when asked for. */
export interface PieceRef extends Omit<Piece, "payload"> {
  read(): Uint8Array;
}

/** The pieces of a block, in order. Only their heads are read. */
export function* piecesOf(block: BlockReader): Generator<PieceRef> {
  for (let at = 0; at < block.size; ) {
    if (at + headBytes > block.size) throw damagedBlock();
    const head = block.read(at, at + headBytes);
    const numbers = new DataView(head.buffer, head.byteOffset, headBytes);
    const field = (i: number): number => numbers.getUint32(4 * i, true);
    const start = at + headBytes;
    const end = start + field(3);
    if (end > block.size) throw damagedBlock();
    yield { bits: field(0), bucket: field(1), rows: field(2), read: () => block.read(start, end) };
    at = end + (-end & 7);
  }
}

function damagedBlock(): DStreamsError {
  return new DStreamsError("DSTREAMS_SPILL", "A block is damaged: it ends in the middle of a piece.");
}
