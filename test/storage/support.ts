import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { DStreamsError } from "../../src/base/errors.ts";
import type { Storage } from "../../src/storage/storage.ts";

const local = new URL("../../src/storage/local.ts", import.meta.url).href;

/** For `assert.rejects` and `assert.throws`. */
export const failsWith = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DStreamsError, `not one of the coded errors: ${String(error)}`);
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  return true;
};

/** The text of a file, or of a range of its bytes. */
export async function bytesOf(
  storage: Storage,
  path: string,
  start = 0,
  end = Number.POSITIVE_INFINITY,
): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of storage.read(path, start, end)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** Writes a whole file. */
export async function put(storage: Storage, path: string, content: string | Uint8Array): Promise<void> {
  const writer = await storage.create(path);
  await writer.write(Buffer.from(content));
  await writer.close();
}

/** Hadoop's settings, as a program's configuration has them. */
export function configured(settings: Readonly<Record<string, string | number>>): [string, string][] {
  return Object.entries(settings).map(([key, value]) => [`spark.hadoop.${key}`, String(value)]);
}

/** Runs statements with `storage` at hand in a process that may not do everything; its `code message`, or `ok`. */
export function runUnprivileged(statements: string): Promise<string> {
  return run(process.execPath, [
    "--input-type=module",
    "-e",
    program(`process.setuid?.(process.getuid?.() === 0 ? 65534 : process.getuid());`, statements),
  ]);
}

/** The same with files of at most 512 KB: to a writer it is what a full disk is. */
export function runWithFileLimit(statements: string): Promise<string> {
  const script = `ulimit -f 512; exec "$0" --input-type=module -e "$1"`;
  return run("bash", ["-c", script, process.execPath, program("", statements)]);
}

function program(before: string, statements: string): string {
  return `
    import { localStorage as storage } from ${JSON.stringify(local)};
    ${before}
    try { ${statements} console.log("ok"); } catch (error) { console.log(error.code, error.message); }`;
}

function run(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve, reject) => child.on("error", reject).on("close", () => resolve(output)));
}
