/** Records that cannot travel: how they are told from others, and what the user is told. */
import { EventEmitter } from "node:events";
import {
  isExternal,
  isGeneratorObject,
  isModuleNamespaceObject,
  isPromise,
  isProxy,
  isWeakMap,
  isWeakSet,
} from "node:util/types";
import { DStreamsError } from "../base/errors.ts";
import { describe } from "./plain.ts";

const remedy =
  "Make such things where they are used (mapPartitions, foreachPartition, perWorker), or map the record to plain data before it " +
  "is shuffled, cached or collected.";

/** Thrown inside the encoder; each level on the way out puts its step in front of the path. */
export class Refusal extends Error {
  readonly steps: string[] = [];

  /** `reason` completes "<path> is …". */
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
  }

  within(step: string): this {
    this.steps.unshift(step);
    return this;
  }
}

/** `[3]` or `.name` or `["odd name"]`. */
export function stepOf(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** The user's error: `record[1].client is a Socket, …`. */
export function recordError(root: string, refusal: Refusal): DStreamsError {
  const steps =
    refusal.steps.length > 12 ? [...refusal.steps.slice(0, 6), "…", ...refusal.steps.slice(-5)] : refusal.steps;
  return new DStreamsError("DSTREAMS_RECORD", `${root}${steps.join("")} is ${refusal.message}. ${remedy}`, {
    cause: refusal.cause,
  });
}

const handleMarks = [Symbol.for("dstreams.travelsAs"), Symbol.for("dstreams.refusesTravel")];

/** Why an object that is neither plain nor a known built-in can in no way be a record; undefined when its class decides. */
export function refusalOf(value: object): Refusal | undefined {
  const unmovable =
    isPromise(value) ||
    isProxy(value) ||
    isWeakMap(value) ||
    isWeakSet(value) ||
    isGeneratorObject(value) ||
    isExternal(value) ||
    isModuleNamespaceObject(value) ||
    value instanceof EventEmitter ||
    value instanceof EventTarget ||
    value instanceof WeakRef ||
    handleMarks.some(mark => mark in value);
  return unmovable || isBuiltIn(value) ? cannotTravel(value) : undefined;
}

export function cannotTravel(value: unknown): Refusal {
  return new Refusal(`${describe(value)}, which cannot be sent between threads or machines`);
}

/** Instances of the runtime's own classes keep what matters in places no property shows. */
function isBuiltIn(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  const constructor: unknown =
    prototype !== null && Object.hasOwn(prototype, "constructor") ? prototype.constructor : undefined;
  if (typeof constructor !== "function") return false;
  if (Function.prototype.toString.call(constructor).endsWith("{ [native code] }")) return true;
  return constructor === (globalThis as Record<string, unknown>)[constructor.name];
}
