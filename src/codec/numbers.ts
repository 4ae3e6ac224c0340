/** Columns of numbers: in the narrowest of the widths that hold them all exactly, aligned, so that they are read in place. */
import { type Reader, type Writer, damaged } from "./bytes.ts";

export type Numbers = Int8Array | Uint8Array | Int16Array | Int32Array | Float64Array;

const types = [Int8Array, Uint8Array, Int16Array, Int32Array, Float64Array] as const;
const int8 = 0;
const uint8 = 1;
const int16 = 2;
const int32 = 3;
const float64 = 4;

/** width, numbers */
export function writeNumbers(out: Writer, values: ArrayLike<number>): void {
  const width = widthOf(values);
  out.byte(width);
  const target = room(out, width, values.length);
  if (target instanceof Float64Array) for (let i = 0; i < values.length; i++) target[i] = values[i] as number;
  else for (let i = 0; i < values.length; i++) target[i] = values[i] as number;
}

/** The numbers, in place where alignment allows: a view, valid as long as the block is. */
export function readNumbers(from: Reader, length: number): Numbers {
  const type = types[from.byte()];
  if (type === undefined) throw damaged("there is no such width of numbers");
  return from.numbers<Numbers>(type as Parameters<typeof from.numbers<Numbers>>[0], length);
}

/** Room for `length` numbers at the aligned position of the writer. */
function room(out: Writer, width: number, length: number): Numbers {
  const type = types[width] as (typeof types)[number];
  const size = type.BYTES_PER_ELEMENT;
  out.align(size);
  out.reserve(length * size);
  const target = new type(out.buffer.buffer as ArrayBuffer, out.position, length);
  out.position += length * size;
  return target;
}

function widthOf(values: ArrayLike<number>): number {
  let least = 0;
  let greatest = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    // -0 is no integer: it would come back as 0.
    if ((value | 0) !== value || (value === 0 && 1 / value < 0)) return float64;
    if (value < least) least = value;
    else if (value > greatest) greatest = value;
  }
  if (least >= -128 && greatest <= 127) return int8;
  if (least >= 0 && greatest <= 255) return uint8;
  return least >= -32768 && greatest <= 32767 ? int16 : int32;
}

/** An ordinary array of the numbers of a column. */
export function toArray(numbers: Numbers): number[] {
  const array = newArray<number>(numbers.length);
  if (numbers instanceof Float64Array) for (let i = 0; i < numbers.length; i++) array[i] = numbers[i] as number;
  else if (numbers instanceof Int32Array) for (let i = 0; i < numbers.length; i++) array[i] = numbers[i] as number;
  else for (let i = 0; i < numbers.length; i++) array[i] = numbers[i] as number;
  return array;
}

/** An array about to be filled. Beyond this size V8 would make a slow dictionary of `new Array(n)`, so it grows instead. */
export function newArray<T>(length: number): T[] {
  return length <= 32 << 20 ? new Array<T>(length) : [];
}

/** One bit a value. */
export function writeBits(out: Writer, values: readonly boolean[]): void {
  const size = (values.length + 7) >> 3;
  out.reserve(size);
  const { buffer } = out;
  for (let i = 0; i < values.length; i += 8) {
    let byte = 0;
    const end = Math.min(8, values.length - i);
    for (let bit = 0; bit < end; bit++) if (values[i + bit]) byte |= 1 << bit;
    buffer[out.position++] = byte;
  }
}

export function readBits(from: Reader, length: number): boolean[] {
  const bits = from.skip(Math.ceil(length / 8));
  const array = newArray<boolean>(length);
  for (let i = 0; i < length; i++) array[i] = (((bits[i >>> 3] as number) >> (i & 7)) & 1) === 1;
  return array;
}
