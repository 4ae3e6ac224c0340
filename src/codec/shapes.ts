/** The shapes of a block's plain objects: their names in order, numbered as they come. */
import { maxShapeNames, maxShapes } from "./tags.ts";

/** So many shapes are compared with before the path is taken. */
const compared = 8;

/** A step on the path of names from the root; exact, whatever the names are. */
interface ShapeNode {
  id: number;
  readonly next: Map<string, ShapeNode>;
}

export class ShapeTable {
  readonly #root: ShapeNode = { id: -1, next: new Map() };
  #count = 0;
  /** The first shapes, by number: a few compared names find most shapes sooner than the path does. */
  readonly #first: (readonly string[])[] = [];

  /** How many shapes have a number: that of the next one. */
  get size(): number {
    return this.#count;
  }

  /** The number of a shape. One not seen before gets the number `size`, or -1 when it is too large or one too many. */
  idOf(names: readonly string[]): number {
    for (let id = 0; id < this.#first.length; id++)
      if (sameNames(names, this.#first[id] as readonly string[])) return id;
    if (names.length > maxShapeNames) return -1;
    let node: ShapeNode | undefined = this.#root;
    for (const name of names) {
      let next: ShapeNode | undefined = node.next.get(name);
      if (next === undefined) {
        // Shapes beyond the limit leave no trace, or a block of dictionaries would be remembered name by name.
        if (this.#count === maxShapes) return -1;
        next = { id: -1, next: new Map() };
        node.next.set(name, next);
      }
      node = next;
    }
    if (node.id < 0 && this.#count < maxShapes) {
      if (this.#count < compared) this.#first.push(names);
      node.id = this.#count++;
    }
    return node.id;
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
