import { logger } from "../base/log.ts";

const log = logger("StreamingContext");
const signals = ["SIGINT", "SIGTERM"] as const;

/** A stop that takes longer than that is worth a word to the person who waits, in ms. */
const patience = 3_000;

/**
 * Ctrl-C and `kill` end a stream in order: the first signal stops it, the second one ends the process at once (exit code 130).
 * Returns what removes the hook. Listening keeps no process alive.
 */
export function addShutdownHook(stop: () => Promise<void>): () => void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(130);
    stopping = true;
    log.info(`Invoking stop from shutdown hook (${signal}); a second signal ends the process at once`);
    const late = setTimeout(() => {
      log.warn(
        `Still stopping (${signal}): batches that have begun are finished; a second signal ends the process at once`,
      );
    }, patience).unref();
    stop()
      .catch((error: unknown) => log.error("Error while stopping from the shutdown hook", error))
      .finally(() => clearTimeout(late));
  };
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
