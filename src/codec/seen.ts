/** The objects of one record, numbered in order of first occurrence. Most records hold few, so a list is searched at first. */
const searched = 12;

export class Seen {
  readonly #list: object[] = [];
  #index: Map<object, number> | undefined;

  get size(): number {
    return this.#list.length;
  }

  clear(): void {
    this.#list.length = 0;
    this.#index = undefined;
  }

  /** The object's number if it was there; else adds it and returns -1. */
  add(object: object): number {
    const list = this.#list;
    if (list.length < searched) {
      for (let i = 0; i < list.length; i++) if (list[i] === object) return i;
    } else {
      this.#index ??= new Map(list.map((other, i) => [other, i]));
      const found = this.#index.get(object);
      if (found !== undefined) return found;
      this.#index.set(object, list.length);
    }
    list.push(object);
    return -1;
  }
}
