/** `mapAsync`: up to `concurrency` calls in flight, results in the order of the records. */
import type { Chunk, Fn } from "../../plan/plan.ts";
import type { Chunks } from "./chunks.ts";
import { blame } from "./failures.ts";

const chunkSize = 256;

export function mapAsyncChunks(source: Chunks, fn: Fn, concurrency: number, site: string): Chunks {
  const inFlight: Promise<unknown>[] = [];
  let chunk: Chunk = [];
  let at = 0;
  let ended = false;

  /** Starts calls until enough are in flight or the records are used up. */
  const start = async (): Promise<void> => {
    while (!ended && inFlight.length < concurrency) {
      if (at < chunk.length) {
        const call = invoke(chunk[at++]);
        // whoever awaits it in turn sees the rejection; one that comes earlier must not count as unhandled
        call.catch(() => undefined);
        inFlight.push(call);
      } else if (inFlight.length > 0 && source.async) {
        // do not hold back results that are there while a slow source makes the next records
        return;
      } else {
        await advance();
      }
    }
  };
  const advance = async (): Promise<void> => {
    const next = await source.next();
    if (next === undefined) ended = true;
    chunk = next ?? [];
    at = 0;
  };
  const invoke = async (record: unknown): Promise<unknown> => {
    try {
      return await fn(record);
    } catch (error) {
      throw blame(error, site, record);
    }
  };

  return {
    async: true,
    async next(): Promise<Chunk | undefined> {
      const out: unknown[] = [];
      while (out.length < chunkSize) {
        await start();
        const head = inFlight.shift();
        if (head === undefined) break;
        out.push(await head);
      }
      return out.length > 0 ? out : undefined;
    },
    close: () => source.close(),
  };
}
