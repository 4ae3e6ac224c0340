/**
 * Any value as bytes, exactly: what columns.ts cannot lay out in columns goes through here, value by value.
 *
 * Each value is a tag and what the tag asks for (tags.ts). Three things are remembered on the way:
 *
 *     a record's objects    the n-th object met is written once; met again, it is `again n`: cycles and sharing survive
 *     a block's shapes      the names of a plain object are written once; later objects of that shape are `shape n`
 *     the way in            only when something is refused: each level adds its step to the path
 *
 * What travels of an object: its own enumerable properties with string names (of an array: its elements, and what a RegExp match
 * has besides). Accessors travel as the value they give. Frozen objects thaw. A view of bytes travels as the bytes it shows,
 * without the rest of its buffer.
 */
import { isNativeError } from "node:util/types";
import { type ValueSink, writeBuiltIn, writeError } from "./builtins-write.ts";
import type { Writer } from "./bytes.ts";
import { type ClassLike, classTable } from "./classes.ts";
import { writeLeaves } from "./leaves.ts";
import { Entangled } from "./entangled.ts";
import { builtInOf, errorTypeOf, isIndex, isIntrinsic, isMatch, isMostlyHoles, namesOf, within } from "./objects.ts";
import { isObjectPrototype, type PlainObject } from "./plain.ts";
import { cannotTravel, Refusal, refusalOf } from "./refusal.ts";
import { Seen } from "./seen.ts";
import { ShapeTable } from "./shapes.ts";
import { errorTypes, largestSmallInt, maxDepth, tag } from "./tags.ts";
import { tryLatin1, writeUtf16 } from "./text.ts";

export class ValueWriter implements ValueSink {
  readonly out: Writer;
  /** The objects of the record being written, with their numbers. */
  readonly #seen = new Seen();
  /** How many of them lie outside, in columns of the same record. */
  #outer = 0;
  readonly #shapes = new ShapeTable();
  #depth = 0;

  constructor(out: Writer) {
    this.out = out;
  }

  /** Begins a record: it shares no objects with what was written before. */
  newRecord(): void {
    this.#seen.clear();
    this.#outer = 0;
  }

  /** An object that belongs to the record, but was written elsewhere: meeting it is an Entangled. */
  notice(object: object): void {
    this.#seen.add(object);
    this.#outer = this.#seen.size;
  }

  /** True when the record has an object in it. */
  get metObjects(): boolean {
    return this.#seen.size > this.#outer;
  }

