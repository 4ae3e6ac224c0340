/**
 * Writes a `.tar.gz`: the POSIX form (ustar), with an extended header where a name is long or not plain ASCII. Every `tar` reads it.
 */
import { once } from "node:events";
import { createReadStream, createWriteStream, readFileSync } from "node:fs";
import { finished } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";

/** What is at a path of the archive, which has `/` between its parts: a file of this machine, an executable text, or a symbolic link. */
export type Entry = { readonly path: string } & (
  | { readonly file: string; readonly size: number; readonly executable: boolean }
  | { readonly script: string }
  | { readonly link: string }
);

const blockBytes = 512;
const smallBytes = 1 << 20;

/** Writes it to a file that must not be there yet, for this user only. A file that changes its size meanwhile is an error. */
export async function writeTarGz(path: string, entries: Iterable<Entry>): Promise<void> {
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  const file = createWriteStream(path, { flags: "wx", mode: 0o600 });
  const written = finished(gzip.pipe(file));
  gzip.once("error", error => file.destroy(error));
  // Whoever waits for `written` hears of it.
  written.catch(() => undefined);
  const put = async (bytes: Buffer): Promise<void> => {
    if (file.destroyed) await written;
    if (!gzip.write(bytes)) await Promise.race([once(gzip, "drain"), written]);
  };
  try {
    for (const entry of entries) for await (const bytes of piecesOf(entry)) await put(bytes);
    await put(Buffer.alloc(2 * blockBytes));
    gzip.end();
    await written;
  } catch (error) {
    gzip.destroy();
    file.destroy();
    throw error;
  }
}

async function* piecesOf(entry: Entry): AsyncGenerator<Buffer> {
  if ("link" in entry) {
    yield header(entry.path, { type: "2", size: 0, mode: 0o777, link: entry.link });
  } else if ("script" in entry) {
    const text = Buffer.from(entry.script);
    yield header(entry.path, { type: "0", size: text.length, mode: 0o755 });
    yield text;
    yield padding(text.length);
  } else {
    yield header(entry.path, { type: "0", size: entry.size, mode: entry.executable ? 0o755 : 0o644 });
    let read = 0;
    // Most are small, and there are many.
    const chunks = entry.size < smallBytes ? [readFileSync(entry.file)] : createReadStream(entry.file);
    for await (const chunk of chunks) {
      read += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
    if (read !== entry.size) throw new Error(`${entry.file} has changed while it was read`);
    yield padding(read);
  }
}

interface Head {
  readonly type: "0" | "2" | "x";
  readonly size: number;
  readonly mode: number;
  readonly link?: string;
}

function header(path: string, head: Head): Buffer {
  const long = Object.entries({ path, linkpath: head.link ?? "" }).filter(([, text]) => !fits(text));
  const own = block(path, head);
  if (long.length === 0) return own;
  const records = Buffer.concat(long.map(([key, text]) => record(key, text)));
  const before = block("extended", { type: "x", size: records.length, mode: 0o644 });
  return Buffer.concat([before, records, padding(records.length), own]);
}

function fits(text: string): boolean {
  return /^[\x20-\x7e]{0,100}$/.test(text);
}

/** `29 path=…\n`: the number counts itself, too. */
function record(key: string, text: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${text}\n`);
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${text}\n`);
}

function block(path: string, { type, size, mode, link = "" }: Head): Buffer {
  const bytes = Buffer.alloc(blockBytes);
  const number = (value: number, at: number, digits: number): void => {
    bytes.write(`${value.toString(8).padStart(digits, "0")}\0`, at, "latin1");
  };
  bytes.write(fits(path) ? path : "long", 0, "latin1");
  number(mode, 100, 7);
  number(0, 108, 7);
  number(0, 116, 7);
  number(size, 124, 11);
  number(0, 136, 11); // the same archive of the same files
  bytes.write("        ", 148, "latin1"); // stands for the sum while it is made
  bytes.write(type, 156, "latin1");
  bytes.write(fits(link) ? link : "long", 157, "latin1");
  bytes.write("ustar\x0000", 257, "latin1");
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return bytes;
}

function padding(size: number): Buffer {
  return Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);
}
