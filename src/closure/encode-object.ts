/** Objects as nodes: what V8's serialization keeps, collections, errors, plain objects, instances of classes. */
import { inspect as inspectText, types } from "node:util";
import { builtinNameOf, globalNameOf, isPlatformFunction } from "./builtins.ts";
import type { Key, Node, Own, Slot, Special } from "./format.ts";
import type { GraphBuilder } from "./graph.ts";
import { inspect } from "./inspect.ts";
import { originOf } from "./origin.ts";
import { type Path, refuse, step } from "./path.ts";
import { privateNamesOf } from "./private-names.ts";
import { referenceOfExports } from "./references.ts";
import { refuseLive, tagOf } from "./refusals.ts";
import { handleOf, refusalOf } from "./travel.ts";

/** Any object that is not a function. */
export function encodeObject(builder: GraphBuilder, value: object, path: Path): Node {
  if (types.isProxy(value)) return encodeProxy(builder, value, path);
  return (
    encodeSpoken(value, path) ??
    encodePlatform(builder, value) ??
    encodeExports(builder, value) ??
    encodeBuiltIn(builder, value, path) ??
    encodeInstance(builder, value, path)
  );
}

/** Handles and refusals: objects that say themselves how they travel. Functions too. */
export function encodeSpoken(value: object, path: Path): Node | undefined {
  const handle = handleOf(value);
  if (handle) return { kind: "handle", handle: handle.kind, id: handle.id };
  const refusal = refusalOf(value);
  return refusal === undefined ? undefined : refuse(path, tagOf(value), refusal, "DSTREAMS_NESTED_CONTEXT");
}

/** What is found in a worker by its name, as part of the platform. */
export function encodePlatform(builder: GraphBuilder, value: object): Node | undefined {
  const globalName = globalNameOf(value);
  if (globalName) return { kind: "global", ...globalName };
  const builtin = builtinNameOf(value);
  if (builtin === undefined) return undefined;
  const module = builder.module({ specifier: builtin.module, from: undefined, attributes: undefined });
  return { kind: "import", module, path: ["default", ...builtin.path] };
}

/** `module.exports` of a CommonJS module. */
function encodeExports(builder: GraphBuilder, value: object): Node | undefined {
  const reference = referenceOfExports(value);
  return reference && { kind: "import", module: builder.module(reference.module), path: reference.path };
}

export function encodeSymbol(value: symbol): Node {
  const registered = Symbol.keyFor(value);
  if (registered !== undefined) return { kind: "symbol", registered };
  const name = value.description?.replace(/^Symbol\./, "") ?? "";
  if ((Symbol as unknown as Record<string, unknown>)[name] === value) return { kind: "symbol", wellKnown: name };
  return { kind: "symbol", ...(value.description !== undefined && { description: value.description }) };
}

function encodeProxy(builder: GraphBuilder, value: object, path: Path): Node {
  const { proxy } = inspect(value);
  if (!proxy?.handler) refuse(path, "revoked Proxy", "It cannot be used here either.");
  return {
    kind: "proxy",
    target: builder.slot(proxy.target, step(path, "target")),
    handler: builder.slot(proxy.handler, step(path, "handler")),
  };
}

/** Objects with internal data, by what they are and not by what they claim to be. */
function encodeBuiltIn(builder: GraphBuilder, value: object, path: Path): Node | undefined {
  const own = (expected: object, skip?: (key: string | symbol) => boolean): { own?: Own } =>
    dressed(ownOf(builder, value, path, expected, skip));
  if (Array.isArray(value)) return encodeArray(builder, value, path);
  if (types.isArgumentsObject(value)) return encodeArray(builder, [...(value as Iterable<unknown>)], path);
  if (types.isDate(value)) return { kind: "plain", value: new Date(value), ...own(Date.prototype) };
  if (types.isRegExp(value)) {
    return { kind: "plain", value: new RegExp(value.source, value.flags), ...own(RegExp.prototype) };
  }
  if (types.isMap(value)) {
    const entries = [...Map.prototype.entries.call(value)].flatMap(([key, item], i) => [
      builder.slot(key, step(path, `key ${i}`)),
      builder.slot(item, step(path, typeof key === "string" ? key : `value ${i}`)),
    ]);
    return { kind: "map", entries, ...own(Map.prototype) };
  }
  if (types.isSet(value)) {
    const entries = [...Set.prototype.values.call(value)].map((item, i) =>
      builder.slot(item, step(path, `member ${i}`)),
    );
    return { kind: "set", entries, ...own(Set.prototype) };
  }
  if (types.isNativeError(value)) {
    const stack: Special = { key: "stack", flags: 6, value: String(value.stack) };
    const rest = ownOf(builder, value, path, Error.prototype, key => key === "stack");
    return { kind: "error", own: { ...rest, special: [...(rest.special ?? []), stack] } };
  }
  if (ArrayBuffer.isView(value)) return encodeView(builder, value, path);
  if (types.isSharedArrayBuffer(value)) return { kind: "shared", bytes: new Uint8Array(new Uint8Array(value)) };
  if (types.isArrayBuffer(value)) return { kind: "plain", value, ...own(ArrayBuffer.prototype) };
  if (types.isBoxedPrimitive(value)) return encodeBoxed(builder, value, path);
  if (types.isModuleNamespaceObject(value)) return encodeNamespace(builder, value, path);
  return undefined;
}

