/**
 * A task's failure on its way through Spark, which knows of errors only as texts. A worker writes what happened for people, who may see
 * it in Spark's log, and once more for the driver, which looks for its mark in whatever Spark has wrapped around it.
 */
import { inDriversWords } from "../../closure/mirror.ts";
import type { TaskFailure } from "../stages/protocol.ts";

/** Where it happened. */
export interface Scene {
  readonly stageId: number;
  readonly partition: number;
  /** Counted from 0. */
  readonly attempt: number;
}

const mark = /<dstreams-failure:([A-Za-z0-9+/=]+)>/;

/** The text that a worker gives to Spark. */
export function writeFailure(failure: TaskFailure, scene: Scene): string {
  const text = Buffer.from(inDriversWords(JSON.stringify({ failure, scene }))).toString("base64");
  return `${shown(failure)}\n<dstreams-failure:${text}>`;
}

function shown(failure: TaskFailure): string {
  if (!("error" in failure)) return `A task ended as ${failure.kind}.`;
  const { value, message, stack } = failure.error;
  const site = failure.kind === "user" ? `${failure.site} failed: ` : "";
  return `${site}${value ?? stack ?? message}`;
}

/** The failure that is told somewhere in a text; undefined when none is. */
export function readFailure(text: string): { readonly failure: TaskFailure; readonly scene: Scene } | undefined {
  const found = mark.exec(text);
  if (found === null) return undefined;
  return JSON.parse(Buffer.from(found[1] ?? "", "base64").toString()) as { failure: TaskFailure; scene: Scene };
}
