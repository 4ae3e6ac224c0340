import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { DStreamsError } from "../../base/errors.ts";
import { portable } from "../../closure/portable.ts";
import type { PartitionRecords } from "../../plan/plan.ts";

/** Writes the records as lines to a child's standard input while reading lines from its output. */
export const throughProcess = portable(
  import.meta.url,
  "throughProcess",
  (words: readonly string[], env: Readonly<Record<string, string>>, checkCode: boolean) =>
    async function* (_: number, records: PartitionRecords<unknown>): AsyncGenerator<string> {
      const [program = "", ...args] = words;
      const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
      const ended = exitOf(child, program);
      const fed = feed(child.stdin, records);
      // Both are awaited below, but may fail before.
      for (const outcome of [ended, fed]) outcome.catch(() => undefined);
      try {
        for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY }))
          yield line;
        await fed;
        const code = await ended;
        if (checkCode && code !== 0) {
          throw new DStreamsError(
            "DSTREAMS_ILLEGAL_STATE",
            `Pipe function \`${words.join(" ")}' exited with error code ${code}`,
          );
        }
      } finally {
        child.kill();
        await Promise.allSettled([fed, ended]);
      }
    },
);

async function feed(input: Writable, records: PartitionRecords<unknown>): Promise<void> {
  // A child that reads no further closes the pipe; that is its right, and no error.
  let open = true;
  const closed = new Promise<void>(resolve => {
    const close = (): void => {
      open = false;
      resolve();
    };
    input.on("error", close);
    input.on("close", close);
  });
  for await (const record of records) {
    if (!open) return;
    if (input.write(`${String(record)}\n`)) continue;
    await Promise.race([new Promise<void>(resolve => input.once("drain", resolve)), closed]);
  }
  input.end();
}

function exitOf(child: ChildProcess, program: string): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.on("close", (code, signal) => resolve(code ?? signal ?? 0));
    child.on("error", cause => {
      reject(
        new DStreamsError("DSTREAMS_ILLEGAL_ARGUMENT", `pipe could not start ${program}: ${cause.message}`, { cause }),
      );
    });
  });
}
