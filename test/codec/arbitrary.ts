/** Values of all kinds for property tests. */
import fc from "fast-check";

/** UTF-16 units of any kind, lone surrogates and U+0000 among them. */
export const anyString = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 }).map(units => String.fromCharCode(...units)),
  fc.string({ minLength: 100, maxLength: 700 }),
  fc.constantFrom("", "__proto__", "constructor", "\u0000", "\ud800", "é", "toString"),
);

export const anyNumber = fc.oneof(
  fc.integer(),
  fc.integer({ min: -300, max: 300 }),
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31), 2 ** 53, 5e-324),
);

export const anyPrimitive = fc.oneof(
  anyString,
  anyNumber,
  fc.boolean(),
  fc.bigInt(),
  fc.constantFrom(null, undefined, 0n, -1n, 2n ** 63n, -(2n ** 63n), Symbol.for("a symbol")),
);

const leafObject = fc.oneof(
  fc.date({ noInvalidDate: false }),
  fc.uint8Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.uint8Array().map(bytes => Buffer.from(bytes)),
  fc.uint8Array().map(bytes => new DataView(bytes.buffer.slice(bytes.byteOffset))),
  fc.uint8Array().map(bytes => new Uint8Array(bytes).buffer),
  anyNumber.map(value => Object(value) as object),
  fc.constantFrom("a", "[\\/]+", "(?<x>.)").map(source => new RegExp(source, "giu")),
  anyString.map(message => new RangeError(message, { cause: message })),
  fc.webUrl().map(url => new URL(url)),
);

/** Anything that can be a record. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { arbitrary: anyPrimitive, weight: 4 },
    { arbitrary: leafObject, weight: 1 },
    { arbitrary: fc.array(tie("value"), { maxLength: 6 }), weight: 2 },
    { arbitrary: fc.sparseArray(tie("value"), { maxLength: 12 }), weight: 1 },
    { arbitrary: fc.dictionary(anyString, tie("value"), { maxKeys: 5 }), weight: 2 },
    { arbitrary: fc.record({ a: tie("value"), b: tie("value") }, { noNullPrototype: true }), weight: 2 },
    {
      arbitrary: fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 4 }).map(entries => new Map(entries)),
      weight: 1,
    },
    { arbitrary: fc.array(tie("value"), { maxLength: 4 }).map(values => new Set(values)), weight: 1 },
  ),
})).value;

/** Lists of records that are alike, as real ones are: they are what columns are for. */
export const alikeRecords: fc.Arbitrary<unknown[]> = fc
  .oneof(
    fc.constant(anyString),
    fc.constant(anyNumber),
    fc.constant(anyPrimitive),
    fc.constant(fc.boolean()),
    fc.constant(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    fc.constant(fc.tuple(anyString, anyNumber)),
    fc.constant(fc.tuple(anyString, fc.tuple(anyNumber, fc.date()))),
    fc.constant(fc.tuple(fc.constantFrom("a", "b", "ç", "日"), fc.option(fc.tuple(anyNumber)))),
    fc.constant(fc.tuple(anyPrimitive, anyValue)),
    fc.constant(fc.array(anyString)),
    fc.constant(fc.array(fc.tuple(anyString, anyNumber), { maxLength: 12 })),
    fc.constant(fc.array(fc.array(anyNumber), { maxLength: 3 })),
    fc.constant(fc.record({ id: anyNumber, at: fc.date(), raw: fc.uint8Array() }, { noNullPrototype: true })),
    fc.constant(
      fc.record(
        { id: anyNumber, next: fc.option(fc.record({ s: anyString }, { noNullPrototype: true })) },
        { noNullPrototype: true },
      ),
    ),
    fc.constant(fc.record({ a: anyValue, b: anyValue }, { noNullPrototype: true, requiredKeys: ["a"] })),
    fc.constant(fc.uint8Array().map(bytes => Buffer.from(bytes))),
  )
  .chain(record => fc.array(record as fc.Arbitrary<unknown>, { minLength: 1, maxLength: 90, size: "max" }));

/** Anything that can be a key. */
export const anyKey: fc.Arbitrary<unknown> = fc.letrec(tie => ({
  key: fc.oneof(
    { depthSize: "small" },
    {
      arbitrary: fc.constantFrom(0, -0, 1, 1n, "1", true, null, undefined, Number.NaN, "", 0n, 2 ** 31, 2 ** 53, 0.5),
      weight: 4,
    },
    { arbitrary: fc.oneof(anyString, anyNumber, fc.boolean(), fc.bigInt()), weight: 2 },
    { arbitrary: fc.constantFrom(0, 1, Number.NaN, 1e12).map(time => new Date(time)), weight: 1 },
    { arbitrary: fc.array(tie("key"), { maxLength: 3 }), weight: 1 },
    { arbitrary: fc.dictionary(fc.constantFrom("a", "b", "__proto__", "é"), tie("key"), { maxKeys: 3 }), weight: 1 },
  ),
})).key;
