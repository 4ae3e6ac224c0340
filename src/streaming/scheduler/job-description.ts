import { clockTime, fraction } from "../../base/local-time.ts";
import type { JobProperties } from "../../engine/engine.ts";
import type { Time } from "../time.ts";

/**
 * The properties of the Spark jobs of one output operation. Those the program had set before start() are kept; the description
 * is written only when somebody reads it.
 */
export function batchProperties(inherited: JobProperties, time: Time, outputOpId?: number): JobProperties {
  const { group, description } = inherited;
  return {
    // Also when there was none: what is set later, for other jobs, does not belong to the batches.
    group,
    batchTime: time.milliseconds,
    get description() {
      if (description !== undefined) return description;
      const at = time.toDate();
      const operation = outputOpId === undefined ? "" : `output operation ${outputOpId}, `;
      return `Streaming job from [${operation}batch time ${clockTime(at)}${fraction(at)}]`;
    },
  };
}
