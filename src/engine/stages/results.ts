/** Values of tasks: decoded from the bytes that came, or known without a task when there are no records. */
import { MissingClassError, decodeBlock, decodeValue, encodeValue } from "../../codec/block.ts";
import { loadClass } from "../../closure/classes.ts";
import type { Action } from "../engine.ts";

/**
 * The value of an action over a partition. A promise when a class among the records has to be loaded first.
 *
 * @throws DSTREAMS_DATA when the bytes are not what a worker writes
 */
export function valueOf(action: Action, bytes: Uint8Array | undefined): unknown | Promise<unknown> {
  if (bytes === undefined) return undefined;
  try {
    return action.kind === "collect" || action.kind === "take" ? decodeBlock(bytes) : decodeValue(bytes);
  } catch (error) {
    if (!(error instanceof MissingClassError)) throw error;
    return loadClass(error.classId).then(() => valueOf(action, bytes));
  }
}

/** What makes the action's value over no records; undefined when a user's function has to say it. */
export function emptyValue(action: Action): (() => unknown) | undefined {
  switch (action.kind) {
    case "collect":
    case "take":
    case "reduce":
      return () => [];
    case "count":
      return () => 0;
    case "fold":
      return () => decodeValue(encodeValue(action.zero));
    case "foreach":
      return () => undefined;
    case "partition":
      return undefined;
  }
}
