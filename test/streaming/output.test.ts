import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock, test } from "node:test";
import { rddToFileName } from "../../src/streaming/output-operations.ts";
import { localTime } from "../../src/streaming/printing.ts";
import { renderBatch, scalaString } from "../../src/streaming/printing.ts";
import { Time } from "../../src/streaming/time.ts";
import { newContext } from "./support/context.ts";

const rule = "-------------------------------------------";

/** What console.log is given meanwhile. */
function captureConsole(): Disposable & { readonly lines: string[] } {
  const lines: string[] = [];
  const replaced = mock.method(console, "log", (text: string) => lines.push(...text.split("\n")));
  return { lines, [Symbol.dispose]: () => replaced.mock.restore() };
}

test("pprint prints in PySpark's form, for empty batches too", async () => {
  await using context = newContext();
  context.ssc
    .queueStream(
      [
        [
          ["a", 1],
          ["it's", 2],
        ],
      ],
      true,
      null,
    )
    .pprint();
  using out = captureConsole();
  await context.ssc.start();
  await context.clock.advance(2000);
  const head = (ms: number) => [rule, `Time: ${localTime(new Time(ms))}`, rule];
  assert.deepEqual(out.lines, [...head(1000), "('a', 1)", `("it's", 2)`, "", ...head(2000), ""]);
});

test("print prints in the form of Spark's Scala API", async () => {
  await using context = newContext();
  context.ssc.queueStream([[["a", 1]]]).print();
  using out = captureConsole();
  await context.ssc.start();
  await context.clock.advance(1000);
  assert.deepEqual(out.lines, [rule, "Time: 1000 ms", rule, "(a,1)", ""]);
});

test("three dots tell that there is more", async () => {
  await using context = newContext();
  const stream = context.ssc.queueStream([[1, 2, 3]]);
  stream.pprint(2);
  stream.pprint(3);
  using out = captureConsole();
  await context.ssc.start();
  await context.clock.advance(1000);
  const records = out.lines.filter(line => !line.startsWith("--") && !line.startsWith("Time"));
  assert.deepEqual(records, ["1", "2", "...", "", "1", "2", "3", ""]);
});

test("times are local, with six digits when there is a fraction", () => {
  const of = (...args: [number, number, number, number, number, number, number]) =>
    new Time(new Date(...args).getTime());
  assert.equal(localTime(of(2023, 10, 4, 2, 3, 20, 0)), "2023-11-04 02:03:20");
  assert.equal(localTime(of(2023, 10, 14, 22, 13, 20, 500)), "2023-11-14 22:13:20.500000");
  assert.equal(renderBatch("t", [], 10, String), `${rule}\nTime: t\n${rule}\n`);
});

test("records in Scala's form", () => {
  assert.equal(scalaString(["a", [1, null]]), "(a,(1,null))");
  assert.equal(scalaString(new Map([["k", 1]])), "Map(k -> 1)");
  assert.equal(scalaString(new Set([1, 2])), "Set(1, 2)");
  assert.equal(scalaString({ a: 1 }), '{"a":1}');
  assert.equal(scalaString("plain"), "plain");
});

test("saveAsTextFiles makes a directory a batch, empty batches included, and may write over it", async () => {
  const dir = mkdtempSync(join(tmpdir(), "dstreams-save-"));
  try {
    await using context = newContext();
    const stream = context.ssc.queueStream([
      [
        ["a", 1],
        ["b", 2],
      ],
    ]);
    stream.saveAsTextFiles(join(dir, "counts"), "txt");
    stream.saveAsTextFiles(join(dir, "counts"), "txt");
    await context.ssc.start();
    await context.clock.advance(2000);
    const files = readdirSync(join(dir, "counts-1000.txt")).sort();
    assert.deepEqual(files, ["_SUCCESS", "part-00000", "part-00001"]);
    const text = files.slice(1).map(name => readFileSync(join(dir, "counts-1000.txt", name), "utf8"));
    assert.deepEqual(text, ["('a', 1)\n", "('b', 2)\n"]);
    assert.equal(existsSync(join(dir, "counts-2000.txt", "_SUCCESS")), true);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("names of saved batches", () => {
  const time = new Time(1700000000000);
  assert.equal(rddToFileName("out", undefined, time), "out-1700000000000");
  assert.equal(rddToFileName("out", "txt", time), "out-1700000000000.txt");
  assert.equal(rddToFileName("out", "", time), "out-1700000000000");
  assert.equal(rddToFileName("", "txt", time), "1700000000000.txt");
});
