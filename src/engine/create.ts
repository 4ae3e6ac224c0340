import type { Engine } from "./engine.ts";
import { LocalEngine } from "./local/local-engine.ts";
import type { LocalEngineOptions } from "./local/options.ts";
import type { SparkEngineOptions } from "./spark/options.ts";
import { SparkEngine } from "./spark/spark-engine.ts";

/** What a master URL and the configuration come to. Plain data. */
export type EngineOptions = (LocalEngineOptions & { readonly kind: "local" }) | SparkEngineOptions;

/**
 * The engine that runs a context's jobs. Its workers, or Spark, start at once.
 *
 * @throws DSTREAMS_SPILL when the spill directory cannot be made
 */
export function createEngine(options: EngineOptions): Engine {
  return options.kind === "spark" ? new SparkEngine(options) : new LocalEngine(options);
}
