import { setTimeout as sleep } from "node:timers/promises";
import { logger } from "../base/log.ts";
import type { HadoopConf } from "./hadoop-conf.ts";

const log = logger("Storage");

const firstPause = 100;
const longestPause = 5000;

/**
 * How long a server that does not answer is asked again: `dstreams.storage.patience` seconds (default 30) after the first failure,
 * with pauses that double.
 */
export class Patience {
  readonly #milliseconds: number;
  #end: number | undefined;
  #pause = firstPause;

  constructor(conf: HadoopConf) {
    this.#milliseconds = 1000 * conf.integer("dstreams.storage.patience", 30);
  }

  /** Waits a while; throws `error` when there has been no progress for long enough. */
  async pause(what: string, error: unknown): Promise<void> {
    const now = performance.now();
    if (this.#end === undefined) {
      this.#end = now + this.#milliseconds;
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(`${what}: ${reason}; trying again for ${this.#milliseconds / 1000} s`);
    }
    if (now + this.#pause > this.#end) throw error;
    await sleep(this.#pause);
    this.#pause = Math.min(2 * this.#pause, longestPause);
  }

  /** Something has come of it; the next failure is the first again. */
  progress(): void {
    this.#end = undefined;
    this.#pause = firstPause;
  }
}
