import type { RunTask } from "./task.ts";

/** Gives back what it gets. */
export const runTask: RunTask = async task => ({ frames: echo(task.input), updates: [] });

async function* echo(input: AsyncIterable<Buffer[]>): AsyncGenerator<readonly Uint8Array[]> {
  for await (const batch of input) for (const frame of batch) yield [frame];
}
