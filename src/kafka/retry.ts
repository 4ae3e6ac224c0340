import { setTimeout } from "node:timers/promises";
import { logger } from "../base/log.ts";
import { mayPass, reason, worded } from "./failures.ts";

const log = logger("Kafka");

/** How long, and how often, something is tried again. */
export interface Patience {
  readonly brokers: readonly string[];
  readonly apiTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
}

/**
 * Tries until it succeeds: what may pass by itself (a broker restarts, a leader moves) is tried again until `default.api.timeout.ms` has
 * gone by, at growing intervals. Rejects with a coded error that says what to do.
 *
 * @param what in messages: `Listing the offsets of words-0`
 */
export async function persistently<R>(patience: Patience, what: string, attempt: () => Promise<R>): Promise<R> {
  const deadline = performance.now() + patience.apiTimeoutMs;
  for (
    let wait = patience.retryBackoffMs, tries = 1;
    ;
    tries++, wait = Math.min(wait * 2, patience.retryBackoffMaxMs)
  ) {
    try {
      return await attempt();
    } catch (error) {
      if (!mayPass(error) || performance.now() + wait > deadline) {
        throw worded(what, patience.brokers, error);
      }
      const text = `${what} failed (brokers ${patience.brokers.join(",")}): ${reason(error)} It is tried again for ${Math.ceil((deadline - performance.now()) / 1000)} s.`;
      // Once is enough; a leader that moves is nothing to speak of.
      if (tries === 3) log.warn(text);
      else log.debug(text);
      await setTimeout(wait);
    }
  }
}
