/** Reads columns; columns.ts says how they are laid out. */
import { type Reader, damaged } from "./bytes.ts";
import { column, maxArity, maxNames, maxNesting, objectKind } from "./column-kinds.ts";
import { checkLeaf, leaf, readLeafColumn, type Leaf } from "./leaves.ts";
import { newArray, readNumbers } from "./numbers.ts";
import { setProperty, type PlainObject } from "./plain.ts";
import type { ValueReader } from "./values-read.ts";

export class ColumnReader {
  readonly #from: Reader;
  readonly #values: ValueReader;
  #nesting = 0;

  constructor(from: Reader, values: ValueReader) {
    this.#from = from;
    this.#values = values;
  }

  read(length: number): unknown[] {
    const kind = this.#from.byte();
    return kind <= leaf.bigint ? readLeafColumn(this.#from, kind as Leaf, length) : this.#readKind(kind, length);
  }

  #readKind(kind: number, length: number): unknown[] {
    if (++this.#nesting > maxNesting * 2) throw damaged("its columns are nested too deeply");
    const values = this.#columnOf(kind, length);
    this.#nesting--;
    return values;
  }

  #columnOf(kind: number, length: number): unknown[] {
    switch (kind) {
      case column.union:
        return this.#union(length);
      case column.tuple:
        return this.#tuples(length);
      case column.record:
        return this.#records(length);
      case column.list:
        return this.#lists(length);
      case column.date:
        return Array.from(readNumbers(this.#from, length), time => new Date(time));
      case column.bytes:
        return Array.from(readNumbers(this.#from, length), size => this.#from.bytes(size));
      case column.buffer:
        return Array.from(readNumbers(this.#from, length), size => Buffer.from(this.#from.bytes(size).buffer));
      case column.values:
        return this.#oneByOne(length);
      default:
        throw damaged("there is no such kind of column");
    }
  }

  #union(length: number): unknown[] {
    const kinds = this.#from.bytes(length);
    const values = newArray<unknown>(length);
    if (kinds.some(kind => kind > objectKind)) throw damaged("there is no such kind of value");
    for (let kind = 0; kind <= objectKind; kind++) {
      let count = 0;
      for (let i = 0; i < length; i++) if (kinds[i] === kind) count++;
      if (count === 0) continue;
      const part = kind === objectKind ? this.read(count) : readLeafColumn(this.#from, checkLeaf(kind), count);
      let next = 0;
      for (let i = 0; i < length; i++) if (kinds[i] === kind) values[i] = part[next++];
    }
    return values;
  }

  #tuples(length: number): unknown[] {
    const arity = this.#from.byte();
    if (arity === 0 || arity > maxArity) throw damaged("there is no tuple of that arity");
    const places: unknown[][] = [];
    for (let j = 0; j < arity; j++) places.push(this.read(length));
    const [first, second] = places as [unknown[], unknown[]];
    if (arity === 2) return joinPairs(first, second);
    const tuples = newArray<unknown>(length);
    for (let i = 0; i < length; i++) {
      const tuple: unknown[] = [];
      for (let j = 0; j < arity; j++) tuple.push((places[j] as unknown[])[i]);
      tuples[i] = tuple;
    }
    return tuples;
  }

  #records(length: number): unknown[] {
    const count = this.#from.countOf(16);
    if (count === 0 || count > maxNames) throw damaged("there is no object of so many names");
    const names = Array.from({ length: count }, () => this.#values.readString());
    const columns = names.map(() => this.read(length));
    // Copying an object that has the names already is the quickest way to the next one; undefined leaves each field open to
    // whatever is put there, so that V8 need not give up the shape for another.
    const template: PlainObject = {};
    for (const name of names) setProperty(template, name, undefined);
    const objects = newArray<unknown>(length);
    for (let i = 0; i < length; i++) {
      const object: PlainObject = { ...template };
      for (let j = 0; j < count; j++) object[names[j] as string] = (columns[j] as unknown[])[i];
      objects[i] = object;
    }
    return objects;
  }

  #lists(length: number): unknown[] {
    const total = this.#from.countOf(1);
    const lengths = readNumbers(this.#from, length);
    const items = this.read(total);
    const lists = newArray<unknown>(length);
    let start = 0;
    for (let i = 0; i < length; i++) {
      const end = start + (lengths[i] as number);
      if (!(end >= start)) throw damaged("a list has a negative length");
      lists[i] = items.slice(start, end);
      start = end;
    }
    if (start !== total) throw damaged("the lengths of its lists do not add up");
    return lists;
  }

  #oneByOne(length: number): unknown[] {
    this.#from.need(length);
    const values = newArray<unknown>(length);
    for (let i = 0; i < length; i++) {
      this.#values.newRecord();
      values[i] = this.#values.read();
    }
    return values;
  }
}

function joinPairs(first: readonly unknown[], second: readonly unknown[]): unknown[] {
  const pairs = newArray<unknown>(first.length);
  for (let i = 0; i < first.length; i++) pairs[i] = [first[i], second[i]];
  return pairs;
}
