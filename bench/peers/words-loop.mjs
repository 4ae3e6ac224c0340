// The loop a user would write: read 1 MB chunks, toString, split lines, split words, Map.
import { closeSync, openSync, readSync } from "node:fs";

const [path, repetitions] = [process.argv[2], Number(process.argv[3] ?? 3)];
const seconds = [];
let check;
for (let i = 0; i < repetitions; i++) {
  const start = performance.now();
  const counts = new Map();
  const file = openSync(path);
  const buffer = Buffer.allocUnsafe(1 << 20);
  let rest = "";
  for (;;) {
    const n = readSync(file, buffer, 0, buffer.length, null);
    if (n === 0) break;
    const lines = (rest + buffer.toString("utf8", 0, n)).split("\n");
    rest = lines.pop();
    for (const line of lines) for (const word of line.split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  if (rest !== "") for (const word of rest.split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
  closeSync(file);
  let total = 0;
  let most = 0;
  for (const count of counts.values()) {
    total += count;
    if (count > most) most = count;
  }
  seconds.push((performance.now() - start) / 1000);
  check = [counts.size, total, most];
}
console.log(
  JSON.stringify({ seconds: seconds.slice(repetitions > 1 ? 1 : 0), check, rss: process.resourceUsage().maxRSS }),
);