  write(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.#string(value);
      case "number":
        return this.#number(value);
      case "boolean":
        return this.out.byte(value ? tag.true : tag.false);
      case "undefined":
        return this.out.byte(tag.undefined);
      case "bigint":
        return this.#bigint(value);
      case "object":
        return value === null ? this.out.byte(tag.null) : this.#object(value);
      case "symbol":
        return this.#symbol(value);
      default:
        throw cannotTravel(value);
    }
  }

  #string(text: string): void {
    const { out } = this;
    out.reserve(6 + text.length * 3);
    const start = out.position;
    out.byte(tag.latin1);
    out.count(text.length);
    if (tryLatin1(out, text)) return;
    out.position = start;
    out.byte(tag.utf16);
    out.count(text.length);
    writeUtf16(out, text);
  }

  #number(value: number): void {
    const { out } = this;
    if ((value | 0) !== value || Object.is(value, -0)) {
      out.byte(tag.float64);
      out.float(value);
    } else if (value >= 0 && value <= largestSmallInt) {
      out.byte(tag.smallInt + value);
    } else if ((value << 24) >> 24 === value) {
      out.byte(tag.int8);
      out.byte(value);
    } else {
      out.byte(tag.int32);
      out.int(value);
    }
  }

  #bigint(value: bigint): void {
    const { out } = this;
    if (BigInt.asIntN(64, value) !== value) {
      out.byte(tag.bigint);
      this.#string(value.toString(16));
      return;
    }
    out.byte(tag.bigint64);
    out.reserve(8);
    out.view.setBigInt64(out.position, value, true);
    out.position += 8;
  }

  #symbol(value: symbol): void {
    const key = Symbol.keyFor(value);
    if (key === undefined)
      throw new Refusal("a symbol, which would be another one elsewhere (only Symbol.for(…) travels)");
    this.out.byte(tag.symbol);
    this.#string(key);
  }

  #object(value: object): void {
    const again = this.#seen.add(value);
    if (again >= 0) {
      if (again < this.#outer) throw new Entangled();
      this.out.byte(tag.again);
      this.out.count(again - this.#outer);
      return;
    }
    if (++this.#depth > maxDepth) throw new Refusal(`nested more than ${maxDepth} levels deep`);
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype === Object.prototype) this.#plain(value as PlainObject);
    else if (prototype === Array.prototype && Array.isArray(value) && !isMatch(value)) this.writeArray(value);
    else this.#other(value, prototype);
    this.#depth--;
  }

  writeArray(values: readonly unknown[]): void {
    const { out } = this;
    if (writeLeaves(out, values)) return;
    if (values.length > 1024 && isMostlyHoles(values)) return this.#sparse(values);
    out.byte(tag.array);
    out.count(values.length);
    let i = 0;
    try {
      for (; i < values.length; i++) {
        const value = values[i];
        if (value === undefined && !(i in values)) i = this.#holes(values, i);
        else this.write(value);
      }
    } catch (error) {
      throw within(error, i);
    }
  }

  /** Writes how many holes there are from `start`; returns the index of the last. */
  #holes(values: readonly unknown[], start: number): number {
    let end = start + 1;
    while (end < values.length && !(end in values)) end++;
    this.out.byte(tag.holes);
    this.out.count(end - start);
    return end - 1;
  }

  #sparse(values: readonly unknown[]): void {
    const indices = Object.keys(values).filter(isIndex);
    this.out.byte(tag.sparse);
    this.out.count(values.length);
    this.out.count(indices.length);
    for (const index of indices) {
      this.out.count(Number(index));
      this.#property(values as unknown as PlainObject, index);
    }
  }

  #plain(object: PlainObject): void {
    const names = namesOf(object);
    this.#shape(names);
    let i = 0;
    try {
      for (; i < names.length; i++) this.write(object[names[i] as string]);
    } catch (error) {
      throw within(error, names[i] as string);
    }
  }

  #shape(names: readonly string[]): void {
    const known = this.#shapes.size;
    const id = this.#shapes.idOf(names);
    if (id >= 0 && id < known) {
      this.out.byte(tag.shape);
      this.out.count(id);
      return;
    }
    this.out.byte(id < 0 ? tag.object : tag.newShape);
    this.out.count(names.length);
    for (const name of names) this.#string(name);
  }

  writeProperties(object: PlainObject, names: readonly string[]): void {
    this.out.count(names.length);
    for (const name of names) {
      this.#string(name);
      this.#property(object, name);
    }
  }

  #property(object: PlainObject, name: string): void {
    try {
      this.write(object[name]);
    } catch (error) {
      throw within(error, isIndex(name) ? Number(name) : name);
    }
  }

  /** Neither an array nor an object literal. */
  #other(value: object, prototype: object | null): void {
    const builtIn = builtInOf(value);
    if (builtIn !== undefined) this.#builtIn(value, builtIn, prototype);
    else if (prototype === null) {
      this.out.byte(tag.bare);
      this.writeProperties(value as PlainObject, namesOf(value));
    } else if (isObjectPrototype(prototype)) this.#plain(value as PlainObject);
    else if (prototype === URL.prototype && value instanceof URL) {
      this.out.byte(tag.url);
      this.#string(value.href);
    } else {
      const refusal = refusalOf(value);
      if (refusal !== undefined) throw refusal;
      const id = classIdOf(value, prototype);
      this.out.byte(tag.instance);
      this.#string(id);
      this.#plain(value as PlainObject);
    }
  }

  /** A built-in object; "dressed" when it has a class of its own or properties that its kind does not have. */
  #builtIn(value: object, builtIn: string, prototype: object | null): void {
    const isError = isNativeError(value);
    const derived = prototype === null || (isError ? errorTypeOf(prototype) < 0 : !isIntrinsic(prototype, builtIn));
    const names = isError || ArrayBuffer.isView(value) ? [] : namesOf(value, Array.isArray(value));
    let id = "";
    if (derived) {
      try {
        id = classIdOf(value, prototype);
      } catch (refusal) {
        // An error whose class cannot travel goes as an Error of that name: whoever fails must be able to say so.
        if (!isError) throw refusal;
        return writeError(
          this,
          value,
          errorTypes.some(type => type.name === value.name) ? value.constructor.name : value.name,
        );
      }
    }
    if (id !== "" || names.length > 0) {
      this.out.byte(tag.dressed);
      this.#string(id);
      writeBuiltIn(this, value);
      this.writeProperties(value as PlainObject, names);
    } else writeBuiltIn(this, value);
  }
}

function classIdOf(value: object, prototype: object | null): string {
  const constructor: unknown =
    prototype !== null && Object.hasOwn(prototype, "constructor") ? prototype.constructor : undefined;
  if (typeof constructor !== "function" || constructor.prototype !== prototype) {
    throw new Refusal("an object with a prototype that belongs to no class, and so cannot be sent");
  }
  const table = classTable();
  if (table === undefined) throw cannotTravel(value);
  try {
    return table.idOf(constructor as unknown as ClassLike);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal(
      `an instance of class ${constructor.name || "(anonymous)"}, which cannot travel: ${reason.replace(/\.$/, "")}`,
      error,
    );
  }
}
