/**
 * `node bench/text-file.ts`: bytes of a file to lines. Ours is the reader of `textFile`; the peer is the loop by hand that reads
 * chunks of the same 64 KB, decodes them and splits them.
 */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { splitsByBlock } from "../src/sources/file-split.ts";
import { textReader } from "../src/sources/text-reader.ts";
import { realText, syntheticWords } from "./data.ts";
import { alternate, printTable, type Comparison } from "./harness.ts";

const repetitions = 5;

function ours(path: string): number {
  const read = textReader();
  let lines = 0;
  for (const split of splitsByBlock([{ path, size: statSync(path).size, blockSize: 32 << 20 }], () => true)) {
    for (const chunk of read(split) as Iterable<readonly string[]>) lines += chunk.length;
  }
  return lines;
}

function byHand(path: string): number {
  const file = openSync(path, "r");
  const buffer = Buffer.allocUnsafe(64 * 1024);
  let lines = 0;
  let rest = "";
  for (let n = readSync(file, buffer, {}); n > 0; n = readSync(file, buffer, {})) {
    const found = (rest + buffer.toString("utf8", 0, n)).split("\n");
    rest = found.pop() ?? "";
    lines += found.length;
  }
  closeSync(file);
  return rest === "" ? lines : lines + 1;
}

function measure(run: (path: string) => number, path: string): void {
  const seconds: number[] = [];
  let check = 0;
  for (let i = 0; i < repetitions; i++) {
    const begin = performance.now();
    check = run(path);
    seconds.push((performance.now() - begin) / 1000);
  }
  console.log(JSON.stringify({ seconds: seconds.slice(1), check }));
}

async function compare(workload: string, path: string): Promise<Comparison> {
  const program = (name: string): { name: string; command: string[] } => ({
    name,
    command: [process.execPath, fileURLToPath(import.meta.url), name, path],
  });
  const [mine, peer] = await alternate([program("ours"), program("hand")], 5);
  if (!mine || !peer) throw new Error("no samples");
  const rate = (seconds: number): string => `${Math.round(statSync(path).size / 1e6 / seconds)} MB/s`;
  const ratio = (peer.seconds / mine.seconds).toFixed(2);
  return { workload, ours: rate(mine.seconds), peer: rate(peer.seconds), ratio, goal: ">= 1.0, >= 800 MB/s" };
}

const [contestant, path] = process.argv.slice(2);
if (contestant && path) measure(contestant === "ours" ? ours : byHand, path);
else {
  printTable([
    await compare("lines of real text", await realText(200)),
    await compare("lines of 100 bytes", await syntheticWords(200, 10_000)),
  ]);
}
