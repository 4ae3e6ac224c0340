import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { ownModule } from "../base/own-module.ts";
import type { Engine } from "./engine.ts";
import { LocalEngine } from "./local/local-engine.ts";
import type { LocalEngineOptions } from "./local/options.ts";
import type { SparkEngineOptions } from "./spark/options.ts";

/** What a master URL and the configuration come to. Plain data. */
export type EngineOptions = (LocalEngineOptions & { readonly kind: "local" }) | SparkEngineOptions;

/**
 * The engine that runs a context's jobs. Its workers, or Spark, start at once.
 *
 * @throws DSTREAMS_SPILL when the spill directory cannot be made
 */
export function createEngine(options: EngineOptions): Engine {
  if (options.kind === "local") return new LocalEngine(options);
  // A tenth of what there is to load; a program on worker threads does not wait for it.
  const path = fileURLToPath(ownModule("./spark/spark-engine", import.meta.url));
  const { makeEngine } = createRequire(import.meta.url)(path) as {
    makeEngine(options: SparkEngineOptions): Engine;
  };
  return makeEngine(options);
}
