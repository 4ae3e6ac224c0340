/**
 * How long it takes to encode and decode a block of the usual shapes, against what Node has for the purpose.
 *
 *     node bench/codec.ts            best of seven runs each, in turn; milliseconds both ways, and how many times faster than the peers
 */
import { deserialize, serialize } from "node:v8";
import { decodeBlock, decodeColumns, encodeBlock, encodeColumns } from "../src/codec/block.ts";

const count = Number(process.argv[2] ?? 100_000);
const words = "the quick brown fox jumps over a lazy dog and runs away from it".split(" ");
const make = <T>(record: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => record(i));
const word = (i: number): string => words[(i * 7919) % words.length] as string;

const shapes: Record<string, unknown[]> = {
  "[string, number], distinct": make(i => [`k${(i * 7919) % 100_000_007}`.padEnd(9, "x"), i]),
  "[string, number], repeated": make(i => [word(i), 1]),
  "string, 9 characters": make(i => `${i}`.padStart(9, "w")),
  "string, 80 characters": make(
    i => `${i} ${"lorem ipsum dolor sit amet, consetetur sadipscing elitr, sed diam nonumy eirmod".slice(0, 73)}`,
  ),
  "string, 20 characters, Greek": make(i => `${i}`.padEnd(20, "αβγδε")),
  "number, integers": make(i => (i * 7919) % 1_000_003),
  "number, doubles": make(i => i * 1.1),
  "[string, [number, number]]": make(i => [`k${i}`, [i, i * 0.5]]),
  "{ id, user, ok, score }": make(i => ({ id: i, user: word(i), ok: i % 3 === 0, score: i / 7 })),
  "{ id, at: Date, tags: string[] }": make(i => ({ id: i, at: new Date(i * 1000), tags: [word(i), word(i + 1)] })),
  "mixed objects": make(i => (i % 2 ? { a: i, b: word(i) } : { c: [i, word(i)], d: null })),
  Map: make(i => new Map([[word(i), i]])),
};

const ways: Record<string, (records: unknown[]) => unknown> = {
  codec: records => decodeBlock(encodeBlock(records)),
  v8: records => deserialize(serialize(records)),
  structuredClone: records => structuredClone(records),
};

console.log(`${count} records; ms for a round trip, bytes a record\n`);
for (const [name, records] of Object.entries(shapes)) {
  const best: Record<string, number> = {};
  for (let round = 0; round < 7; round++) {
    for (const [way, run] of Object.entries(ways)) {
      const start = performance.now();
      run(records);
      best[way] = Math.min(best[way] ?? Number.POSITIVE_INFINITY, performance.now() - start);
    }
  }
  const codec = best["codec"] as number;
  const ratios = ["v8", "structuredClone"]
    .map(way => `${way} ${((best[way] as number) / codec).toFixed(1)}x`)
    .join(", ");
  const size = (encodeBlock(records).length / count).toFixed(1);
  console.log(`${name.padEnd(34)} ${codec.toFixed(1).padStart(7)} ms ${size.padStart(6)} B   ${ratios}`);
}

const keys = make(i => `k${i}`);
const counts = make(i => i);
const hashes = new Int32Array(count);
let best = Number.POSITIVE_INFINITY;
for (let round = 0; round < 7; round++) {
  const start = performance.now();
  decodeColumns(encodeColumns([keys, counts, hashes]));
  best = Math.min(best, performance.now() - start);
}
console.log(`${"columns: string, number, hash".padEnd(34)} ${best.toFixed(1).padStart(7)} ms`);
