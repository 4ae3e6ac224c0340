/** The values of values-write.ts again. Nothing here trusts the bytes: counts are held against what is left to read. */
import { type Reader, damaged } from "./bytes.ts";
import { classTable, type ClassLike, MissingClassError } from "./classes.ts";
import { readLeaves } from "./leaves.ts";
import { type PlainObject, setProperty } from "./plain.ts";
import { errorTypes, maxDepth, maxShapes, tag, viewNames } from "./tags.ts";
import { readLatin1, readUtf16 } from "./text.ts";

/** The names of an object, and an object that has them already: copying it is the quickest way to the next one. */
interface Shape {
  readonly names: readonly string[];
  template: PlainObject | undefined;
}

export class ValueReader {
  readonly #from: Reader;
  /** The objects of the record being read, in order of first occurrence. */
  readonly #objects: object[] = [];
  /** How many of them count; the rest is left over from the record before. */
  #met = 0;
  readonly #shapes: Shape[] = [];
  #depth = 0;

  constructor(from: Reader) {
    this.#from = from;
  }

  newRecord(): void {
    this.#met = 0;
  }

  read(): unknown {
    const from = this.#from;
    const code = from.byte();
    if (code >= tag.smallInt) return code - tag.smallInt;
    switch (code) {
      case tag.undefined:
        return undefined;
      case tag.null:
        return null;
      case tag.true:
        return true;
      case tag.false:
        return false;
      case tag.int8:
        return (from.byte() << 24) >> 24;
      case tag.int32:
        return from.int();
      case tag.float64:
        return from.float();
      case tag.latin1:
        return readLatin1(from, from.count());
      case tag.utf16:
        return readUtf16(from, from.count());
      case tag.bigint64:
        from.need(8);
        from.position += 8;
        return from.view.getBigInt64(from.position - 8, true);
      case tag.bigint:
        return bigintOf(this.readString());
      case tag.symbol:
        return Symbol.for(this.readString());
      case tag.again:
        return this.#again(from.count());
      default:
        return this.#object(code);
    }
  }

  #again(number: number): object {
    if (number >= this.#met) throw damaged("it refers to an object that is not there");
    return this.#objects[number] as object;
  }

  readString(): string {
    const text = this.read();
    if (typeof text !== "string") throw damaged("a string is missing");
    return text;
  }

  #object(code: number): object {
    if (++this.#depth > maxDepth) throw damaged("it is nested too deeply");
    const object = this.#objectOf(code);
    this.#depth--;
    return object;
  }