function encodeArray(builder: GraphBuilder, value: readonly unknown[], path: Path): Node {
  const items: Slot[] = new Array(value.length);
  for (let i = 0; i < value.length; i++) {
    if (i in value) items[i] = builder.slot(value[i], step(path, `[${i}]`));
  }
  const isIndex = (key: string | symbol): boolean => typeof key === "string" && /^(0|[1-9]\d*|length)$/.test(key);
  return { kind: "array", items, ...dressed(ownOf(builder, value, path, Array.prototype, isIndex)) };
}

function encodeView(builder: GraphBuilder, value: ArrayBufferView, path: Path): Node {
  const isIndex = (key: string | symbol): boolean => typeof key === "string" && /^\d+$/.test(key);
  if (Buffer.isBuffer(value)) {
    // Buffers are slices of a pool that is not the program's: only their own bytes travel.
    const bytes = builder.slot(new Uint8Array(value).buffer, path);
    const rest = dressed(ownOf(builder, value, path, Buffer.prototype, isIndex));
    return { kind: "view", type: "Buffer", buffer: bytes, offset: 0, length: value.length, ...rest };
  }
  const type = types.isDataView(value)
    ? "DataView"
    : String(Reflect.get(typedArrayPrototype, Symbol.toStringTag, value));
  const { prototype } = (globalThis as unknown as Record<string, { readonly prototype: object }>)[type] ?? Object;
  return {
    kind: "view",
    type,
    buffer: builder.slot(value.buffer, step(path, "buffer")),
    offset: value.byteOffset,
    length: types.isTypedArray(value) ? value.length : value.byteLength,
    ...dressed(ownOf(builder, value, path, prototype, isIndex)),
  };
}

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;

function encodeBoxed(builder: GraphBuilder, value: object, path: Path): Node {
  return { kind: "made", constructor: builder.slot(Object, path), args: [builder.slot(value.valueOf(), path)] };
}

/** `import * as ns` is known by its name; a namespace that came otherwise is a copy of its exports. */
function encodeNamespace(builder: GraphBuilder, value: object, path: Path): Node {
  const own = ownOf(builder, { ...value }, path, Object.prototype);
  return { kind: "object", own: { ...own, prototype: null } };
}

/** Values that are made again from what they show. */
function encodeRemade(builder: GraphBuilder, value: object, path: Path): Node | undefined {
  const make = (constructor: Function, ...args: unknown[]): Node => ({
    kind: "made",
    constructor: builder.slot(constructor, path),
    args: args.map(arg => builder.slot(arg, path)),
  });
  if (value instanceof URL) return make(URL, value.href);
  if (value instanceof URLSearchParams) return make(URLSearchParams, value.toString());
  if (value instanceof TextEncoder) return make(TextEncoder);
  if (value instanceof TextDecoder) {
    return make(TextDecoder, value.encoding, { fatal: value.fatal, ignoreBOM: value.ignoreBOM });
  }
  const intl = Object.values(Object.getOwnPropertyDescriptors(Intl)).find(
    ({ value: type }) => typeof type === "function" && type.prototype === Object.getPrototypeOf(value),
  );
  if (intl === undefined || !("resolvedOptions" in value)) return undefined;
  const options = (value as Intl.NumberFormat).resolvedOptions();
  return make(intl.value as Function, options.locale, options);
}

/** Plain objects and instances of the program's classes. */
function encodeInstance(builder: GraphBuilder, value: object, path: Path): Node {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    const constructor = ownConstructor(value);
    if (constructor && constructor.prototype === value) return encodePrototype(builder, value, constructor, path);
    const remade = encodeRemade(builder, value, path);
    if (remade) return remade;
    checkInstance(value, path);
  } else if (ownConstructor(value)?.prototype === value) {
    return encodePrototype(builder, value, ownConstructor(value) as Function, path);
  } else refuseLive(value, path);
  return { kind: "object", own: ownOf(builder, value, path, Object.prototype) };
}

