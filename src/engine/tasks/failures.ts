/**
 * Whose fault an error is. A loop that sees a user's function throw says so here (`blame`) and throws the same value on, so
 * that user code above it (a `mapPartitions` around a failing `map`) can catch what was really thrown. The first to speak,
 * the innermost, is right. At the end of the task `describeFailure` words what comes out.
 */
import { recordAt } from "../../base/culprit.ts";
import { DStreamsError } from "../../base/errors.ts";
import { MissingClassError } from "../../codec/block.ts";
import { ResidentLost } from "../../plan/resident.ts";
import type { PlainError, TaskFailure } from "../stages/protocol.ts";
import { describeRecord } from "./describe-record.ts";

interface Blame {
  readonly site: string;
  readonly record: string | undefined;
}

const blamed = new WeakMap<object, Blame>();

/** For thrown values that are no objects: the last one. One task runs at a time in a thread. */
let lastPrimitive: { readonly value: unknown; readonly blame: Blame } | undefined;

/** Thrown when the driver has cancelled the task. */
export class Cancelled extends Error {}

/** Thrown when a kept partition is not there, and how to compute it was not sent. */
export class MissingPartition extends Error {
  readonly nodeId: number;
  readonly partition: number;

  constructor(nodeId: number, partition: number) {
    super(`partition ${partition} of node ${nodeId} is not kept here`);
    this.nodeId = nodeId;
    this.partition = partition;
  }
}

/** What the engine throws through users' functions to be caught by itself: nobody's fault. */
const passing = [Cancelled, MissingPartition, MissingClassError, ResidentLost];

/**
 * Says that the operator at `site` threw `error`; pass the record as third argument if there was one (else what a kernel has noted
 * is taken). Returns `error`.
 */
export function blame(error: unknown, site: string, ...record: [unknown?]): unknown {
  if (passing.some(kind => error instanceof kind)) return error;
  if (blameOf(error) !== undefined) return error;
  const at = record.length > 0 ? { record: record[0] } : recordAt(error);
  const entry = { site, record: at && describeRecord(at.record) };
  if (isObject(error)) blamed.set(error, entry);
  else lastPrimitive = { value: error, blame: entry };
  return error;
}

/** Forgets what was blamed on values that are no objects; called when a task starts. */
export function forgetBlame(): void {
  lastPrimitive = undefined;
}

function blameOf(error: unknown): Blame | undefined {
  if (isObject(error)) return blamed.get(error);
  return lastPrimitive !== undefined && Object.is(lastPrimitive.value, error) ? lastPrimitive.blame : undefined;
}

/** The failure to report to the driver. */
export function describeFailure(error: unknown): TaskFailure {
  if (error instanceof Cancelled) return { kind: "cancelled" };
  if (error instanceof MissingPartition) return { kind: "missing", nodeId: error.nodeId, partition: error.partition };
  const culprit = blameOf(error);
  const plain = plainError(error);
  if (error instanceof DStreamsError) return { kind: "engine", code: error.code, error: located(plain, culprit) };
  if (culprit === undefined) return { kind: "engine", code: systemCode(error), error: plain };
  return {
    kind: "user",
    site: culprit.site,
    ...(culprit.record !== undefined && { record: culprit.record }),
    error: plain,
  };
}

/** Coded errors of ours keep their code; where they happened joins the message. */
function located(error: PlainError, culprit: Blame | undefined): PlainError {
  if (culprit === undefined) return error;
  const record = culprit.record === undefined ? "" : `, record ${culprit.record}`;
  return { ...error, message: `${error.message} (${culprit.site}${record})` };
}

function systemCode(error: unknown): string {
  const memory =
    error instanceof RangeError &&
    /allocation failed|Invalid array (buffer )?length|Invalid string length/i.test(error.message);
  return memory ? "DSTREAMS_OUT_OF_MEMORY" : "DSTREAMS_JOB_FAILED";
}

/** Any thrown value as plain data; a hostile error object cannot break it. */
export function plainError(error: unknown, depth = 0): PlainError {
  if (!(error instanceof Error))
    return { name: "Thrown", message: describeRecord(error), value: describeRecord(error) };
  const text = (name: string): string | undefined => {
    try {
      const value: unknown = Reflect.get(error, name);
      return typeof value === "string" ? value : undefined;
    } catch {
      return undefined;
    }
  };
  const stack = text("stack");
  const code = text("code");
  const cause = depth < 8 ? causeOf(error) : undefined;
  return {
    name: text("name") ?? "Error",
    message: text("message") ?? "",
    ...(stack !== undefined && { stack: ownFrames(stack) }),
    ...(code !== undefined && { code }),
    ...(cause !== undefined && { cause: plainError(cause, depth + 1) }),
  };
}

function causeOf(error: Error): unknown {
  try {
    return error.cause;
  } catch {
    return undefined;
  }
}

/** The stack without what lies below the user's function: generated loops and the engine. */
function ownFrames(stack: string): string {
  const lines = stack.split("\n");
  const end = lines.findIndex(line => /^\s+at .*(dstreams-stage-\d+:|engine\/tasks\/)/.test(line));
  return end <= 0 ? stack : lines.slice(0, end).join("\n");
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
