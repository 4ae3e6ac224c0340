/** Takes alike objects apart into columns. Each function returns undefined when the objects are not alike after all. */
import { isMatch } from "./objects.ts";
import { newArray } from "./numbers.ts";
import { maxNames } from "./column-kinds.ts";
import type { PlainObject } from "./plain.ts";

/** The columns of arrays that all have `arity` elements. */
export function takeTuplesApart(values: readonly unknown[], arity: number): unknown[][] | undefined {
  if (arity === 2) return takePairsApart(values);
  const places = Array.from({ length: arity }, () => newArray<unknown>(values.length));
  for (let i = 0; i < values.length; i++) {
    const tuple = values[i];
    if (!isOrdinaryArray(tuple) || tuple.length !== arity) return undefined;
    for (let j = 0; j < arity; j++) {
      const value = tuple[j];
      if (value === undefined && !(j in tuple)) return undefined;
      (places[j] as unknown[])[i] = value;
    }
  }
  return places;
}

/** The same for the commonest of all records, without an inner loop. */
function takePairsApart(values: readonly unknown[]): unknown[][] | undefined {
  const first = newArray<unknown>(values.length);
  const second = newArray<unknown>(values.length);
  for (let i = 0; i < values.length; i++) {
    const pair = values[i];
    if (!isOrdinaryArray(pair) || pair.length !== 2) return undefined;
    const a = pair[0];
    const b = pair[1];
    if ((a === undefined && !(0 in pair)) || (b === undefined && !(1 in pair))) return undefined;
    first[i] = a;
    second[i] = b;
  }
  return [first, second];
}

/** All items of all lists, one after the other. */
export function takeListsApart(values: readonly object[]): unknown[] | undefined {
  const items: unknown[] = [];
  for (let i = 0; i < values.length; i++) {
    const list = values[i] as readonly unknown[];
    if (!isOrdinaryArray(list)) return undefined;
    for (let j = 0; j < list.length; j++) {
      const value = list[j];
      if (value === undefined && !(j in list)) return undefined;
      items.push(value);
    }
  }
  return items;
}

/** The columns of object literals that all have these names, in this order. */
export function takeObjectsApart(values: readonly object[], names: readonly string[]): unknown[][] | undefined {
  if (names.length === 0 || names.length > maxNames) return undefined;
  const columns = names.map(() => newArray<unknown>(values.length));
  for (let i = 0; i < values.length; i++) {
    const object = values[i] as PlainObject;
    if (Object.getPrototypeOf(object) !== Object.prototype || Object.getOwnPropertySymbols(object).length > 0)
      return undefined;
    let next = 0;
    // The quickest way V8 has to the names and values of an object. An inherited name, if somebody extended Object.prototype, is
    // one name too many.
    for (const name in object) {
      if (name !== names[next]) return undefined;
      (columns[next++] as unknown[])[i] = object[name];
    }
    if (next !== names.length) return undefined;
  }
  return columns;
}

function isOrdinaryArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype && !isMatch(value);
}
