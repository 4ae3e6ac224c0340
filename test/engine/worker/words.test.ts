/** Words counted from bytes: exactly what the general loop leaves, to the byte, and only where the text of the functions allows it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { MapOutput } from "../../../src/engine/stages/protocol.ts";
import { describeFailure } from "../../../src/engine/tasks/failures.ts";
import { setRecognize, splitIsUntouched, wordPattern } from "../../../src/engine/tasks/word-pattern.ts";
import type { Chunk, Fn, Reader, TextLines } from "../../../src/plan/plan.ts";
import { LineSplitter } from "../../../src/sources/line-splitter.ts";
import { Bench } from "./support/stages.ts";

/** A text that is read in pieces of some size. */
interface Text {
  readonly bytes: Buffer;
  readonly size: number;
}

/** Reads it, and counts the chunks that were handed out as bytes. */
function textReader(): Reader & { readonly asBytes: { count: number } } {
  const asBytes = { count: 0 };
  function* read<C>({ bytes, size }: Text, push: (splitter: LineSplitter, piece: Buffer) => C): Generator<C | Chunk> {
    const splitter = new LineSplitter("text", 0, bytes.length);
    const buffer = Buffer.alloc(size); // as storages do, which use one for all
    for (let at = 0; at < bytes.length; at += size) {
      bytes.copy(buffer, 0, at);
      yield push(splitter, buffer.subarray(0, Math.min(size, bytes.length - at)));
    }
    yield splitter.finish();
  }
  const pushText = (splitter: LineSplitter, piece: Buffer): string[] | TextLines => {
    const found = splitter.pushText(piece);
    if ("bytes" in found) asBytes.count++;
    return found;
  };
  return Object.assign((split: unknown) => read(split as Text, (splitter, piece) => splitter.push(piece)), {
    lines: (split: unknown) => read(split as Text, pushText),
    asBytes,
  });
}

interface Counted {
  readonly output: MapOutput;
  readonly asBytes: number;
  /** What merge was called with. */
  readonly calls: unknown[];
}

const split: Fn = (line: string) => line.split(" ");
const pair: Fn = (word: string) => [word, 1];

interface Words {
  readonly split?: Fn;
  readonly pair?: Fn;
  readonly merge?: Fn;
  readonly n?: number;
}

/** Runs the map side of a word count. */
async function count(text: Text, recognize: boolean, words: Words = {}): Promise<Counted> {
  setRecognize(recognize);
  try {
    using bench = new Bench();
    const calls: unknown[] = [];
    const merge = words.merge ?? ((a: number, b: number) => a + b);
    const called = (a: unknown, b: unknown): unknown => {
      if (calls.length < 10_000) calls.push([a, b]);
      return merge(a, b);
    };
    const reader = textReader();
    const stage = bench.stage(
      [
        { kind: "source", reader: bench.fn(reader), site: "textFile at test.ts:1" },
        bench.step("flatMap", words.split ?? split, 2),
        bench.step("map", words.pair ?? pair, 3),
      ],
      {
        kind: "shuffleWrite",
        partitioner: { kind: "hash", n: words.n ?? 3 },
        combine: { kind: "reduce", fn: bench.fn(called), site: "reduceByKey at test.ts:4" },
        site: "reduceByKey at test.ts:4",
      },
    );
    const output = await stage.output({ kind: "split", split: text });
    return { output, asBytes: reader.asBytes.count, calls };
  } finally {
    setRecognize(true);
  }
}

/** Both ways; gives how many chunks were counted as bytes. */
async function sameBothWays(text: Text, words?: Words): Promise<number> {
  const fast = await count(text, true, words);
  const general = await count(text, false, words);
  assert.equal(general.asBytes, 0);
  assert.deepEqual([...fast.output.offsets], [...general.output.offsets]);
  assert.deepEqual(bytesOf(fast.output), bytesOf(general.output));
  assert.deepEqual(fast.calls, general.calls);
  return fast.asBytes;
}

function bytesOf({ buffer }: MapOutput): Buffer | undefined {
  return buffer && Buffer.from(new Uint8Array(buffer));
}

const plain = fc.constantFrom(
  " ",
  " ",
  "\n",
  "\n",
  "a",
  "the",
  "word",
  "Aa",
  "BB",
  "AaBB",
  "BBAa",
  "\0",
  "\t",
  "  ",
  "\n\n",
  ",",
);
const long = fc.constantFrom("x".repeat(39), "x".repeat(40), "x".repeat(41), "y".repeat(300));
const strange = fc.constantFrom("\r", "\r\n", "é", "日本", "😀", "\uFEFF", "\u2028", "\u00a0");
const text = fc.array(
  fc.oneof({ weight: 150, arbitrary: plain }, { weight: 10, arbitrary: long }, { weight: 1, arbitrary: strange }),
  { maxLength: 150 },
);

test("any text, read in pieces of any size: the same bytes, the same calls", async () => {
  let asBytes = 0;
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 4 }), async (parts, size, n) => {
      asBytes += await sameBothWays({ bytes: Buffer.from(parts.join("")), size }, { n });
    }),
    { numRuns: 500 },
  );
  assert.ok(asBytes > 100, `${asBytes} chunks were counted as bytes`);
});

