/** Writes columns; columns.ts says how they are laid out, and what a claim is for. */
import { isDate } from "node:util/types";
import { takeListsApart, takeObjectsApart, takeTuplesApart } from "./apart.ts";
import type { Writer } from "./bytes.ts";
import { areObjects, column, kindsOf, maxArity, maxNesting, objectKind } from "./column-kinds.ts";
import { Entangled } from "./entangled.ts";
import { leaf, leafOf, writeLeafColumn, type Leaf } from "./leaves.ts";
import { writeNumbers } from "./numbers.ts";
import type { ValueWriter } from "./values-write.ts";

/** An object column, row by row; undefined where a row has no object. */
type Claim = readonly (object | undefined)[];

/** More object columns than this in a record are not compared with each other. */
const maxClaims = 10;

export class ColumnWriter {
  readonly #out: Writer;
  readonly #values: ValueWriter;
  readonly #claims: Claim[];
  /** True for the items of lists: they were found to be distinct, but objects within them could be anywhere in the record. */
  readonly #isList: boolean;
  /** Set once objects were written that are in no claim. */
  #sealed = false;
  #nesting = 0;

  constructor(out: Writer, values: ValueWriter, claims: Claim[] = [], isList = false) {
    this.#out = out;
    this.#values = values;
    this.#claims = claims;
    this.#isList = isList;
  }

