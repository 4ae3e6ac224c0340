/** Programs in processes of their own, which have to end by themselves and well. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Against hangs only. */
const timeout = 240_000;

/** The words of a command that runs a program of this folder. */
export function command(program: string, ...args: string[]): [file: string, ...args: string[]] {
  return [process.execPath, fileURLToPath(new URL(`../programs/${program}.ts`, import.meta.url)), ...args];
}

/** What it printed; it must not have complained, and exit with 0. */
export async function output([file, ...args]: [string, ...string[]]): Promise<string> {
  const { stdout, stderr } = await run(file, args, { timeout });
  assert.equal(stderr, "");
  return stdout;
}
