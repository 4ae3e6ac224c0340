import type { Engine } from "./engine.ts";
import { LocalEngine } from "./local/local-engine.ts";
import type { LocalEngineOptions } from "./local/options.ts";

/** What a master URL and the configuration come to. Plain data; one kind of engine for now. */
export interface EngineOptions extends LocalEngineOptions {
  readonly kind: "local";
}

/**
 * The engine that runs a context's jobs. Its workers start at once.
 *
 * @throws DSTREAMS_SPILL when the spill directory cannot be made
 */
export function createEngine(options: EngineOptions): Engine {
  return new LocalEngine(options);
}