  write(values: readonly unknown[]): void {
    const kind = values.length === 0 ? leaf.undefined : leafOf(values);
    if (kind !== undefined) {
      this.#out.byte(kind);
      writeLeafColumn(this.#out, kind, values);
    } else if (this.#tuples(values)) return;
    else if (areObjects(values)) this.#objects(values);
    else this.#union(values);
  }

  #union(values: readonly unknown[]): void {
    const kinds = kindsOf(values);
    if (kinds === undefined) return this.#oneByOne(values);
    this.#out.byte(column.union);
    this.#out.bytes(kinds);
    for (let kind = 0; kind <= objectKind; kind++) {
      if (!kinds.includes(kind)) continue;
      const part = values.filter((_, i) => kinds[i] === kind);
      if (kind === objectKind) this.#someObjects(part as object[], kinds);
      else writeLeafColumn(this.#out, kind as Leaf, part);
    }
  }

  /** The objects of a union. Claims are narrowed to their rows for it, and what comes in is widened to all rows again. */
  #someObjects(objects: readonly object[], kinds: Uint8Array): void {
    const claims = this.#claims.map(claim => claim.filter((_, i) => kinds[i] === objectKind));
    const known = claims.length;
    const writer = new ColumnWriter(this.#out, this.#values, claims, this.#isList);
    writer.#nesting = this.#nesting;
    writer.#sealed = this.#sealed;
    writer.write(objects);
    this.#sealed = writer.#sealed;
    for (const claim of claims.slice(known)) {
      let next = 0;
      this.#claims.push(Array.from(kinds, kind => (kind === objectKind ? claim[next++] : undefined)));
    }
  }

  #objects(values: readonly object[]): void {
    const first = values[0] as object;
    const prototype = Object.getPrototypeOf(first) as object;
    this.#nesting++;
    const done =
      this.#nesting <= maxNesting &&
      ((prototype === Array.prototype && this.#lists(values)) ||
        (prototype === Object.prototype && this.#records(values, Object.keys(first))) ||
        (prototype === Date.prototype && this.#dates(values)) ||
        (prototype === Uint8Array.prototype && this.#bytes(values, column.bytes, prototype)) ||
        (prototype === Buffer.prototype && this.#bytes(values, column.buffer, prototype)));
    this.#nesting--;
    if (!done) this.#oneByOne(values);
  }

  /** Makes sure that no row's object is in the same record before. */
  #claim(values: readonly object[]): void {
    if (this.#isList && this.#claims.length > 0) throw new Entangled();
    if (this.#sealed || this.#claims.length === maxClaims) throw new Entangled();
    for (const claim of this.#claims) {
      for (let i = 0; i < values.length; i++) if (claim[i] === values[i]) throw new Entangled();
    }
    this.#claims.push(values);
  }

  #tuples(values: readonly unknown[]): boolean {
    const first = values[0];
    if (!Array.isArray(first) || first.length === 0 || first.length > maxArity || this.#nesting >= maxNesting)
      return false;
    const places = takeTuplesApart(values, first.length);
    if (places === undefined) return false;
    this.#claim(values as readonly object[]);
    this.#out.byte(column.tuple);
    this.#out.byte(places.length);
    this.#nesting++;
    for (const place of places) this.write(place);
    this.#nesting--;
    return true;
  }

  #records(values: readonly object[], names: readonly string[]): boolean {
    const columns = takeObjectsApart(values, names);
    if (columns === undefined) return false;
    this.#claim(values);
    this.#out.byte(column.record);
    this.#out.count(names.length);
    for (const name of names) this.#values.write(name);
    for (const part of columns) this.write(part);
    return true;
  }

  #lists(values: readonly object[]): boolean {
    const items = takeListsApart(values);
    if (items === undefined) return false;
    const lists = values as readonly (readonly unknown[])[];
    this.#claim(values);
    if (items.some(item => typeof item === "object" && item !== null)) this.#claimItems(lists);
    this.#out.byte(column.list);
    this.#out.count(items.length);
    const lengths = lists.map(list => list.length);
    writeNumbers(this.#out, lengths);
    const writer = new ColumnWriter(this.#out, this.#values, [], true);
    writer.#nesting = this.#nesting;
    writer.write(items);
    return true;
  }

  /** Makes sure that the objects in each list are distinct, and none of them in the same record before. */
  #claimItems(lists: readonly (readonly unknown[])[]): void {
    if (this.#isList) throw new Entangled();
    for (let i = 0; i < lists.length; i++) {
      const list = lists[i] as readonly unknown[];
      if (!areDistinct(list)) throw new Entangled();
      for (const claim of this.#claims) if (list.includes(claim[i] ?? list)) throw new Entangled();
    }
    this.#sealed = true;
  }

  #dates(values: readonly object[]): boolean {
    for (const value of values) {
      if (!isDate(value) || Object.getPrototypeOf(value) !== Date.prototype || Object.keys(value).length > 0)
        return false;
    }
    this.#claim(values);
    this.#out.byte(column.date);
    writeNumbers(
      this.#out,
      values.map(value => (value as Date).getTime()),
    );
    return true;
  }

  #bytes(values: readonly object[], kind: number, prototype: object): boolean {
    for (const value of values)
      if (!(value instanceof Uint8Array) || Object.getPrototypeOf(value) !== prototype) return false;
    const arrays = values as readonly Uint8Array[];
    this.#claim(values);
    this.#out.byte(kind);
    writeNumbers(
      this.#out,
      arrays.map(array => array.length),
    );
    for (const array of arrays) this.#out.bytes(array);
    return true;
  }

  /** All else. The values may hold objects that no claim shows, so nothing can be claimed after them. */
  #oneByOne(values: readonly unknown[]): void {
    if (this.#sealed) throw new Entangled();
    this.#out.byte(column.values);
    for (let i = 0; i < values.length; i++) {
      this.#values.newRecord();
      for (const claim of this.#claims) if (claim[i] !== undefined) this.#values.notice(claim[i] as object);
      this.#values.write(values[i]);
      if (this.#values.metObjects) {
        if (this.#isList) throw new Entangled();
        this.#sealed = true;
      }
    }
  }
}

function areDistinct(list: readonly unknown[]): boolean {
  if (list.length > 8) {
    const objects = list.filter(item => typeof item === "object" && item !== null);
    return new Set(objects).size === objects.length;
  }
  for (let i = 1; i < list.length; i++) {
    const item = list[i];
    if (typeof item === "object" && item !== null && list.indexOf(item) < i) return false;
  }
  return true;
}
