/** A real engine with real workers for a test, and short ways to ask it. */
import { setLogLevel } from "../../../src/base/log.ts";
import type { Action, Job } from "../../../src/engine/engine.ts";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import type { LocalEngineOptions } from "../../../src/engine/local/options.ts";
import type { PlanNode } from "../../../src/plan/plan.ts";
import { site } from "./plans.ts";

// Lost workers and retries are what these tests are about.
setLogLevel("OFF");

export async function withEngine(
  options: LocalEngineOptions,
  body: (engine: LocalEngine) => Promise<void>,
): Promise<void> {
  const engine = new LocalEngine({ threads: 2, ...options });
  try {
    await body(engine);
  } finally {
    await engine.stop();
  }
}

export function jobOf(plan: PlanNode, action: Action = { kind: "collect" }, options: Partial<Job> = {}): Job {
  const partitions = Array.from({ length: plan.numPartitions }, (_, p) => p);
  return { plan, partitions, action, site: site(action.kind), ...options };
}

export async function collect(engine: LocalEngine, plan: PlanNode): Promise<unknown[]> {
  return (await engine.run(jobOf(plan))).flat();
}
