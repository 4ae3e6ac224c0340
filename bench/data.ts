/** The inputs: made once, kept in the user's cache folder, never in the repository. */
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { once } from "node:events";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MB = 1 << 20;

export const cacheFolder = process.env["DSTREAMS_CACHE"] ?? join(homedir(), ".cache", "dstreams");

/** Real text: the examples' text repeated to the wanted size. */
export function realText(megabytes: number): Promise<string> {
  return cached(`text-${megabytes}mb.txt`, async write => {
    const folder = fileURLToPath(new URL("../examples/data/", import.meta.url));
    const parts = readdirSync(folder)
      .filter(name => name.endsWith(".txt"))
      .sort();
    const text = Buffer.concat(parts.map(name => readFileSync(join(folder, name))));
    for (let written = 0; written < megabytes * MB; written += text.length) await write(text);
  });
}

/** 100-byte records of ten 9-character words, drawn evenly from `distinct` words. */
export function syntheticWords(megabytes: number, distinct: number): Promise<string> {
  return cached(`words-${distinct}-${megabytes}mb.txt`, async write => {
    let seed = 42;
    const next = (): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
      return (seed >>> 8) / 0x1000000;
    };
    for (let made = 0; made < megabytes * MB; ) {
      let chunk = "";
      for (let record = 0; record < 10_000; record++) {
        for (let word = 0; word < 10; word++) {
          chunk +=
            Math.floor(next() * distinct)
              .toString(36)
              .padStart(9, "w") + (word === 9 ? "\n" : " ");
        }
      }
      await write(Buffer.from(chunk, "latin1"));
      made += chunk.length;
    }
  });
}

async function cached(name: string, make: (write: (bytes: Buffer) => Promise<void>) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder, "bench-data");
  const path = join(folder, name);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const stream = createWriteStream(`${path}.part`);
  await make(async bytes => {
    if (!stream.write(bytes)) await once(stream, "drain");
  });
  stream.end();
  await once(stream, "close");
  renameSync(`${path}.part`, path);
  return path;
}
