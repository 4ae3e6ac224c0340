import { logger } from "../../base/log.ts";
import type { ListenerEvents, StreamingListener } from "./listener.ts";

const log = logger("StreamingListenerBus");

/**
 * Hands events to the listeners, in order and not in the call of the one who posts them: a listener can neither delay nor break
 * a batch. Without listeners an event costs nothing, not even its making.
 */
export class StreamingListenerBus {
  readonly #listeners = new Set<StreamingListener>();
  #queue: ((listener: StreamingListener) => unknown)[] = [];
  #drained: Promise<void> | undefined;
  #delivering = false;

  add(listener: StreamingListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: StreamingListener): void {
    this.#listeners.delete(listener);
  }

  /** True while a listener is being called. */
  get isDelivering(): boolean {
    return this.#delivering;
  }

  /** `make` is called now, while the facts are what they are, but only if somebody listens. */
  post<Name extends keyof ListenerEvents>(name: Name, make: () => ListenerEvents[Name]): void {
    if (this.#listeners.size === 0) return;
    const event = make();
    this.#queue.push(listener => (listener[name] as ((event: ListenerEvents[Name]) => unknown) | undefined)?.(event));
    this.#drained ??= Promise.resolve().then(() => this.#drain());
  }

  /** Resolves when all events posted so far have been delivered. */
  flush(): Promise<void> {
    return this.#drained ?? Promise.resolve();
  }

  #drain(): void {
    this.#drained = undefined;
    const deliveries = this.#queue;
    this.#queue = [];
    for (const deliver of deliveries) {
      for (const listener of [...this.#listeners]) this.#call(deliver, listener);
    }
  }

  #call(deliver: (listener: StreamingListener) => unknown, listener: StreamingListener): void {
    this.#delivering = true;
    try {
      const returned = deliver(listener);
      if (returned instanceof Promise) returned.catch((error: unknown) => this.#report(listener, error));
    } catch (error) {
      this.#report(listener, error);
    } finally {
      this.#delivering = false;
    }
  }

  #report(listener: StreamingListener, error: unknown): void {
    log.error(`Listener ${listener.constructor.name} threw an exception`, error);
  }
}
