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
      const operation = outputOpId === undefined ? "" : `output operation ${outputOpId}, `;
      return `Streaming job from [${operation}batch time ${clockTime(time)}]`;
    },
  };
}

/** `22:13:20`, with `.SSS` when the time is not a whole second; local time. */
function clockTime(time: Time): string {
  const date = time.toDate();
  const two = (n: number) => String(n).padStart(2, "0");
  const seconds = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const rest = date.getMilliseconds();
  return rest === 0 ? seconds : `${seconds}.${String(rest).padStart(3, "0")}`;
}