  #objectOf(code: number): object {
    const from = this.#from;
    switch (code) {
      case tag.array:
        return this.#array(from.countOf(0));
      case tag.leaves:
        return this.#meet(readLeaves(from));
      case tag.sparse:
        return this.#sparse();
      case tag.object:
      case tag.newShape:
      case tag.shape:
        return this.#plain(this.#shape(code), undefined);
      case tag.instance: {
        const type = this.#class(this.readString());
        return this.#plain(this.#shape(from.byte()), type);
      }
      case tag.bare:
        return this.#properties(this.#meet(Object.create(null) as PlainObject));
      case tag.date:
        return this.#meet(new Date(from.float()));
      case tag.regexp:
        return this.#regexp();
      case tag.map:
        return this.#map();
      case tag.set:
        return this.#set();
      case tag.error:
        return this.#error();
      case tag.view:
        return this.#view();
      case tag.arrayBuffer:
        return this.#meet(from.bytes(from.count()).buffer);
      case tag.boxed:
        return this.#boxed();
      case tag.url:
        return this.#meet(new URL(this.readString()));
      case tag.dressed:
        return this.#dressed();
      default:
        throw damaged(`there is no kind of value ${code}`);
    }
  }

  /** Gives an object its number; must happen before anything inside it is read. */
  #meet<T extends object>(object: T): T {
    this.#objects[this.#met++] = object;
    return object;
  }

  #array(length: number): unknown[] {
    const array: unknown[] = this.#meet([]);
    const from = this.#from;
    while (array.length < length) {
      if (from.buffer[from.position] !== tag.holes) array.push(this.read());
      else {
        from.position++;
        const holes = from.count();
        if (holes > length - array.length) throw damaged("an array has more holes than places");
        array.length += holes;
      }
    }
    return array;
  }

  #sparse(): unknown[] {
    const array: unknown[] = this.#meet([]);
    array.length = this.#from.count();
    const count = this.#from.countOf(16);
    for (let i = 0; i < count; i++) {
      const index = this.#from.count();
      if (index >= array.length) throw damaged("an index is beyond its array");
      array[index] = this.read();
    }
    return array;
  }

  #shape(code: number): Shape {
    if (code === tag.shape) {
      const shape = this.#shapes[this.#from.count()];
      if (shape === undefined) throw damaged("it refers to a shape that is not there");
      return shape;
    }
    if (code !== tag.object && code !== tag.newShape) throw damaged("a shape is missing");
    const count = this.#from.countOf(16);
    const names: string[] = [];
    for (let i = 0; i < count; i++) names.push(this.readString());
    const shape: Shape = { names, template: undefined };
    if (code === tag.newShape && this.#shapes.length < maxShapes) this.#shapes.push(shape);
    return shape;
  }

  #plain(shape: Shape, type: ClassLike | undefined): PlainObject {
    const { names, template } = shape;
    if (type !== undefined || template === undefined) {
      const object = this.#meet(type === undefined ? {} : (Object.create(type.prototype) as PlainObject));
      for (const name of names) setProperty(object, name, this.read());
      if (type === undefined) shape.template = { ...object };
      return object;
    }
    const object = this.#meet({ ...template });
    for (let i = 0; i < names.length; i++) object[names[i] as string] = this.read();
    return object;
  }

  #properties<T extends object>(object: T): T {
    const count = this.#from.countOf(16);
    for (let i = 0; i < count; i++) setProperty(object as PlainObject, this.readString(), this.read());
    return object;
  }

  #regexp(): RegExp {
    // The place among the objects comes first, as in the writer; strings and numbers in between take none.
    const regexp = this.#meet(new RegExp(this.readString(), this.readString()));
    regexp.lastIndex = this.read() as number;
    return regexp;
  }

  #map(): Map<unknown, unknown> {
    const map = this.#meet(new Map<unknown, unknown>());
    const count = this.#from.countOf(16);
    for (let i = 0; i < count; i++) map.set(this.read(), this.read());
    return map;
  }

  #set(): Set<unknown> {
    const set = this.#meet(new Set<unknown>());
    const count = this.#from.countOf(8);
    for (let i = 0; i < count; i++) set.add(this.read());
    return set;
  }

  #error(): Error {
    const type = errorTypes[this.#from.byte()];
    if (type === undefined) throw damaged("there is no such kind of error");
    const error = this.#meet(bareError(type));
    const fields = this.#properties(Object.create(null) as PlainObject);
    for (const name of Object.keys(fields)) {
      Object.defineProperty(error, name, {
        value: fields[name],
        writable: true,
        enumerable: false,
        configurable: true,
      });
    }
    return this.#properties(error);
  }

  #view(): object {
    const name = viewNames[this.#from.byte()];
    const { buffer } = this.#from.bytes(this.#from.count());
    if (name === "Buffer") return this.#meet(Buffer.from(buffer));
    const type = (globalThis as unknown as Record<string, Uint8ArrayConstructor>)[name ?? ""];
    if (type === undefined) throw damaged("there is no such kind of typed array");
    return this.#meet(new type(buffer));
  }

  #boxed(): object {
    const primitive = this.read();
    if ((typeof primitive === "object" && primitive !== null) || primitive == null)
      throw damaged("a primitive is missing");
    return this.#meet(Object(primitive) as object);
  }

  #dressed(): object {
    const id = this.readString();
    const type = id === "" ? undefined : this.#class(id);
    const object = this.#objectOf(this.#from.byte());
    if (type !== undefined) Object.setPrototypeOf(object, type.prototype);
    return this.#properties(object);
  }

  #class(id: string): ClassLike {
    const type = classTable()?.classOf(id);
    if (type === undefined) throw new MissingClassError(id);
    return type;
  }
}

function bigintOf(digits: string): bigint {
  const negative = digits.startsWith("-");
  const size = BigInt(`0x${negative ? digits.slice(1) : digits}`);
  return negative ? -size : size;
}

/** An error without message and stack: those are set from what was sent. */
function bareError(type: ErrorConstructor): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = (type as unknown) === AggregateError ? new AggregateError([]) : new type();
  Error.stackTraceLimit = limit;
  for (const name of Object.getOwnPropertyNames(error)) delete (error as unknown as PlainObject)[name];
  return error;
}