/** Every class of the chain must be the program's own, and hide nothing in private fields. */
function checkInstance(value: object, path: Path): void {
  refuseLive(value, path);
  for (let p = Object.getPrototypeOf(value) as object | null; p; p = Object.getPrototypeOf(p) as object | null) {
    const constructor = ownConstructor(p);
    if (constructor === undefined || constructor.name === "Object" || constructor.name === "EventEmitter") continue;
    if (isPlatformFunction(constructor)) refuseLive(value, path, constructor.name);
    const hidden = privateNamesOf(constructor);
    if (hidden.length > 0) {
      refuse(
        path,
        constructor.name,
        `Its class has private fields (${hidden.join(", ")}), which nobody can read from outside. Make the object ` +
          "inside the function, or capture the plain values it is made from.",
      );
    }
  }
}

function ownConstructor(value: object): Function | undefined {
  const property = Object.getOwnPropertyDescriptor(value, "constructor");
  return typeof property?.value === "function" ? property.value : undefined;
}

/** `F.prototype`: found again at F. Only that of a function that travels by value is described. */
function encodePrototype(builder: GraphBuilder, value: object, constructor: Function, path: Path): Node {
  const of = builder.slot(constructor, step(path, constructor.name));
  const origin = originOf(constructor);
  if (origin.kind !== "value" || origin.isClass) return { kind: "prototype", of };
  const own = ownOf(builder, value, path, Object.prototype, key => key === "constructor");
  return { kind: "prototype", of, ...dressed(own) };
}

/**
 * All own keys, but not those of a large typed array's elements: they would be strings, more than its memory, or more than there can be.
 * Whether it has other names than those only Node's inspection tells.
 */
function keysOf(value: object): readonly (string | symbol)[] {
  if (!types.isTypedArray(value) || value.length < 1024) return Reflect.ownKeys(value);
  const shown = inspectText(value, { maxArrayLength: 0, depth: 0, customInspect: false, breakLength: Infinity });
  return /more items \]$/.test(shown) ? Object.getOwnPropertySymbols(value) : Reflect.ownKeys(value);
}

/** Own properties, but for those the kind of object implies; and what differs from an object of the expected prototype. */
export function ownOf(
  builder: GraphBuilder,
  value: object,
  path: Path,
  expected: object,
  skip: (key: string | symbol) => boolean = () => false,
): Own {
  const integrity = integrityOf(value);
  const plain = integrity === "frozen" ? 1 : integrity === "sealed" ? 5 : 7;
  const keys: Key[] = [];
  const values: Slot[] = [];
  const special: Special[] = [];
  for (const key of keysOf(value)) {
    const property = skip(key) ? undefined : Object.getOwnPropertyDescriptor(value, key);
    if (property === undefined) continue;
    const at = step(path, String(key));
    const name = typeof key === "string" ? key : (builder.slot(key, at) as Key);
    const flags = (property.enumerable ? 1 : 0) + (property.configurable ? 2 : 0) + (property.writable ? 4 : 0);
    const part = (member: unknown): Slot => {
      if (typeof member === "function") builder.homes.set(member, value);
      return builder.slot(member, at);
    };
    if ("value" in property) {
      if (flags === plain) {
        keys.push(name);
        values.push(part(property.value));
      } else special.push({ key: name, flags, value: part(property.value) });
    } else special.push({ key: name, flags, get: part(property.get), set: part(property.set) });
  }
  const prototype = prototypeOf(builder, value, path, expected);
  return {
    keys,
    values,
    ...(special.length > 0 && { special }),
    ...(prototype !== undefined && { prototype }),
    ...(integrity !== undefined && { integrity }),
  };
}

/** Nothing, when it says nothing. */
export function dressed(own: Own): { own?: Own } {
  const bare = own.keys.length === 0 && !own.special && own.prototype === undefined && own.integrity === undefined;
  return bare ? {} : { own };
}

function integrityOf(value: object): Own["integrity"] {
  if (Object.isExtensible(value)) return undefined;
  if (Object.isFrozen(value)) return "frozen";
  return Object.isSealed(value) ? "sealed" : "fixed";
}

/** Undefined for the expected prototype and its like from another realm (`vm`). */
function prototypeOf(builder: GraphBuilder, value: object, path: Path, expected: object): Slot | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return null;
  if (prototype === expected) return undefined;
  const constructor = ownConstructor(prototype);
  const alike = constructor?.name === (expected.constructor as Function).name && isPlatformFunction(constructor);
  // Async functions and generators have prototypes of their own, which follow from the source.
  const ofFunction = expected === Function.prototype && /Function$/.test(constructor?.name ?? "");
  return alike || (ofFunction && isPlatformFunction(constructor as Function))
    ? undefined
    : builder.slot(prototype, step(path, constructor?.name || "prototype"));
}
