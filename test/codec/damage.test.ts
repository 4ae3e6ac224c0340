/** Bytes that are not, or no longer, what was written: an error that says so; never a hang, and never memory without measure. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DStreamsError } from "../../src/base/errors.ts";
import { decodeBlock, decodeColumns, decodeValue, encodeBlock, encodeColumns } from "../../src/codec/block.ts";
import { alikeRecords, anyValue } from "./arbitrary.ts";

const isDamage = (error: unknown): boolean =>
  error instanceof DStreamsError && (error.code === "DSTREAMS_DATA" || error.name === "MissingClassError");

/** Decodes what may be nonsense; anything but a value or the right error fails. */
function survives(bytes: Uint8Array): void {
  for (const decode of [decodeColumns, decodeBlock, decodeValue]) {
    try {
      decode(bytes);
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  }
}

const blocks = fc.oneof(
  fc.array(anyValue, { minLength: 1, maxLength: 5 }).map(records => encodeBlock(records)),
  alikeRecords.map(records => encodeBlock(records)),
  alikeRecords.map(records => encodeColumns([records, Int32Array.from(records, () => 1), records.map(() => "x")])),
);

test("every truncation is noticed", () => {
  fc.assert(
    fc.property(blocks, block => {
      // The last bytes may be nothing but padding.
      for (let length = 0; length <= block.length - 8; length += Math.max(1, block.length >> 6)) {
        assert.throws(() => decodeColumns(block.slice(0, length)), isDamage);
      }
    }),
    { numRuns: 100 },
  );
});

test("flipped bytes", () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(blocks, flips, (block, changes) => {
      const bytes = block.slice();
      for (const [place, value] of changes) bytes[place % bytes.length] = value;
      survives(bytes);
    }),
    { numRuns: 3000 },
  );
});

test("bytes of any kind", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), bytes => survives(bytes)),
    { numRuns: 1000 },
  );
  const headed = fc
    .tuple(fc.constantFrom(0, 1), fc.uint8Array({ maxLength: 60 }))
    .map(([kind, rest]) => Uint8Array.from([0xd5, kind, 1, ...rest]));
  fc.assert(
    fc.property(headed, bytes => survives(bytes)),
    { numRuns: 3000 },
  );
});

test("announcements of more than is there", () => {
  const huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
  for (let kind = 0; kind < 32; kind++) {
    survives(Uint8Array.from([0xd5, 1, 1, 1, 0, kind, ...huge, ...huge, 0, 0, 0]));
    survives(Uint8Array.from([0xd5, 0, 1, 4, 0, kind, ...huge, ...huge, 0, 0, 0]));
    survives(Uint8Array.from([0xd5, 0, 1, ...huge, 0, kind, ...huge, 0, 0, 0]));
  }
  survives(Uint8Array.from([0xd5, 0, ...huge, ...huge]));
  // Tuples of tuples of tuples …, and arrays of arrays of arrays.
  survives(Uint8Array.from([0xd5, 0, 1, 4, 0, ...Array.from({ length: 50_000 }, () => [9, 1]).flat()]));
  survives(Uint8Array.from([0xd5, 1, 1, 1, 0, ...Array.from({ length: 50_000 }, () => [13, 1]).flat()]));
  survives(Uint8Array.from([0xd5, 1, 1, 1, 0, ...Array.from({ length: 50_000 }, () => [30, 7, 0]).flat()]));
});

test("what is said", () => {
  assert.throws(() => decodeBlock(new Uint8Array(0)), {
    code: "DSTREAMS_DATA",
    message: "A block of records is damaged: it ends too early.",
  });
  assert.throws(() => decodeBlock(Uint8Array.of(1, 2, 3)), {
    message: "A block of records is damaged: it does not begin as one.",
  });
  assert.throws(() => decodeValue(encodeBlock([1, 2])), { message: /it holds not one value but many/ });
  assert.throws(() => decodeBlock(encodeColumns([[1], [2]])), { message: /it holds columns, not records/ });
});
