import type { Clock } from "../base/clock.ts";

/**
 * The machine's clock.
 *
 * A wait is a timer for what is left, looked at again when it fires: timers may come a fraction early, and the wall clock may have
 * been set meanwhile. The lag is then about half a millisecond. Spending the last fraction in turns of the event loop
 * would bring it to microseconds, but at half a millisecond of CPU a batch, more than an idle batch costs altogether.
 *
 * The timers keep the process alive; whoever waits aborts the wait when it is done (a stopped context has none).
 */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  until(time: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      let timer: NodeJS.Timeout | undefined;
      let turn: NodeJS.Immediate | undefined;
      const onAbort = () => {
        clearTimeout(timer);
        clearImmediate(turn);
        reject(signal?.reason as Error);
      };
      const wait = () => {
        const rest = time - Date.now();
        if (rest > 0) {
          timer = setTimeout(wait, Math.min(rest, longestTimeout));
          return;
        }
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      // A time that is past is served in the next turn, so that a stream running late still lets I/O through.
      if (time <= Date.now()) turn = setImmediate(wait);
      else wait();
    });
  }
}

/** Node's timers end at 2^31 - 1 ms; longer waits go in pieces. */
const longestTimeout = 2 ** 31 - 1;
