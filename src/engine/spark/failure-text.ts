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
  return told(mark, text) as { failure: TaskFailure; scene: Scene } | undefined;
}

/** How a worker died in the middle of a task. */
export interface Loss {
  /** `it exited with code 1` */
  readonly reason: string;
  readonly outOfMemory: boolean;
  /** Of the last task that it began. */
  readonly scene?: Scene | undefined;
}

const lossMark = /<dstreams-loss:([A-Za-z0-9+/=]+)>/;

/** The text that a daemon gives to Spark in the place of a worker that cannot speak any more. */
export function writeLoss(loss: Loss): string {
  return `A worker died while it ran a task: ${loss.reason}\n<dstreams-loss:${Buffer.from(JSON.stringify(loss)).toString("base64")}>`;
}

/** The loss that is told somewhere in a text; undefined when none is. */
export function readLoss(text: string): Loss | undefined {
  return told(lossMark, text) as Loss | undefined;
}

function told(sign: RegExp, text: string): unknown {
  const found = sign.exec(text);
  return found === null ? undefined : JSON.parse(Buffer.from(found[1] ?? "", "base64").toString());
}
