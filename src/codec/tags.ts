/** The first byte of every value in `values`: what it is. Bytes from `smallInt` up are the integers from 0. */
export const tag = {
  undefined: 0,
  null: 1,
  true: 2,
  false: 3,
  /** 1, 4 or 8 bytes */
  int8: 4,
  int32: 5,
  float64: 6,
  /** length, one byte a character */
  latin1: 7,
  /** length, two bytes a UTF-16 unit */
  utf16: 8,
  bigint64: 9,
  /** hexadecimal digits, as a string */
  bigint: 10,
  /** `Symbol.for(key)`: key */
  symbol: 11,
  /** number of an object of this record, in order of first occurrence: shared or cyclic */
  again: 12,
  /** count, values */
  array: 13,
  /** count; how many holes follow, inside an array only */
  holes: 14,
  /** length, count, (index, value)…: an array that is mostly holes */
  sparse: 15,
  /** an array that is one leaf column: see columns.ts */
  leaves: 16,
  /** count, names, values; the shape is not remembered */
  object: 17,
  /** count, names, values; from now on the block's next shape */
  newShape: 18,
  /** number of a shape, values */
  shape: 19,
  /** an object without a prototype: count, (name, value)… */
  bare: 20,
  date: 21,
  regexp: 22,
  map: 23,
  set: 24,
  error: 25,
  /** type, length, bytes */
  view: 26,
  arrayBuffer: 27,
  /** a boxed primitive: the primitive */
  boxed: 28,
  url: 29,
  /** class id or "", the built-in it extends, own properties: count, (name, value)… */
  dressed: 30,
  /** class id, then as `object`, `newShape` or `shape` */
  instance: 31,
  smallInt: 64,
} as const;

/** The largest integer with a tag of its own. */
export const largestSmallInt = 255 - tag.smallInt;

/** Values nested deeper than this are refused, so that no thread's stack is the limit. */
export const maxDepth = 1000;

/** Shapes with more names than this, or beyond so many shapes, are written out each time: such objects serve as dictionaries. */
export const maxShapeNames = 64;
export const maxShapes = 1024;

/** The built-in error classes, by number. */
export const errorTypes: readonly ErrorConstructor[] = [
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError as unknown as ErrorConstructor,
];

/** The kinds of views of bytes, by number. */
export const viewNames = [
  "Uint8Array",
  "Int8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "DataView",
  "Buffer",
] as const;
