/**
 * Where blocks are written to and read from. Offsets count from the start of the block; `align` pads to a multiple, so that
 * numbers can be read in place as typed arrays wherever the block itself lies at a multiple of 8. Little endian, as is every
 * machine Node runs on but one; blocks never outlive the kind of machine that wrote them.
 */
import { DStreamsError } from "../base/errors.ts";

/** Gives `size` bytes to put a block in: a part of shared memory, say. Asked once a block. */
export type Allocate = (size: number) => Uint8Array;

/** What a thread keeps between blocks, so that the usual block costs no fresh memory. */
const keptBytes = 16 << 20;

/**
 * Node's Buffer with the methods that `write` and `toString` come down to. For strings of some tens of characters, going there
 * straight takes a third of the time.
 */
export interface TextBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
  /** Bytes written. */
  utf8Write(text: string, offset: number): number;
  ucs2Write(text: string, offset: number): number;
}

/** A growing buffer. */
export class Writer {
  /** Valid until the next `reserve`. */
  buffer = Buffer.allocUnsafeSlow(64 << 10) as TextBuffer;
  view = new DataView(this.buffer.buffer);
  position = 0;

  /** Makes room for `size` more bytes; whoever writes has reserved. */
  reserve(size: number): void {
    const needed = this.position + size;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed + 64, this.buffer.length * 2)) as TextBuffer;
    grown.set(this.buffer.subarray(0, this.position));
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }

  byte(value: number): void {
    if (this.position === this.buffer.length) this.reserve(1);
    this.buffer[this.position++] = value;
  }

  /** An integer from 0 to 2^32 - 1, seven bits a byte. */
  count(value: number): void {
    this.reserve(5);
    let rest = value;
    while (rest > 127) {
      this.buffer[this.position++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.buffer[this.position++] = rest;
  }

  float(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  int(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.position, value, true);
    this.position += 4;
  }

  bytes(source: Uint8Array): void {
    this.reserve(source.length);
    this.buffer.set(source, this.position);
    this.position += source.length;
  }

  /** `size` zero bytes. */
  zeros(size: number): void {
    this.reserve(size);
    this.buffer.fill(0, this.position, this.position + size);
    this.position += size;
  }

  align(multiple: number): void {
    const rest = this.position % multiple;
    if (rest !== 0) this.zeros(multiple - rest);
  }

  /** The block, in memory of its own; its length is a multiple of 8, so that the next one may follow directly. */
  finish(allocate: Allocate | undefined): Uint8Array {
    this.align(8);
    if (allocate === undefined) return new Uint8Array((this.buffer.buffer as ArrayBuffer).slice(0, this.position));
    const target = allocate(this.position);
    target.set(this.buffer.subarray(0, this.position));
    return target;
  }
}

let spare: Writer | undefined;

/** Runs `write` with a writer and returns the finished block. One writer a thread is kept for the next call. */
export function writeBlock(write: (writer: Writer) => void, allocate: Allocate | undefined): Uint8Array {
  const writer = spare ?? new Writer();
  // A getter of a record may come back here while we write; it gets a writer of its own.
  spare = undefined;
  writer.position = 0;
  write(writer);
  const block = writer.finish(allocate);
  if (writer.buffer.length <= keptBytes) spare = writer;
  return block;
}

type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float64Array
  | BigInt64Array;

interface NumberArrayType<A extends NumberArray> {
  new (buffer: ArrayBuffer, offset: number, length: number): A;
  readonly BYTES_PER_ELEMENT: number;
}

/** A cursor over a block. Every read is checked against the end: damaged bytes are an error, never a hang. */
export class Reader {
  readonly buffer: TextBuffer;
  readonly view: DataView;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength) as TextBuffer;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.buffer.length - this.position;
  }

  /** Refuses when fewer than `size` bytes are left. */
  need(size: number): void {
    if (!(size <= this.buffer.length - this.position)) throw damaged("it ends too early");
  }

  byte(): number {
    this.need(1);
    return this.buffer[this.position++] as number;
  }

  count(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw damaged("a length is too long");
  }

  /** How many things follow that take at least `bits` bits each; refuses more than there are bytes for. */
  countOf(bits: number): number {
    const value = this.count();
    if (value * bits > this.remaining * 8) throw damaged("it announces more than it holds");
    return value;
  }

  float(): number {
    this.need(8);
    this.position += 8;
    return this.view.getFloat64(this.position - 8, true);
  }

  int(): number {
    this.need(4);
    this.position += 4;
    return this.view.getInt32(this.position - 4, true);
  }

  /** A copy of the next `size` bytes, in ordinary memory. */
  bytes(size: number): Uint8Array<ArrayBuffer> {
    const source = this.skip(size);
    const copy = new Uint8Array(size);
    copy.set(source);
    return copy;
  }

  /** The next `size` bytes, in place. */
  skip(size: number): Buffer {
    this.need(size);
    this.position += size;
    return this.buffer.subarray(this.position - size, this.position);
  }

  align(multiple: number): void {
    const rest = this.position % multiple;
    if (rest !== 0) this.skip(multiple - rest);
  }

  /** The next `length` numbers: in place when they are aligned in memory, else copied. */
  numbers<A extends NumberArray>(type: NumberArrayType<A>, length: number): A {
    const width = type.BYTES_PER_ELEMENT;
    this.align(width);
    this.need(length * width);
    const start = this.buffer.byteOffset + this.position;
    if (start % width !== 0) return new type(this.bytes(length * width).buffer, 0, length);
    this.position += length * width;
    return new type(this.buffer.buffer as ArrayBuffer, start, length);
  }
}

/** The error for bytes that are no block, or no longer one. */
export function damaged(what: string, cause?: unknown): DStreamsError {
  return new DStreamsError("DSTREAMS_DATA", `A block of records is damaged: ${what}.`, { cause });
}
