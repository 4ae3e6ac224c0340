/** The objects of one record, numbered in order of first occurrence. Most records hold few, so a list is searched at first. */
const searched = 12;

export class Seen {
  readonly #list: (object | undefined)[] = [];
  /** How much of the list counts; shortening it would give its memory back, and records come by the million. */
  #size = 0;
  #index: Map<object, number> | undefined;

  get size(): number {
    return this.#size;
  }

  clear(): void {
    // After a record of many objects let go of them.
    if (this.#size > searched) this.#list.length = 0;
    this.#size = 0;
    this.#index = undefined;
  }

  /** The object's number if it was there; else adds it and returns -1. */
  add(object: object): number {
    const list = this.#list;
    const size = this.#size;
    if (size < searched) {
      for (let i = 0; i < size; i++) if (list[i] === object) return i;
    } else {
      this.#index ??= new Map((list as object[]).slice(0, size).map((other, i) => [other, i]));
      const found = this.#index.get(object);
      if (found !== undefined) return found;
      this.#index.set(object, size);
    }
    list[this.#size++] = object;
    return -1;
  }
}