test("noise", async () => {
  const noise = fc.array(
    fc.constantFrom(0, 10, 10, 13, 32, 32, 65, 66, 97, 127, 128, 0xc3, 0xa9, 0xef, 0xbb, 0xbf, 0xff),
    {
      maxLength: 100,
    },
  );
  await fc.assert(
    fc.asyncProperty(noise, fc.integer({ min: 1, max: 50 }), (bytes, size) =>
      sameBothWays({ bytes: Buffer.from(bytes), size }).then(() => undefined),
    ),
    { numRuns: 300 },
  );
});

test("a key that came as a string is not taken for another one of its hash", async () => {
  // the empty word and U+0000 both have the hash 0
  const bytes = Buffer.from("\0 é\n\n\n\0\na \0\n\0 é\n \0\n\na");
  assert.ok((await sameBothWays({ bytes, size: 5 }, { n: 1 })) > 0);
});

test("many words: through one table into lanes, with lines between that are no bytes", async () => {
  const lines: string[] = [];
  for (let i = 0; i < 120_000; i++) {
    const word = `word${(i * 7919) % 70_001}${"-".repeat(i % 45)}`;
    lines.push(i % 9_000 === 0 ? `é ${word}` : `${word} and ${i % 100}`);
  }
  const bytes = Buffer.from(lines.join("\n"));
  assert.ok((await sameBothWays({ bytes, size: 1 << 14 }, { n: 2 })) > 100);
});

test("every separator, every kind of value", async () => {
  const bytes = Buffer.from("a,b\tc d\n,,\n\t\n ab,abc,a\n".repeat(3));
  const splits: Fn[] = [
    (l: string) => l.split(","),
    // biome-ignore format: as somebody writes it
    (l: string) => { return l.split("\t"); },
    // biome-ignore format: as somebody writes it
    (l: string) => l .split( ' ' ),
    (l: string) => l.split("c"),
  ];
  const pairs: Fn[] = [w => [w, -1.5], w => [w, "one"], w => [w, true], w => [w, null], w => [w, 10n]];
  for (const [i, fn] of splits.entries()) {
    for (const pairing of pairs) {
      const merge = (a: unknown, b: unknown): unknown => (a === null ? b : JSON.stringify([a, b].map(String)));
      const asBytes = await sameBothWays({ bytes, size: 30 }, { split: fn, pair: pairing, merge });
      assert.ok(asBytes > 0, `separator ${i}`);
    }
  }
});

test("functions of any other text are called", () => {
  const pattern = (first: Fn, second: Fn): unknown =>
    wordPattern([
      { op: "flatMap", fn: first, site: "" },
      { op: "map", fn: second, site: "" },
    ]);
  assert.deepEqual(pattern(split, pair), { separator: 32, value: 1 });
  const other = "b";
  // biome-ignore format: the line end is what matters
  const returnsNothing = new Function(`return l => { return
    l.split(" ") }`)() as Fn;
  const splits: Fn[] = [
    l => l.split(""),
    l => l.split("ab"),
    l => l.split("é"),
    l => l.split("\n"),
    l => l.split(/ /),
    l => l.split(" ", 2),
    l => l.split(other),
    () => other.split(" "),
    l => l.trim().split(" "),
    l => l.split(" ").slice(1),
    l => l?.split(" "),
    (l = "x") => l.split(" "),
    async l => l.split(" "),
    l => l["split"](" "),
    returnsNothing,
    new Proxy(split, {}),
    split.bind(undefined),
    Object.assign((l: string) => [l], { toString: () => "l => l.split(' ')" }),
  ];
  for (const fn of splits) assert.equal(pattern(fn, pair), undefined, String(fn));
  const pairs: Fn[] = [
    w => [w, 1, 2],
    w => [w],
    w => [w, other],
    () => [other, 1],
    w => [w, []],
    w => [w, { a: 1 }],
    w => [w, w.length],
    w => [w.trim(), 1],
    w => ({ w, n: 1 }),
    w => [w, `${other}`],
    w => [w, 1 + 1],
  ];
  for (const fn of pairs) assert.equal(pattern(split, fn), undefined, String(fn));
});

test("a split of one's own is used", async () => {
  const original = String.prototype.split;
  Object.defineProperty(String.prototype, Symbol.split, { value: () => ["mine"], configurable: true });
  try {
    assert.equal(splitIsUntouched(), false);
  } finally {
    Reflect.deleteProperty(String.prototype, Symbol.split);
  }
  String.prototype.split = function (this: string, ...args: never[]) {
    return [...(Reflect.apply(original, this, args) as string[]), "mine"];
  } as typeof original;
  try {
    assert.equal(await sameBothWays({ bytes: Buffer.from("a b\nc d\n"), size: 100 }), 0);
  } finally {
    String.prototype.split = original;
  }
  assert.equal(splitIsUntouched(), true);
});

test("an error of merge names word and value", async () => {
  const bytes = Buffer.from("a b c\nd e a\nb\n");
  const merge = (): never => {
    throw new RangeError("full");
  };
  for (const recognize of [true, false]) {
    await assert.rejects(count({ bytes, size: 100 }, recognize, { merge }), (error: unknown) => {
      const failure = describeFailure(error);
      assert.equal(failure.kind, "user");
      assert.deepEqual(
        [Reflect.get(failure, "site"), Reflect.get(failure, "record")],
        ["reduceByKey at test.ts:4", '["a", 1]'],
      );
      return true;
    });
  }
});
