/** Built-in objects as bytes; see values-write.ts, whose other half this is. */
import { isAnyArrayBuffer, isDate, isMap, isNativeError, isRegExp, isSet, isSharedArrayBuffer } from "node:util/types";
import type { Writer } from "./bytes.ts";
import { builtInOf, errorTypeOf, namesOf } from "./objects.ts";
import type { PlainObject } from "./plain.ts";
import { Refusal } from "./refusal.ts";
import { tag, viewNames } from "./tags.ts";

/** What is needed of the writer of values. */
export interface ValueSink {
  readonly out: Writer;
  write(value: unknown): void;
  writeArray(values: readonly unknown[]): void;
  /** count, (name, value)… */
  writeProperties(object: PlainObject, names: readonly string[]): void;
}

/** Writes the inner part of a built-in; its class and additional properties are the caller's business. */
export function writeBuiltIn(sink: ValueSink, value: object): void {
  const { out } = sink;
  if (Array.isArray(value)) sink.writeArray(value);
  else if (isDate(value)) {
    out.byte(tag.date);
    out.float(value.getTime());
  } else if (isMap(value)) writeMap(sink, value);
  else if (isSet(value)) writeSet(sink, value);
  else if (isNativeError(value)) writeError(sink, value, undefined);
  else if (isRegExp(value)) {
    out.byte(tag.regexp);
    sink.write(value.source);
    sink.write(value.flags);
    sink.write(value.lastIndex);
  } else if (ArrayBuffer.isView(value)) writeView(out, value);
  else if (isAnyArrayBuffer(value)) writeArrayBuffer(out, value);
  else {
    out.byte(tag.boxed);
    sink.write((value as { valueOf(): unknown }).valueOf());
  }
}

function writeMap(sink: ValueSink, map: ReadonlyMap<unknown, unknown>): void {
  sink.out.byte(tag.map);
  sink.out.count(map.size);
  for (const [key, value] of map) {
    try {
      sink.write(key);
    } catch (error) {
      throw error instanceof Refusal ? error.within(".keys()") : error;
    }
    try {
      sink.write(value);
    } catch (error) {
      throw error instanceof Refusal
        ? error.within(typeof key === "string" ? `.get(${JSON.stringify(key)})` : ".values()")
        : error;
    }
  }
}

function writeSet(sink: ValueSink, set: ReadonlySet<unknown>): void {
  sink.out.byte(tag.set);
  sink.out.count(set.size);
  try {
    for (const value of set) sink.write(value);
  } catch (error) {
    throw error instanceof Refusal ? error.within(".values()") : error;
  }
}

/** What the language itself puts on errors, out of sight. */
const hiddenFields: ReadonlySet<string> = new Set(["stack", "message", "cause", "errors", "name"]);

/**
 * Type; message, stack, cause, errors and name, as far as the error hides them as its own; its visible properties. `name` is set for an
 * error that leaves its class behind.
 */
export function writeError(sink: ValueSink, error: Error, name: string | undefined): void {
  const source = error as unknown as PlainObject;
  const fields: PlainObject = {};
  for (const field of Object.getOwnPropertyNames(error)) {
    if (hiddenFields.has(field) && !Object.prototype.propertyIsEnumerable.call(error, field))
      fields[field] = source[field];
  }
  if (name !== undefined) fields.name = name;
  sink.out.byte(tag.error);
  sink.out.byte(nearestErrorType(error));
  sink.writeProperties(fields, Object.keys(fields));
  sink.writeProperties(
    source,
    namesOf(error).filter(field => !Object.hasOwn(fields, field)),
  );
}

/** The built-in class that an error's class derives from. */
function nearestErrorType(error: Error): number {
  for (
    let prototype: unknown = Object.getPrototypeOf(error);
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const type = errorTypeOf(prototype as object);
    if (type >= 0) return type;
  }
  return 0;
}

function writeView(out: Writer, view: ArrayBufferView): void {
  out.byte(tag.view);
  out.byte(viewNames.indexOf(builtInOf(view) as (typeof viewNames)[number]));
  out.count(view.byteLength);
  out.bytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}

function writeArrayBuffer(out: Writer, buffer: ArrayBufferLike): void {
  if (isSharedArrayBuffer(buffer)) throw new Refusal("a SharedArrayBuffer, which would no longer be shared");
  if ((buffer as ArrayBuffer).resizable) throw new Refusal("a resizable ArrayBuffer, which would lose its limit");
  out.byte(tag.arrayBuffer);
  out.count(buffer.byteLength);
  out.bytes(new Uint8Array(buffer));
}
